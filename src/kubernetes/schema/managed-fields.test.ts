import { expect, it } from 'vitest'

import type { ManagedFieldsEntry } from '../../../generated/kubernetes.d.ts'
import { entryText, trackUpdate } from './managed-fields.ts'

function created(name: string, data: Record<string, string>): ManagedFieldsEntry[] {
  const after = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
  return trackUpdate({ schema: 'core/v1.ConfigMap', before: undefined, after, manager: 'test', now: 0 })
}

it('holds the fields of what is made alike once', () => {
  const [one] = created('one', { text: 'a' })
  const [two] = created('two', { text: 'b' })
  expect(one?.fieldsV1).toEqual({ 'f:data': { '.': {}, 'f:text': {} } })
  expect(two?.fieldsV1).toBe(one?.fieldsV1)
})

it('tells apart what is made differently, however much of it there is', () => {
  for (let index = 0; index < 2_500; index += 1) {
    const [entry] = created('x', { [`key-${index}`]: '' })
    expect(entry?.fieldsV1).toEqual({ 'f:data': { '.': {}, [`f:key-${index}`]: {} } })
  }
})

it('records fields that are too many to be shared', () => {
  const data = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`key-${index}`, '']))
  const [one] = created('one', data)
  const [two] = created('two', data)
  expect(Object.keys(one?.fieldsV1?.['f:data'] as object)).toHaveLength(2_001)
  expect(two?.fieldsV1).toEqual(one?.fieldsV1)
})

it('tells apart keys that look like the end of others', () => {
  const [one] = created('one', { a: '', 'b}{': '' })
  const [two] = created('two', { 'a5!f:b}{': '' })
  expect(Object.keys(one?.fieldsV1?.['f:data'] as object)).toEqual(['.', 'f:a', 'f:b}{'])
  expect(Object.keys(two?.fieldsV1?.['f:data'] as object)).toEqual(['.', 'f:a5!f:b}{'])
})

it.each([undefined, 'status'])('writes the entry of %s as what it is', (subresource) => {
  const after = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status: { phase: 'Running' } }
  const [entry] = trackUpdate({
    schema: 'core/v1.Pod',
    before: undefined,
    after: { ...after, spec: { nodeName: 'b' } },
    manager: 'a "test"',
    now: 0,
    ...(subresource === undefined ? {} : { subresource }),
  })
  expect(JSON.parse(entryText(entry ?? {}))).toEqual(entry)
  expect(entryText(entry ?? {})).toBe(JSON.stringify(entry))
})

it('writes an entry that a client has made up', () => {
  for (const entry of [{}, { manager: 'm' }, { fieldsV1: { 'f:a': {} } }]) {
    expect(entryText(entry)).toBe(JSON.stringify(entry))
  }
})
