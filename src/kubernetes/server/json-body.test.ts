import { expect, test } from 'vitest'

import type { KubernetesObject } from '../client/client.ts'
import { ObjectText, storedText } from '../registry/object-text.ts'
import { jsonItem, jsonOf, jsonPartial, jsonWithList, type TextOf } from './json-body.ts'

const made: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ü', uid: 'u' } as never,
}
const entry = { key: '/k', value: storedText(made), createRevision: 3, modRevision: 7 }
const read = { ...made, metadata: { ...made.metadata, resourceVersion: '7' } }
const texts: TextOf = (object) => (object === read ? ObjectText.of(entry) : undefined)

test.each([
  ['an object', jsonOf],
  ['an item', jsonItem],
  ['metadata', (of: TextOf, object: KubernetesObject) => jsonPartial(of, object, 'v1')],
])('writes %s as it was read, or anew', (_, write) => {
  const copy = { ...read }
  expect(JSON.parse(write(texts, read))).toEqual(JSON.parse(write(texts, copy)))
  expect(write(texts, made)).not.toContain('resourceVersion')
})

test('says what metadata it is', () => {
  const { metadata } = read
  const apiVersion = 'meta.k8s.io/v1beta1'
  expect(JSON.parse(jsonPartial(texts, read, 'v1beta1'))).toEqual({
    kind: 'PartialObjectMetadata',
    apiVersion,
    metadata,
  })
})

test.each([
  ['no items', []],
  ['one', ['{"a":"ü"}']],
  ['several', ['1', '"€"', '{}']],
])('writes a list with %s', (_, items) => {
  const body = Buffer.from(jsonWithList({ kind: 'L', metadata: {} }, 'items', items)).toString()
  expect(body.endsWith('\n')).toBe(true)
  expect(JSON.parse(body)).toEqual({
    kind: 'L',
    metadata: {},
    items: items.map((item) => JSON.parse(item) as unknown),
  })
})
