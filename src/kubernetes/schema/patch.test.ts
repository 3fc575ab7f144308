import { describe, expect, it } from 'vitest'

import { formatGo } from './format-go.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { sampleObject, seededRandom } from './testing/sample.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

type Json = Record<string, unknown>

describe('JSON merge patch', () => {
  // RFC 7386, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected)
  })

  it('shares nothing with its arguments', () => {
    const target = { a: { b: 1 } }
    const result = applyMergePatch(target, { c: 1 }) as Json
    expect(result['a']).toEqual(target.a)
    expect(result['a']).not.toBe(target.a)
  })
})

describe('JSON patch', () => {
  // RFC 6902, appendix A.
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: 'qux' }], { foo: ['bar', 'qux'] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['a', 'c'] }],
    [{ a: 1 }, [{ op: 'replace', path: '/a', value: 2 }], { a: 2 }],
    [{ a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    [{ a: [1] }, [{ op: 'copy', from: '/a', path: '/b' }], { a: [1], b: [1] }],
    [
      { a: 'x' },
      [
        { op: 'test', path: '/a', value: 'x' },
        { op: 'remove', path: '/a' },
      ],
      {},
    ],
    [
      { 'a/b': 1, 'm~n': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'remove', path: '/m~0n' },
      ],
      {},
    ],
    // Upstream's library puts in what there is nothing of to replace.
    [{ a: {} }, [{ op: 'replace', path: '/a/b', value: 1 }], { a: { b: 1 } }],
  ])('%j with %j is %j', (document, patch, expected) => {
    const before = structuredClone(document)
    expect(applyJsonPatch(document, patch)).toEqual(expected)
    expect(document).toEqual(before)
  })

  it.each([
    [[{ op: 'test', path: '/a', value: 2 }]],
    [[{ op: 'remove', path: '/x' }]],
    [[{ op: 'replace', path: '/x/y', value: 1 }]],
    [[{ op: 'add', path: '/x/y', value: 1 }]],
    [[{ op: 'add', path: '/list/5', value: 1 }]],
    [[{ op: 'increase', path: '/a' }]],
    [[{ path: '/a' }]],
    [[3]],
  ])('%j fails with 422', (patch) => {
    expect(() => applyJsonPatch({ a: 1, list: [] }, patch)).toThrow(
      expect.objectContaining({
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
      }) as Error,
    )
  })

  it('refuses what is no patch, and too many operations', () => {
    expect(() => applyJsonPatch({}, { op: 'add' })).toThrow(
      expect.objectContaining({
        code: 400,
        message:
          'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
      }) as Error,
    )
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: {} }))
    expect(() => applyJsonPatch({}, many)).toThrow(
      'The allowed maximum operations in a JSON patch is 10000, got 10001',
    )
  })
})

function patchSpec(type: string, spec: Json, patch: Json): unknown {
  return (applyStrategicMergePatch(type, { spec }, { spec: patch }) as Json)['spec']
}

describe('strategic merge patch', () => {
  const pod = 'core/v1.Pod'
  const a = { name: 'a', image: 'a:1' }
  const b = { name: 'b', image: 'b:1' }
  const c = { name: 'c', image: 'c:1' }

  it.each<[string, Json, Json, Json]>([
    [
      'merges items by their key',
      { containers: [a, b] },
      { containers: [{ name: 'b', image: 'b:2' }] },
      { containers: [a, { name: 'b', image: 'b:2' }] },
    ],
    [
      'puts new items in front of those it does not name',
      { containers: [a] },
      { containers: [b] },
      { containers: [b, a] },
    ],
    [
      'removes items',
      { containers: [a, b] },
      { containers: [{ $patch: 'delete', name: 'a' }] },
      { containers: [b] },
    ],
    [
      'replaces a list',
      { containers: [a, b] },
      { containers: [{ $patch: 'replace' }, c] },
      { containers: [c] },
    ],
    ['empties a list', { containers: [a] }, { containers: [{ $patch: 'replace' }] }, { containers: [] }],
    ['removes fields', { nodeName: 'x', hostname: 'h' }, { nodeName: null }, { hostname: 'h' }],
    ['removes fields that are not there', { hostname: 'h' }, { nodeName: null }, { hostname: 'h' }],
    [
      'replaces atomic lists',
      { tolerations: [{ key: 'a' }] },
      { tolerations: [{ key: 'b' }] },
      { tolerations: [{ key: 'b' }] },
    ],
    [
      'merges maps',
      { nodeSelector: { a: '1' } },
      { nodeSelector: { b: '2' } },
      { nodeSelector: { a: '1', b: '2' } },
    ],
    [
      'replaces a map',
      { nodeSelector: { a: '1' } },
      { nodeSelector: { $patch: 'replace', b: '2' } },
      { nodeSelector: { b: '2' } },
    ],
    [
      'empties a map',
      { nodeSelector: { a: '1' } },
      { nodeSelector: { $patch: 'delete' } },
      { nodeSelector: {} },
    ],
    [
      'drops nulls of what is new',
      {},
      { securityContext: { runAsUser: null, fsGroup: 1 } },
      { securityContext: { fsGroup: 1 } },
    ],
    [
      'orders the items as asked',
      { containers: [a, b, c] },
      {
        $setElementOrder: undefined,
        '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
      },
      { containers: [c, b, a] },
    ],
    [
      'orders and merges',
      { containers: [a, b] },
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }], containers: [c] },
      { containers: [b, c, a] },
    ],
    [
      'orders and removes',
      { containers: [a, b] },
      { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ $patch: 'delete', name: 'a' }] },
      { containers: [b] },
    ],
    [
      'keeps the server’s own items in place',
      { containers: [a, b, c] },
      { '$setElementOrder/containers': [{ name: 'a' }, { name: 'c' }] },
      { containers: [a, b, c] },
    ],
    [
      'retains keys',
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }] },
      { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
    ],
    [
      'removes inside items',
      { containers: [{ ...a, command: ['x'] }] },
      { containers: [{ name: 'a', command: null }] },
      { containers: [a] },
    ],
  ])('%s', (_what, spec, patch, expected) => {
    delete patch['$setElementOrder']
    expect(patchSpec(pod, spec, patch)).toEqual(expected)
  })

  it('merges lists of primitives as sets, and deletes from them', () => {
    const current = { metadata: { finalizers: ['a', 'b'] } }
    const patched = (metadata: Json): unknown =>
      (applyStrategicMergePatch(pod, current, { metadata }) as { metadata: Json }).metadata
    expect(patched({ finalizers: ['c', 'a'] })).toEqual({ finalizers: ['c', 'a', 'b'] })
    expect(patched({ '$deleteFromPrimitiveList/finalizers': ['a'] })).toEqual({ finalizers: ['b'] })
    expect(
      patched({
        '$deleteFromPrimitiveList/finalizers': ['a'],
        '$setElementOrder/finalizers': ['c', 'b'],
        finalizers: ['c'],
      }),
    ).toEqual({ finalizers: ['c', 'b'] })
  })

  it('replaces what is marked so, and retains keys of the strategy', () => {
    const budget = { selector: { matchLabels: { a: '1' } } }
    expect(
      patchSpec('policy/v1.PodDisruptionBudget', budget, { selector: { matchLabels: { b: '2' } } }),
    ).toEqual({
      selector: { matchLabels: { b: '2' } },
    })
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }
    expect(
      patchSpec(
        'apps/v1.Deployment',
        { strategy },
        { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      ),
    ).toEqual({ strategy: { type: 'Recreate' } })
  })

  it('merges service ports by port alone, as the merge key says', () => {
    const ports = [{ port: 53, protocol: 'UDP' }]
    expect(patchSpec('core/v1.Service', { ports }, { ports: [{ port: 53, name: 'dns' }] })).toEqual({
      ports: [{ port: 53, protocol: 'UDP', name: 'dns' }],
    })
  })

  it.each<[Json, number, string]>([
    [{ containers: [{ image: 'x' }] }, 500, 'map: map[image:x] does not contain declared merge key: name'],
    [{ nodeSelector: { $patch: 'swap' } }, 500, 'unknown patch type: swap in map: map[$patch:swap]'],
    [
      { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] },
      400,
      'invalid patch format of retainKeys',
    ],
    [{ '$setElementOrder/containers': 'a' }, 400, 'invalid patch format of setElementOrder list'],
    [
      { '$setElementOrder/containers': [{ name: 'b' }], containers: [c] },
      500,
      "doesn't match $setElementOrder list:\n[map[name:b]]",
    ],
  ])('refuses %j', (patch, code, message) => {
    const spec = { containers: [a], nodeSelector: { a: '1' }, volumes: [{ name: 'v' }] }
    expect(() => patchSpec(pod, spec, patch)).toThrow(expect.objectContaining({ code }) as Error)
    expect(() => patchSpec(pod, spec, patch)).toThrow(message)
  })

  it('with an object’s own content changes nothing, and leaves its arguments alone', () => {
    const random = seededRandom(4)
    for (const type of [
      'core/v1.Pod',
      'apps/v1.Deployment',
      'core/v1.Service',
      'core/v1.Node',
      'core/v1.ServiceAccount',
    ]) {
      for (let round = 0; round < 20; round++) {
        const object = sampleObject(type, random)
        const copy = structuredClone(object)
        expect(applyStrategicMergePatch(type, object, copy)).toEqual(object)
        expect(copy).toEqual(object)
        expect(applyStrategicMergePatch(type, object, {})).toEqual(object)
      }
    }
  })
})

describe('formatGo', () => {
  it.each([
    [{ b: 1, a: ['x', true, null] }, 'map[a:[x true <nil>] b:1]'],
    ['text', 'text'],
  ])('%j', (value, expected) => {
    expect(formatGo(value)).toBe(expected)
  })
})
