import { describe, expect, it } from 'vitest'

import { decodeObject } from './decode.ts'
import type { FieldValidation } from './decoding.ts'
import { isKindType, typeNames } from './fields.ts'
import { parseJson } from './json-text.ts'
import { canonicalQuantity } from '../../base/canonical-quantity.ts'
import { sampleObject, seededRandom } from './testing/sample.ts'

function decode(
  type: string,
  json: unknown,
  fieldValidation: FieldValidation = 'Strict',
): Record<string, unknown> {
  return decodeObject(type, json, { fieldValidation }).object
}

function specOf(spec: unknown): unknown {
  return decode('apps/v1.Deployment', { spec })['spec']
}

describe('decodeObject', () => {
  it('fills in apiVersion and kind, first', () => {
    const role = decode('rbac/v1.Role', { metadata: { name: 'r' } })
    expect(role).toEqual({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r' },
    })
    expect(Object.keys(role).slice(0, 2)).toEqual(['apiVersion', 'kind'])
  })

  it.each([
    [
      'null',
      { replicas: null, strategy: null, template: { metadata: { creationTimestamp: null } } },
      { template: { metadata: {} } },
    ],
    ['zero scalars without a meaning', { paused: false, minReadySeconds: 0 }, {}],
    [
      'empty lists and maps',
      { template: { metadata: { labels: {} }, spec: { containers: [], tolerations: [] } } },
      { template: { metadata: {}, spec: { containers: [] } } },
    ],
  ])('drops %s', (_what, spec, expected) => {
    expect(specOf(spec)).toEqual(expected)
  })

  it('keeps zeros that mean something, and empty structs', () => {
    const spec = {
      replicas: 0,
      template: { spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }], hostUsers: false } },
    }
    expect(specOf(spec)).toEqual(spec)
  })

  it('shares nothing with its input', () => {
    const json = { data: { a: 'x' } }
    const map = decode('core/v1.ConfigMap', json)
    json.data.a = 'y'
    expect(map['data']).toEqual({ a: 'x' })
  })

  it('keeps a map key called __proto__ as a key', () => {
    const { value } = parseJson('{"data": {"__proto__": "x"}}')
    const data = decode('core/v1.ConfigMap', value)['data'] as object
    expect(Object.entries(data)).toEqual([['__proto__', 'x']])
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
  })

  it('makes zero values of null in lists and maps', () => {
    expect(decode('core/v1.ConfigMap', { data: { a: null } })['data']).toEqual({ a: '' })
    const pod = decode('core/v1.Pod', { spec: { containers: [{ name: 'a', command: ['x', null] }] } })
    expect(pod['spec']).toEqual({ containers: [{ name: 'a', command: ['x', ''] }] })
  })
})

describe('field validation', () => {
  const json = {
    spec: { foo: 1, template: { spec: { containers: [{ name: 'a', imag: 'x' }] } } },
    statsu: {},
  }

  it('refuses what the type does not have when strict', () => {
    expect(() => decode('apps/v1.Deployment', json)).toThrow(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo", unknown field "spec.template.spec.containers[0].imag", unknown field "statsu"',
    )
  })

  it('warns and drops', () => {
    const { object, warnings } = decodeObject('apps/v1.Deployment', json, { fieldValidation: 'Warn' })
    expect(warnings).toEqual([
      'unknown field "spec.foo"',
      'unknown field "spec.template.spec.containers[0].imag"',
      'unknown field "statsu"',
    ])
    expect(object['spec']).toEqual({ template: { spec: { containers: [{ name: 'a' }] } } })
  })

  it('ignores silently', () => {
    expect(decodeObject('apps/v1.Deployment', json, { fieldValidation: 'Ignore' }).warnings).toEqual([])
  })

  it('is case-sensitive and counts unknown nulls', () => {
    expect(() => decode('core/v1.ConfigMap', { Data: null })).toThrow('unknown field "Data"')
  })

  it('reports duplicate keys that the parser saw', () => {
    const { value, duplicates } = parseJson('{"spec": {"replicas": 1, "replicas": 2}}')
    expect(duplicates).toEqual(['spec.replicas'])
    expect(() =>
      decodeObject('apps/v1.Deployment', value, { fieldValidation: 'Strict', duplicates }),
    ).toThrow('strict decoding error: duplicate field "spec.replicas"')
  })
})

describe('values of the wrong kind', () => {
  it.each([
    [
      'apps/v1.Deployment',
      { spec: { replicas: 'two' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps/v1.Deployment',
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps/v1.Deployment',
      { spec: { replicas: 2147483648 } },
      'json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'core/v1.Pod',
      { spec: { containers: [{ env: [{ value: 1 }] }] } },
      'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      'core/v1.Pod',
      { metadata: { labels: { a: true } } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'core/v1.Pod',
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      'core/v1.Pod',
      { spec: [] },
      'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec',
    ],
    [
      'core/v1.Pod',
      { spec: { nodeSelector: 'x' } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.nodeSelector of type map[string]string',
    ],
    [
      'core/v1.Pod',
      { spec: { containers: [{ ports: [{ protocol: 6 }] }] } },
      'json: cannot unmarshal number into Go struct field ContainerPort.spec.containers.ports.protocol of type v1.Protocol',
    ],
    [
      'core/v1.Pod',
      { spec: { containers: [{ resources: { limits: { cpu: 'much' } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'core/v1.Service',
      { spec: { ports: [{ targetPort: true }] } },
      'json: cannot unmarshal bool into Go value of type int32',
    ],
    ['core/v1.Secret', { data: { a: 'no base64!' } }, 'illegal base64 data at input byte 2'],
    [
      'coordination/v1.Lease',
      { spec: { renewTime: 'soon' } },
      'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
    ],
  ])('%s %j', (type, json, message) => {
    const kind = type.split('.')[1]
    expect(() => decode(type, json)).toThrow(
      `${kind} in version "v1" cannot be handled as a ${kind}: ${message}`,
    )
    expect(() => decode(type, json)).toThrow(
      expect.objectContaining({ code: 400, reason: 'BadRequest' }) as Error,
    )
  })
})

describe('normal forms', () => {
  it.each([
    ['0.5', '500m'],
    [0.5, '500m'],
    [2, '2'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1000m', '1'],
    ['1000', '1k'],
    ['1000000', '1M'],
    ['1500', '1500'],
    ['100Ki', '100Ki'],
    ['2048Ki', '2Mi'],
    ['1e3', '1e3'],
    ['1E6', '1E6'],
    ['12e6', '12e6'],
    ['0', '0'],
    ['0Gi', '0'],
    ['-0.5', '-500m'],
    ['+5', '+5'],
    ['.5', '500m'],
    ['5.', '5.'],
    ['0.0000000001', '1n'],
    ['500Mi', '500Mi'],
    ['1P', '1P'],
  ])('quantity %s is %s', (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected)
    expect(canonicalQuantity(expected)).toBe(expected)
  })

  it.each(['', 'x', '1 Gi', '1gi', '--1', '1e', '1KiB'])('%j is no quantity', (text) => {
    expect(() => canonicalQuantity(text)).toThrow('quantities must match')
  })

  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000000Z'],
    ['2026-01-02T03:04:05.678901Z', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678901Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05Z', '2026-01-02T01:04:05.000000Z'],
  ])('time %s', (text, time, microTime) => {
    expect(decode('core/v1.Event', { firstTimestamp: text, eventTime: text })).toMatchObject({
      firstTimestamp: time,
      eventTime: microTime,
    })
  })

  it.each([[80], ['80'], ['http'], [0]])('IntOrString %j stays as it is', (targetPort) => {
    expect(decode('core/v1.Service', { spec: { ports: [{ port: 1, targetPort }] } })['spec']).toEqual({
      ports: [{ port: 1, targetPort }],
    })
  })
})

describe('decoding again', () => {
  it('changes nothing, for objects of every kind', () => {
    const random = seededRandom(2)
    for (const type of typeNames().filter(isKindType)) {
      for (let round = 0; round < 3; round++) {
        const object = sampleObject(type, random)
        expect(decode(type, object), type).toEqual(object)
      }
    }
  })
})

describe('parseJson', () => {
  it.each([
    ['{"a": {"b": 1}, "c": {"b": 1}}', []],
    ['{"a": [{"b": 1}, {"b": 1, "b": 2}]}', ['a[1].b']],
    ['{"a": "x\\", \\"a\\": ", "b": "{"}', []],
    ['{"a": 1, "\\u0061": 2}', ['a']],
    // One key too few and one that only looks like a key: together as many as there are.
    ['{"a" : 1, "a": "\\":"}', ['a']],
    ['{"a"\n:\t"x", "b": "registry:80"}', []],
    ['[1, {"x": [], "x": {}}]', ['[1].x']],
  ])('finds duplicates in %s', (text, duplicates) => {
    expect(parseJson(text)).toMatchObject({ value: JSON.parse(text), duplicates })
  })

  it('refuses what is nested too deeply', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(parseJson(nested(1000)).duplicates).toEqual([])
    expect(() => parseJson(nested(1001))).toThrow(expect.objectContaining({ code: 400 }) as Error)
  })

  it('refuses what is no JSON', () => {
    expect(() => parseJson('{')).toThrow(expect.objectContaining({ code: 400 }) as Error)
  })
})

it('keeps nothing of features that are off, nor knows what later versions brought', () => {
  const containers = [{ name: 'c', image: 'i', lifecycle: { stopSignal: 'SIGUSR1' } }]
  const volumes = [{ name: 'v', projected: { sources: [{ clusterTrustBundle: { path: 'p' } }] } }]
  expect(decode('core/v1.Pod', { spec: { containers, volumes } })['spec']).toEqual({
    // As dropContainerStopSignals leaves it.
    containers: [{ name: 'c', image: 'i' }],
    volumes: [{ name: 'v', projected: { sources: [{}] } }],
  })
  const kept = { preStop: { sleep: { seconds: 1 } } }
  const both = [{ name: 'c', image: 'i', lifecycle: { ...kept, stopSignal: 'SIGUSR1' } }]
  expect(decode('core/v1.Pod', { spec: { containers: both } })['spec']).toMatchObject({
    containers: [{ lifecycle: kept }],
  })
  expect(() => decode('core/v1.Pod', { spec: { containers: [], schedulingGroup: {} } })).toThrow(
    'unknown field "spec.schedulingGroup"',
  )
})
