import { describe, expect, it } from 'vitest'

import { applyPatch } from './apply.ts'
import { compareTyped, isSame } from './compare.ts'
import { decodeObject } from './decode.ts'
import { FieldSet, pathText } from './field-set.ts'
import { apiVersionAndKindOf, isKindType, typeNames, typeOf } from './fields.ts'
import { managedFieldsOf, trackUpdate } from './managed-fields.ts'
import { sampleObject, seededRandom, type Random } from './testing/sample.ts'
import { fieldsOf, mergeTyped, removeFields } from './typed-value.ts'

type Json = Record<string, unknown>

const KINDS = [
  'core/v1.Pod',
  'apps/v1.Deployment',
  'core/v1.Service',
  'core/v1.ConfigMap',
  'rbac/v1.ClusterRole',
  'discovery/v1.EndpointSlice',
]

/** A configuration as clients apply it: without status and what the server owns. */
function sampleConfig(type: string, random: Random): Json {
  const { status: _status, metadata, ...rest } = sampleObject(type, random)
  const { labels, annotations } = (metadata ?? {}) as Json
  return {
    ...rest,
    metadata: { name: 'x', ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
  }
}

function decode(type: string, json: unknown): Json {
  return decodeObject(type, json, { fieldValidation: 'Strict' }).object
}

function apply(type: string, config: Json, manager: string, live?: Json): Json {
  const whole = { ...apiVersionAndKindOf(type), ...config }
  return decode(
    type,
    applyPatch<Json>({ schema: type, live, config: whole, manager, force: true, now: 0 }).object,
  )
}

function withoutManagedFields(object: Json): Json {
  const { managedFields: _managedFields, ...metadata } = object['metadata'] as Json
  return { ...object, metadata }
}

/** Equal but for the order of keyed lists and of containers that became empty. */
function expectSame(type: string, actual: Json, expected: Json): void {
  const fields = (object: Json): string[] => {
    const { apiVersion: _apiVersion, kind: _kind, ...body } = object
    return [...fieldsOf(typeOf(type), body).paths()].map(pathText).toSorted()
  }
  expect(fields(actual), type).toEqual(fields(expected))
}

describe('ownership, over random objects', () => {
  it('a single applier always gets exactly what it applied', () => {
    const random = seededRandom(5)
    for (const type of KINDS) {
      let live: Json | undefined
      for (let round = 0; round < 25; round++) {
        const config = sampleConfig(type, random)
        live = apply(type, config, 'only', live)
        expectSame(type, withoutManagedFields(live), config)
      }
    }
  })

  it('keeps a struct that is still stated when its last field is not', () => {
    const pod = (emptyDir: Json): Json => ({
      metadata: { name: 'x' },
      spec: { containers: [], volumes: [{ name: 'v', emptyDir }] },
    })
    const live = apply('core/v1.Pod', pod({ sizeLimit: '1Gi' }), 'only')
    expect(apply('core/v1.Pod', pod({}), 'only', live)['spec']).toEqual(pod({})['spec'])
  })

  it('applying again changes nothing at all', () => {
    const random = seededRandom(6)
    for (const type of KINDS) {
      for (let round = 0; round < 25; round++) {
        const other = apply(type, sampleConfig(type, random), 'other')
        const config = sampleConfig(type, random)
        const once = apply(type, config, 'me', other)
        expect(apply(type, config, 'me', once), type).toEqual(once)
      }
    }
  })

  it('an applier that takes everything back leaves what the other applied', () => {
    const random = seededRandom(8)
    for (const type of KINDS) {
      for (let round = 0; round < 25; round++) {
        const config = sampleConfig(type, random)
        // Fields of both are the other's too: applied second, by force.
        const both = apply(type, config, 'other', apply(type, sampleConfig(type, random), 'me'))
        const left = apply(type, { metadata: { name: 'x' } }, 'me', both)
        expectSame(type, withoutManagedFields(left), config)
      }
    }
  })

  it('an update gives each changed field one updater, and every field an owner', () => {
    const random = seededRandom(9)
    const isStored = (type: string): boolean =>
      isKindType(type) && typeOf(type).fields.get('metadata')?.schema === typeOf('meta/v1.ObjectMeta')
    for (const type of typeNames().filter(isStored)) {
      let before: Json | undefined
      for (let round = 0; round < 4; round++) {
        const after = decode(type, sampleConfig(type, random))
        const managedFields = trackUpdate({
          schema: type,
          before,
          after,
          manager: `m${round}`,
          now: round * 1000,
        })
        const sets = managedFields.map((entry) => FieldSet.fromFieldsV1(entry.fieldsV1))
        sets.forEach((set, index) => {
          for (const other of sets.slice(index + 1)) expect(set.intersection(other).isEmpty, type).toBe(true)
        })
        const { apiVersion: _apiVersion, kind: _kind, metadata, ...body } = after
        const { name: _name, ...tracked } = metadata as Json
        const all = sets.reduce((union, set) => union.union(set), new FieldSet())
        const stated = leaves(type, { ...body, metadata: tracked })
        expect([...stated.difference(all).paths()].map(pathText), type).toEqual([])
        before = { ...after, metadata: { ...(metadata as Json), managedFields } }
        expect(managedFieldsOf(before)).toBe(managedFields)
      }
    }
  })
})

/** Scalars and atomic values: what a difference is always counted for. */
function leaves(type: string, value: Json): FieldSet {
  const result = new FieldSet()
  const paths = [...fieldsOf(typeOf(type), value).paths()]
  const texts = paths.map(pathText)
  paths.forEach((path, index) => {
    const isEmptyStruct = ['{}', 'null'].includes(JSON.stringify(valueAt(value, path)))
    const hasBelow = texts.some((text, other) => other !== index && text.startsWith(texts[index] ?? ''))
    if (!isEmptyStruct && !hasBelow) result.insert(path)
  })
  return result
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const element of path)
    at = element.startsWith('f:') ? (at as Json | undefined)?.[element.slice(2)] : undefined
  return at
}

describe('comparing and merging, over random objects', () => {
  it('finds no difference between equal objects, and between an object and itself merged with itself', () => {
    const random = seededRandom(10)
    for (const type of typeNames().filter(isKindType)) {
      const object = sampleObject(type, random)
      const schema = typeOf(type)
      expect(isSame(compareTyped(schema, object, structuredClone(object))), type).toBe(true)
      expect(mergeTyped(schema, object, object), type).toEqual(object)
    }
  })

  it('finds as removed in one direction what is added in the other', () => {
    const random = seededRandom(11)
    for (const type of KINDS) {
      const [a, b] = [sampleObject(type, random), sampleObject(type, random)]
      const there = compareTyped(typeOf(type), a, b)
      const back = compareTyped(typeOf(type), b, a)
      expect(back.removed.toFieldsV1()).toEqual(there.added.toFieldsV1())
      expect(back.added.toFieldsV1()).toEqual(there.removed.toFieldsV1())
      expect(back.modified.toFieldsV1()).toEqual(there.modified.toFieldsV1())
    }
  })

  it('removes exactly the fields it is told to', () => {
    const spec = {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y' },
      ],
      nodeName: 'n',
    }
    const remove = FieldSet.fromFieldsV1({
      'f:containers': { 'k:{"name":"a"}': { 'f:image': {} }, 'k:{"name":"b"}': { '.': {} } },
      'f:nodeName': {},
    })
    expect(removeFields(typeOf('core/v1.PodSpec'), spec, remove)).toEqual({ containers: [{ name: 'a' }] })
  })

  it.each([
    [
      ['a', 'b', 'c'],
      ['c', 'a'],
      ['b', 'c', 'a'],
    ],
    [
      ['a', 'b'],
      ['b', 'x'],
      ['a', 'b', 'x'],
    ],
    [['a', 'b', 'c'], ['b'], ['a', 'b', 'c']],
    [[], ['a'], ['a']],
    [['a'], ['x', 'a'], ['x', 'a']],
  ])('merges the items %j and %j in the order %j', (left, right, expected) => {
    const items = (names: string[]): Json[] => names.map((name) => ({ name }))
    const merged = mergeTyped(
      typeOf('core/v1.PodSpec'),
      { containers: items(left) },
      { containers: items(right) },
    )
    expect((merged as { containers: Json[] }).containers.map(({ name }) => name)).toEqual(expected)
  })
})

describe('FieldSet', () => {
  const json = {
    'f:a': {},
    'f:b': { '.': {}, 'f:c': {} },
    'f:list': { 'k:{"name":"x"}': { 'f:y': {} }, 'v:"z"': {} },
  }

  it('reads and writes FieldsV1', () => {
    expect(FieldSet.fromFieldsV1(json).toFieldsV1()).toEqual(json)
    expect([...FieldSet.fromFieldsV1(json).paths()].map(pathText)).toEqual([
      '.a',
      '.b',
      '.b.c',
      '.list[name="x"].y',
      '.list[="z"]',
    ])
  })

  it('obeys the laws of sets', () => {
    const random = seededRandom(12)
    for (let round = 0; round < 50; round++) {
      const [a, b] = [0, 1].map(() =>
        fieldsOf(typeOf('core/v1.PodSpec'), sampleObject('core/v1.PodSpec', random)),
      ) as [FieldSet, FieldSet]
      const texts = (set: FieldSet): string[] => [...set.paths()].map(pathText).toSorted()
      const inB = new Set(texts(b))
      expect(texts(a.intersection(b))).toEqual(texts(a).filter((text) => inB.has(text)))
      expect(texts(a.difference(b))).toEqual(texts(a).filter((text) => !inB.has(text)))
      expect(texts(a.union(b))).toEqual([...new Set([...texts(a), ...inB])].toSorted())
      expect(a.difference(a).isEmpty).toBe(true)
    }
  })

  it.each([[null], [[]], ['x'], [{ 'f:a': 3 }]])('reads %j as nothing', (value) => {
    expect(FieldSet.fromFieldsV1(value).isEmpty).toBe(true)
  })
})
