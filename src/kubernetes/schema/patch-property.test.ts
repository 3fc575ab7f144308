// The laws of patches over random objects. FUZZ_SEED=n repeats another run.
import { describe, expect, it } from 'vitest'

import { applyPatch } from './apply.ts'
import { decodeObject } from './decode.ts'
import { FieldSet } from './field-set.ts'
import { apiVersionAndKindOf, typeOf } from './fields.ts'
import { applyJsonPatch } from './json-patch.ts'
import { managedFieldsOf } from './managed-fields.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'
import { sampleObject, seededRandom } from './testing/sample.ts'
import { fieldsOf } from './typed-value.ts'

type Json = Record<string, unknown>

const ROUNDS = 25
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261127)
const KINDS = ['core/v1.Pod', 'apps/v1.Deployment', 'core/v1.Service', 'core/v1.ConfigMap', 'batch/v1.Job']

const random = seededRandom(SEED)
const below = (limit: number): number => Math.floor(random() * limit)

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function overSamples(check: (type: string, x: Json, y: Json) => void): void {
  for (const type of KINDS) {
    for (let round = 0; round < ROUNDS; round += 1) {
      check(type, sampleObject(type, random), sampleObject(type, random))
    }
  }
}

/** The merge patch from `x` to `y`. */
function mergeDifference(x: Json, y: Json): Json {
  const patch: Json = {}
  for (const key of Object.keys(x)) if (!Object.hasOwn(y, key)) patch[key] = null
  for (const [key, value] of Object.entries(y)) {
    const before = x[key]
    if (isEqual(before, value)) continue
    patch[key] = isObject(before) && isObject(value) ? mergeDifference(before, value) : value
  }
  return patch
}

interface JsonOperation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

/** The JSON patch from `x` to `y`: lists item by item, what is left over from the end. */
function jsonDifference(x: unknown, y: unknown, path = ''): JsonOperation[] {
  if (isEqual(x, y)) return []
  if (isObject(x) && isObject(y)) {
    const at = (key: string): string => `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const gone = Object.keys(x).filter((key) => !Object.hasOwn(y, key))
    return [
      ...gone.map((key) => ({ op: 'remove', path: at(key) })),
      ...Object.entries(y).flatMap(([key, value]) =>
        Object.hasOwn(x, key)
          ? jsonDifference(x[key], value, at(key))
          : [{ op: 'add', path: at(key), value }],
      ),
    ]
  }
  if (Array.isArray(x) && Array.isArray(y)) {
    const shared = Math.min(x.length, y.length)
    return [
      ...Array.from({ length: shared }, (_, index) =>
        jsonDifference(x[index], y[index], `${path}/${index}`),
      ).flat(),
      ...x.slice(shared).map(() => ({ op: 'remove', path: `${path}/${shared}` })),
      ...y.slice(shared).map((value: unknown) => ({ op: 'add', path: `${path}/-`, value })),
    ]
  }
  return [{ op: 'replace', path, value: y }]
}

describe(`merge patch (seed ${SEED})`, () => {
  it('of the difference makes the other object', () => {
    overSamples((type, x, y) => {
      expect(applyMergePatch(x, mergeDifference(x, y)), type).toEqual(y)
    })
  })

  it('twice is once, and of an object with itself nothing', () => {
    overSamples((type, x, y) => {
      const patch = mergeDifference(x, y)
      const onto = random() < 0.5 ? x : sampleObject(type, random)
      const once = applyMergePatch(onto, patch)
      expect(applyMergePatch(once, patch), type).toEqual(once)
      expect(applyMergePatch(x, x), type).toEqual(x)
    })
  })

  it('of disjoint fields in either order is the same', () => {
    overSamples((type, x, y) => {
      const patch = mergeDifference(x, y)
      const mine = Object.fromEntries(Object.entries(patch).filter(() => random() < 0.5))
      const theirs = Object.fromEntries(Object.entries(patch).filter(([key]) => !(key in mine)))
      const there = applyMergePatch(applyMergePatch(x, mine), theirs)
      expect(there, type).toEqual(applyMergePatch(applyMergePatch(x, theirs), mine))
      expect(there, type).toEqual(y)
    })
  })
})

describe(`JSON patch (seed ${SEED})`, () => {
  it('of the difference makes the other object, and its tests hold before and after', () => {
    overSamples((type, x, y) => {
      const patch = jsonDifference(x, y)
      const before = { op: 'test', path: '', value: x }
      const after = { op: 'test', path: '', value: y }
      expect(applyJsonPatch(x, [before, ...patch, after]), type).toEqual(y)
      if (!isEqual(x, y)) expect(() => applyJsonPatch(x, [after]), type).toThrow('rejected our request')
    })
  })

  it('in two parts is as in one', () => {
    overSamples((type, x, y) => {
      const patch = jsonDifference(x, y)
      const split = below(patch.length + 1)
      const first = applyJsonPatch(x, patch.slice(0, split))
      expect(applyJsonPatch(first, patch.slice(split)), type).toEqual(y)
    })
  })
})

interface Named extends Json {
  readonly name: string
}

function containers(names: readonly string[]): Named[] {
  return names.map((name) => ({
    name,
    image: `i:${below(9)}`,
    ...(random() < 0.5 ? { env: [{ name: `E${below(3)}`, value: String(below(9)) }] } : {}),
    ...(random() < 0.5 ? { resources: { limits: { cpu: String(1 + below(9)) } } } : {}),
  }))
}

function patchSpec(spec: Json, containersPatch: readonly Json[]): Json {
  const patched = applyStrategicMergePatch('core/v1.Pod', { spec }, { spec: { containers: containersPatch } })
  return (patched as { spec: Json }).spec
}

function byName(spec: Json): unknown {
  return (spec['containers'] as Named[]).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

describe(`strategic merge patch (seed ${SEED})`, () => {
  it('of items with other keys in either order is the same but for the order of items', () => {
    for (let round = 0; round < 5 * ROUNDS; round += 1) {
      const names = ['a', 'b', 'c', 'd', 'e'].filter(() => random() < 0.7)
      const spec = { containers: containers(['a', 'c', 'x'].filter(() => random() < 0.7)) }
      const items = containers(names).map((item) =>
        random() < 0.2 ? { name: item.name, $patch: 'delete' } : item,
      )
      const mine = items.filter(() => random() < 0.5)
      const theirs = items.filter((item) => !mine.includes(item))
      const there = byName(patchSpec(patchSpec(spec, mine), theirs))
      expect(there, JSON.stringify({ spec, mine, theirs })).toEqual(
        byName(patchSpec(patchSpec(spec, theirs), mine)),
      )
      expect(there).toEqual(byName(patchSpec(spec, items)))
    }
  })

  it('twice is once, and leaves what it does not name', () => {
    for (let round = 0; round < 5 * ROUNDS; round += 1) {
      const spec = { nodeName: 'n', containers: containers(['a', 'b', 'c']) }
      const items = containers(['b', 'd'].filter(() => random() < 0.7))
      const once = patchSpec(spec, items)
      expect(patchSpec(once, items)).toEqual(once)
      expect(once['nodeName']).toBe('n')
      const others = (of: Json): Named[] =>
        (of['containers'] as Named[]).filter(({ name }) => name === 'a' || name === 'c')
      expect(others(once)).toEqual(others(spec))
    }
  })
})

/** What `manager` states, on top of `live`. */
function apply(type: string, config: Json, manager: string, live?: Json): Json {
  const whole = { ...apiVersionAndKindOf(type), ...config }
  const { object } = applyPatch<Json>({ schema: type, live, config: whole, manager, force: false, now: 0 })
  return decodeObject(type, object, { fieldValidation: 'Strict' }).object as Json
}

function ownersOf(object: Json): Record<string, unknown> {
  return Object.fromEntries(managedFieldsOf(object).map(({ manager, fieldsV1 }) => [manager, fieldsV1]))
}

function withoutManagedFields({ apiVersion: _apiVersion, kind: _kind, metadata, ...rest }: Json): Json {
  const { managedFields: _managedFields, ...others } = metadata as Json
  return { ...rest, metadata: others }
}

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f']

/** A configuration that states some keys: of maps, and of a list by key. */
function deployment(keys: readonly string[], value: string): Json {
  // An empty map is a value of its own, which another's first key would be in conflict with.
  if (keys.length === 0) return { metadata: { name: 'x' } }
  const map = Object.fromEntries(keys.map((key) => [key, value]))
  const containers = keys.map((name) => ({ name, image: value, env: [{ name: 'E', value }] }))
  return {
    metadata: { name: 'x', labels: map, annotations: map },
    spec: { template: { metadata: { labels: map }, spec: { containers } } },
  }
}

function keysOf(object: Json): string[] {
  const { spec } = object as { spec?: { template?: { spec?: { containers?: Named[] } } } }
  return (spec?.template?.spec?.containers ?? []).map(({ name }) => name).toSorted()
}

function labelsOf({ metadata }: Json): string[] {
  return Object.keys((metadata as { labels?: Json }).labels ?? {}).toSorted()
}

/** Lists of items by key in the order of their keys. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(ordered).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]): [string, unknown] => [key, ordered(each)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const DEPLOYMENT = 'apps/v1.Deployment'
const some = (): string[] => KEYS.filter(() => random() < 0.5)

describe(`apply (seed ${SEED})`, () => {
  it('twice is once', () => {
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      const config = deployment(some(), '1')
      const live = apply(DEPLOYMENT, deployment(some(), '1'), 'other')
      const once = apply(DEPLOYMENT, config, 'me', live)
      expect(apply(DEPLOYMENT, config, 'me', once)).toEqual(once)
    }
  })

  it('by two managers of disjoint fields in either order is the same', () => {
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      const mine = some()
      const theirs = KEYS.filter((key) => !mine.includes(key))
      const [one, other] = [deployment(mine, '1'), deployment(theirs, '2')]
      const there = apply(DEPLOYMENT, other, 'other', apply(DEPLOYMENT, one, 'me'))
      const back = apply(DEPLOYMENT, one, 'me', apply(DEPLOYMENT, other, 'other'))
      expect(ordered(withoutManagedFields(there))).toEqual(ordered(withoutManagedFields(back)))
      expect(ownersOf(there)).toEqual(ownersOf(back))
      expect(keysOf(there)).toEqual(KEYS)
    }
  })

  it('removes what a manager states no more, unless another owns it', () => {
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      const [before, after, theirs] = [some(), some(), some()]
      const both = apply(
        DEPLOYMENT,
        deployment(theirs, '1'),
        'other',
        apply(DEPLOYMENT, deployment(before, '1'), 'me'),
      )
      const left = apply(DEPLOYMENT, deployment(after, '1'), 'me', both)
      const expected = KEYS.filter((key) => after.includes(key) || theirs.includes(key))
      const what = JSON.stringify({ before, after, theirs })
      expect([keysOf(left), labelsOf(left)], what).toEqual([expected, expected])
      expect(ownersOf(left)['other'], what).toEqual(ownersOf(both)['other'])
      // Every field has an owner, and no owner a field that is not there.
      const stated = fieldsOf(typeOf(DEPLOYMENT), withoutManagedFields(left))
      const owned = Object.values(ownersOf(left)).reduce<FieldSet>(
        (union, fields) => union.union(FieldSet.fromFieldsV1(fields)),
        new FieldSet(),
      )
      expect(owned.difference(stated).toFieldsV1(), what).toEqual({})
    }
  })

  it('of another value is a conflict exactly where another owns the field', () => {
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      const [mine, theirs] = [some(), some()]
      const live = apply(DEPLOYMENT, deployment(theirs, '2'), 'other')
      const shared = mine.filter((key) => theirs.includes(key))
      const run = (): Json => apply(DEPLOYMENT, deployment(mine, '1'), 'me', live)
      if (shared.length === 0) expect(keysOf(run())).toEqual([...mine, ...theirs].toSorted())
      // A label twice, an annotation, an image and a variable of each.
      else expect(run).toThrow(`Apply failed with ${5 * shared.length} conflicts`)
    }
  })
})
