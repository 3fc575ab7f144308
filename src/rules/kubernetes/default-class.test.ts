import { expect, it } from 'vitest'

import { isDefaultClass, isDefaultIngressClass, newestClass } from './default-class.ts'
import { classNameOf } from './storage.ts'

it.each([
  [{ 'storageclass.kubernetes.io/is-default-class': 'true' }, true],
  [{ 'storageclass.beta.kubernetes.io/is-default-class': 'true' }, true],
  [{ 'storageclass.kubernetes.io/is-default-class': 'false' }, false],
  [{ 'ingressclass.kubernetes.io/is-default-class': 'true' }, false],
])('%j marks the default storage class: %s', (annotations, expected) => {
  expect(isDefaultClass({ annotations })).toBe(expected)
})

it('reads the annotation of ingress classes apart', () => {
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
  expect(isDefaultIngressClass({ annotations })).toBe(true)
  expect(isDefaultIngressClass({})).toBe(false)
})

it('takes the newest of several default classes, by name among those of one second', () => {
  const made = (name: string, creationTimestamp: string) => ({ metadata: { name, creationTimestamp } })
  const classes = [
    made('old', '2026-01-01T00:00:00Z'),
    made('b', '2026-01-02T00:00:00Z'),
    made('a', '2026-01-02T00:00:00Z'),
  ]
  expect(newestClass(classes)?.metadata.name).toBe('a')
  expect(newestClass([])).toBeUndefined()
})

it('reads the class of a claim from the old annotation first', () => {
  const annotations = { 'volume.beta.kubernetes.io/storage-class': 'old' }
  expect(classNameOf({ metadata: { annotations }, spec: { storageClassName: 'new' } })).toBe('old')
  expect(classNameOf({ metadata: {}, spec: { storageClassName: 'new' } })).toBe('new')
  expect(classNameOf({ metadata: {} })).toBe('')
})
