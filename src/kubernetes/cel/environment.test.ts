import { describe, expect, it } from 'vitest'

import { CelEnvironment } from './environment.ts'
import { CelError } from './errors.ts'
import { toCel } from './values.ts'

const environment = new CelEnvironment({ object: 'dyn', params: 'dyn' })
const object = {
  metadata: { name: 'n', labels: { app: 'a' } },
  data: { k: 'v' },
  spec: { replicas: 5, ratio: 1.5, list: [3, 1, 2], cpu: '500m', image: 'x.dkr.ecr/y:1.2' },
}

function evaluate(expression: string): unknown {
  return environment.compile(expression).evaluate({ object: toCel(object), params: null })
}

describe('expressions', () => {
  it.each<[string, unknown]>([
    ['object.spec.replicas <= 5', true],
    ['object.spec.replicas + 1 == 6', true],
    ['object.spec.ratio > 1.0', true],
    ['has(object.spec.zzz)', false],
    ['has([object][0].spec.list)', true],
    ['has([object][0].spec.zzz)', false],
    ['has((true ? object : object).metadata.labels)', true],
    ['[object].exists(o, has([o][0].data.k))', true],
    ['object.?spec.?zzz.orValue("d")', 'd'],
    ['params == null', true],
    ['object.metadata.labels.all(k, k.startsWith("a"))', true],
    ['object.spec.list.sum()', 6n],
    ['object.spec.list.max() - object.spec.list.min()', 2n],
    ['object.spec.list.isSorted()', false],
    ['object.spec.list.sort() == [1, 2, 3]', true],
    ['object.spec.list.sortBy(x, -x) == [3, 2, 1]', true],
    ['[{"n": "b"}, {"n": "a"}].sortBy(x, x.n)[0].n', 'a'],
    ['[1, 1, 2].distinct().size()', 2n],
    ['["a", "b"].indexOf("b")', 1n],
    ['["a"].lastIndexOf("z")', -1n],
    ['[1, 2, 3].slice(1, 2)[0]', 2n],
    ['[[1], [2]].flatten() == [1, 2]', true],
    ['sets.contains([1, 2], [2])', true],
    ['sets.equivalent([1, 2, 1], [2, 1])', true],
    ['sets.intersects([1], [2])', false],
    ['lists.range(3).map(x, x * 2) == [0, 2, 4]', true],
    ['[3, 4].transformList(i, v, v * 10 + i) == [30, 41]', true],
    ['[3, 4].exists(i, v, i == 1 && v == 4)', true],
    ['object.data.all(k, v, k == "k" && v == "v")', true],
    ['object.data.transformMapEntry(k, v, {v: k})["v"]', 'k'],
    ['object.?data.?k.optMap(x, x + "!").orValue("none")', 'v!'],
    ['object.?data.?z.optMap(x, x + "!").orValue("none")', 'none'],
    ['optional.ofNonZeroValue("").hasValue()', false],
    ['"TacoCÆt".lowerAscii()', 'tacocÆt'],
    ['string(timestamp("2024-01-02T00:00:00Z"))', '2024-01-02T00:00:00Z'],
    ['int(5u)', 5n],
    ['"abc".charAt(1)', 'b'],
    ['"a.b.c".replace(".", "-", 1)', 'a-b.c'],
    ['matches(object.metadata.name, "^n$") && !matches("a", "b")', true],
    ['"a-12-3".find("[0-9]+")', '12'],
    ['"a-12-3".findAll("[0-9]+")[1]', '3'],
    ['"a-12-3".findAll("[0-9]+", 1).size()', 1n],
    ['"%s has %d, %.1f".format([object.metadata.name, 3, 2.25])', 'n has 3, 2.3'],
    ['strings.quote("a\\"")', '"a\\""'],
    ['quantity(object.spec.cpu).isLessThan(quantity("1"))', true],
    ['quantity("1Ki").add(quantity("1Ki")) == quantity("2Ki")', true],
    ['quantity("1500m").isInteger()', false],
    ['quantity("2").asInteger()', 2n],
    ['isQuantity("1zz")', false],
    ['url("https://e.com:80/a?x=1&x=2").getQuery()["x"].size()', 2n],
    ['url("https://e.com:80/a").getHost()', 'e.com:80'],
    ['url("/a/b").getHost()', ''],
    ['url("/a/b").getEscapedPath()', '/a/b'],
    ['isURL("not a url")', false],
    ['ip("127.0.0.1").isLoopback()', true],
    ['ip("::1").family()', 6n],
    ['ip.isCanonical("2001:db8::1")', true],
    ['ip.isCanonical("2001:DB8::1")', false],
    ['cidr("10.0.0.0/8").containsIP("10.1.2.3")', true],
    ['cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")', true],
    ['string(cidr("10.1.2.3/8").masked())', '10.0.0.0/8'],
    ['string(cidr("2001:db8:1::1/32").masked())', '2001:db8::/32'],
    ['cidr("10.0.0.0/8").prefixLength()', 8n],
    ['isCIDR("10.0.0.0/33")', false],
    ['semver("1.2.3").isLessThan(semver("1.10.0"))', true],
    ['semver("1.0.0-rc.1").compareTo(semver("1.0.0"))', -1n],
    ['semver("v1.2", true).minor()', 2n],
    ['isSemver("v1.2.3")', false],
    ['duration("1h") > duration("1m")', true],
    ['timestamp("2024-01-02T00:00:00Z").getFullYear()', 2024n],
  ])('%s', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected)
  })
})

describe('what is wrong with an expression', () => {
  it.each([
    [
      'object.',
      "ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'\n | object.\n | .......^",
    ],
    ['foo == 1', "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^"],
    ['(1', "ERROR: <input>:1:3: Syntax error: missing ')' at '<EOF>'\n | (1\n | ..^"],
    ['true &&\n a.b', "ERROR: <input>:2:2: undeclared reference to 'a' (in container '')\n |  a.b\n | .^"],
  ])('%j is said in the words of cel-go', (expression, words) => {
    expect(() => environment.compile(expression)).toThrow(new CelError(`compilation failed: ${words}`))
  })

  it('is its type, when that is another one', () => {
    expect(() => environment.compile('1', { returns: ['bool'] })).toThrow(
      new CelError('must evaluate to bool but got int'),
    )
    expect(() => environment.compile('object.a', { returns: ['bool'] })).toThrow(
      new CelError('must evaluate to bool but got dyn'),
    )
    expect(() => environment.compile('1', { returns: ['string', 'null_type'] })).toThrow(
      new CelError('must evaluate to one of [string null_type] but got int'),
    )
  })

  it.each([
    ['object.data.zzz == "1"', 'no such key: zzz'],
    ['object.spec.list[9] == 1', 'index out of bounds: 9'],
    ['1 / (object.spec.replicas - 5) == 1', 'division by zero'],
    ['object.data.k + object.spec.replicas == 1', 'no such overload'],
    ['quantity(object.metadata.name).isInteger()', /^quantities must match the regular expression/],
    ['[1].slice(0, 2) == [1]', 'cannot slice(0, 2), list is length 1'],
  ])('%s fails as it is evaluated', (expression, words) => {
    expect(() => evaluate(expression)).toThrow(words)
  })
})

describe('an object of Kubernetes', () => {
  it('is converted once', () => {
    expect(toCel(object)).toBe(toCel(object))
  })

  it('has whole numbers as ints', () => {
    expect(evaluate('type(object.spec.replicas) == int && type(object.spec.ratio) == double')).toBe(true)
  })
})
