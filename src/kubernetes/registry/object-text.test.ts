import { expect, test } from 'vitest'

import type { Entry } from '../../store/store.ts'
import type { KubernetesObject } from '../client/client.ts'
import { sampleObject, seededRandom } from '../schema/testing/sample.ts'
import { ObjectText, storedText } from './object-text.ts'

const REVISION = 1234

function stored(object: object): { text: ObjectText | undefined; read: KubernetesObject } {
  const value = storedText(object as KubernetesObject)
  const parsed = JSON.parse(value) as KubernetesObject
  const read = { ...parsed, metadata: { ...parsed.metadata, resourceVersion: String(REVISION) } }
  return { text: ObjectText.of(entryOf(value)), read }
}

function entryOf(value: string): Entry {
  return { key: '/k', value, createRevision: 1, modRevision: REVISION }
}

function expectSame(object: object): void {
  const { text, read } = stored(object)
  const { apiVersion: _a, kind: _k, ...item } = read
  expect(JSON.parse(text?.whole.join('') ?? '')).toEqual(read)
  expect(JSON.parse(text?.item.join('') ?? '')).toEqual(item)
  expect(JSON.parse(text?.metadataOf(read).join('') ?? '')).toEqual(read.metadata)
}

const metadata = {
  name: 'a',
  labels: { '10': 'x', '2': 'y', data: '},"spec":{' },
  annotations: { text: 'ü "quoted" {"metadata":{"name":"b"}},"data":{' },
  managedFields: [
    { manager: 'm', fieldsV1: { 'f:spec': {}, 'f:metadata': { '.': {} } }, subresource: 'status' },
  ],
}

test.each([
  ['with a spec', { kind: 'Pod', apiVersion: 'v1', metadata, spec: { a: 1 }, status: { b: 2 } }],
  ['in another order', { spec: { metadata: { name: 'c' } }, metadata, apiVersion: 'v1', kind: 'Pod' }],
  ['with metadata alone', { kind: 'ServiceAccount', apiVersion: 'v1', metadata }],
  ['with an empty field', { kind: 'ConfigMap', apiVersion: 'v1', metadata, data: {} }],
  [
    'with fields named as those of metadata',
    { kind: 'X', apiVersion: 'x/v1', metadata, labels: {}, time: 1 },
  ],
  ['with a number as a field', { kind: 'X', apiVersion: 'x/v1', metadata, '1': 1 }],
  ['with a field in need of quotes', { kind: 'X', apiVersion: 'x/v1', metadata, 'a"}': 1 }],
  ['with an old version', { kind: 'X', apiVersion: 'x/v1', metadata: { name: 'a', resourceVersion: '9' } }],
])('reads back an object %s', (_, object) => {
  expectSame(object)
})

test('reads back whatever the field tables allow', () => {
  const random = seededRandom(7)
  for (const [apiVersion, kind, type] of [
    ['v1', 'Pod', 'core/v1.Pod'],
    ['apps/v1', 'Deployment', 'apps/v1.Deployment'],
    ['v1', 'Secret', 'core/v1.Secret'],
  ] as const) {
    for (let count = 0; count < 50; count += 1) {
      const { metadata: sampled, ...rest } = sampleObject(type, random)
      expectSame({ ...rest, apiVersion, kind, metadata: { ...(sampled as object), name: 'a' } })
    }
  }
})

test.each([
  ['what it is comes last', '{"metadata":{"name":"a"},"kind":"Pod","apiVersion":"v1"}'],
  ['it does not say what it is', '{"metadata":{"name":"a"}}'],
  [
    'a number is a field',
    storedText({ kind: 'X', apiVersion: 'x/v1', metadata: { name: 'a' }, '1': 1 } as never),
  ],
  ['its metadata is empty', '{"kind":"Pod","apiVersion":"v1","metadata":{}}'],
])('leaves a text alone when %s', (_, value) => {
  expect(ObjectText.of(entryOf(value))).toBeUndefined()
})
