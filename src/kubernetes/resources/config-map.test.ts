import { expect, it } from 'vitest'

import { configMapKind, validateImmutable } from './config-map.ts'

const bytes = (text: string): string => Buffer.from(text).toString('base64')

it('lets nothing of an immutable map change', () => {
  const old = { immutable: true, data: { a: '1' }, binaryData: { b: bytes('2') } }
  const refused = (next: Parameters<typeof validateImmutable>[0]): string[] =>
    validateImmutable(next, old).map(({ field }) => field)
  expect(refused(old)).toEqual([])
  expect(refused({ ...old, data: { a: '2' } })).toEqual(['data'])
  expect(refused({ ...old, binaryData: { b: bytes('3') } })).toEqual(['binaryData'])
  expect(refused({ immutable: true, data: old.data })).toEqual(['binaryData'])
  expect(refused({ ...old, immutable: false })).toEqual(['immutable'])
  expect(validateImmutable({ binaryData: {} }, { ...old, immutable: false })).toEqual([])
})

it('counts the decoded bytes of binaryData', () => {
  const map = (size: number) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    binaryData: { b: Buffer.alloc(size).toString('base64') },
  })
  expect(configMapKind.validate?.(map(1024 * 1024))).toEqual([])
  expect(configMapKind.validate?.(map(1024 * 1024 + 1))).toMatchObject([
    { detail: expect.stringContaining('Too long') },
  ])
})
