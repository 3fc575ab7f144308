import { expect, test } from 'vitest'

import type { KubernetesObject } from '../client/client.ts'
import { ObjectText, storedText, type Pieces } from '../registry/object-text.ts'
import { LongBody } from './http.ts'
import { jsonItem, jsonOf, jsonPartial, jsonWithList } from './json-body.ts'

const made: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ü', uid: 'u' } as never,
}
const entry = { key: '/k', value: storedText(made), createRevision: 3, modRevision: 7 }
const read = { ...made, metadata: { ...made.metadata, resourceVersion: '7' } }
const text = ObjectText.of(entry)

function parsed(pieces: Pieces): unknown {
  return JSON.parse(pieces.join(''))
}

test.each([
  ['an object', jsonOf],
  ['an item', jsonItem],
  ['metadata', (of: ObjectText | undefined, object: KubernetesObject) => jsonPartial(of, object, 'v1')],
])('writes %s as it was read, or anew', (_, write) => {
  expect(parsed(write(text, read))).toEqual(parsed(write(undefined, read)))
  expect(write(undefined, made).join('')).not.toContain('resourceVersion')
})

test('says what metadata it is', () => {
  const { metadata } = read
  const apiVersion = 'meta.k8s.io/v1beta1'
  expect(parsed(jsonPartial(text, read, 'v1beta1'))).toEqual({
    kind: 'PartialObjectMetadata',
    apiVersion,
    metadata,
  })
})

async function partsOf(body: string | LongBody): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = []
  for await (const part of typeof body === 'string' ? [Buffer.from(body)] : body) parts.push(part)
  return parts
}

test.each([
  ['no items', []],
  ['one', [['{"a":', '"ü"}']]],
  ['several', [['1'], ['"', '€', '"'], ['{}']]],
  ['what is sent in parts', Array.from({ length: 3000 }, (_, at) => ['"', `${at} €`.repeat(100), '"'])],
  ['what is larger than a part', [['1'], ['"', '€'.repeat(200_000), '"'], ['2']]],
])('writes a list with %s', async (_, items) => {
  const body = jsonWithList({ kind: 'L', metadata: {} }, 'items', items)
  const written = Buffer.concat(await partsOf(body)).toString()
  expect(written.endsWith('\n')).toBe(true)
  expect(JSON.parse(written)).toEqual({ kind: 'L', metadata: {}, items: items.map(parsed) })
})

test('makes the parts of a long list while they are taken, each of a bounded size', async () => {
  let made = 0
  const items = function* (): Generator<Pieces> {
    for (; made < 5000; made += 1) yield ['"', 'x'.repeat(998), '"']
  }
  const body = jsonWithList({}, 'items', items())
  expect(body).toBeInstanceOf(LongBody)
  expect(made).toBeLessThan(200)
  const parts = await partsOf(body)
  expect(made).toBe(5000)
  expect(parts.length).toBeGreaterThan(15)
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(256 * 1024)
})
