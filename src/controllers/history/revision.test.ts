import { expect, test } from 'vitest'

import { templateOf as sampleTemplate } from '../testing/samples.ts'
import {
  HISTORY_HASH,
  byRevision,
  draftRevision,
  revisionHash,
  templateOf,
  templatePatch,
} from './revision.ts'

const owner = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
}

test('a hash depends on what is held and on collisions, not on the order of fields', () => {
  expect(revisionHash({ a: 1, b: 2 }, 0)).toBe(revisionHash({ b: 2, a: 1 }, 0))
  expect(revisionHash({ a: 1 }, 0)).not.toBe(revisionHash({ a: 1 }, 1))
  expect(revisionHash({ a: '<' }, 0)).toBe(revisionHash({ a: '<' }, 0))
  expect(revisionHash({ a: 1 }, 0)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
})

test('a revision is named by its hash and gives its template back', () => {
  const template = sampleTemplate('web:1')
  const hash = revisionHash(templatePatch(template), 0)
  const annotated = { ...owner, metadata: { ...owner.metadata, annotations: { why: 'a new image' } } }
  const draft = draftRevision(annotated, template, { revision: 3, hash, hashLabel: HISTORY_HASH })
  expect(draft).toMatchObject({
    metadata: {
      name: `web-${hash}`,
      labels: { app: 'web', 'controller.kubernetes.io/hash': hash },
      annotations: { why: 'a new image' },
    },
    revision: 3,
  })
  const metadata = { ...owner.metadata, name: `web-${hash}` }
  expect(templateOf({ ...draft, apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata })).toEqual(
    template,
  )
})

test('a patch has its keys in order, like a map of Go', () => {
  const template = {
    spec: { containers: [{ name: 'c', image: 'i', args: [] }] },
    metadata: { labels: { b: '', a: '' } },
  }
  expect(JSON.stringify(templatePatch(template))).toBe(
    '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"","b":""}},"spec":{"containers":[{"args":[],"image":"i","name":"c"}]}}}}',
  )
})

test('revisions are in order of their number, then of age', () => {
  const revision = (name: string, number: number, creationTimestamp: string) => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { ...owner.metadata, name, creationTimestamp },
    revision: number,
  })
  const all = [
    revision('c', 2, '2026-01-01T00:00:00Z'),
    revision('b', 1, '2026-01-02T00:00:00Z'),
    revision('a', 1, '2026-01-01T00:00:00Z'),
  ]
  expect(byRevision(all).map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c'])
})
