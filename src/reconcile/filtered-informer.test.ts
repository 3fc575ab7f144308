import { expect, test } from 'vitest'

import type { KubernetesObject } from '../kubernetes/client/client.ts'
import type { Informer } from './controller.ts'
import { filteredInformer } from './filtered-informer.ts'

const object = (name: string, owner: string): KubernetesObject =>
  ({ apiVersion: 'v1', kind: 'Thing', metadata: { name, labels: { owner } } }) as unknown as KubernetesObject
const isOurs = ({ metadata }: KubernetesObject): boolean => metadata.labels?.['owner'] === 'us'

type Change = { readonly before?: KubernetesObject; readonly after?: KubernetesObject }

/** An informer of these objects, and a way to tell of a change. */
function informerOf(...all: KubernetesObject[]) {
  let tell: (change: Change) => void = () => undefined
  const informer: Informer<KubernetesObject> = {
    get: (key) => all.find(({ metadata }) => metadata.name === key),
    list: () => all,
    byIndex: () => all,
    addIndex: () => undefined,
    source: (keysOf = () => []) => ({
      subscribe: (enqueue) => {
        all.flatMap(keysOf).forEach(enqueue)
        return () => undefined
      },
    }),
    onChange: (handler) => {
      tell = handler
      return () => undefined
    },
    synced: true,
  }
  return { informer, tell: (change: Change) => tell(change) }
}

test('shows, and wakes by, the objects that are ours', () => {
  const ours = object('a', 'us')
  const view = filteredInformer(informerOf(ours, object('b', 'them')).informer, isOurs)
  expect([view.get('a'), view.get('b')]).toEqual([ours, undefined])
  expect([view.list(), view.byIndex('any', 'x')]).toEqual([[ours], [ours]])
  const woken: string[] = []
  view.source().subscribe((key) => woken.push(key))
  expect(woken).toEqual(['a'])
})

test.each<[string, Change, Change | undefined]>([
  [
    'of ours',
    { before: object('a', 'us'), after: object('a', 'us') },
    { before: object('a', 'us'), after: object('a', 'us') },
  ],
  [
    'that makes one ours',
    { before: object('a', 'them'), after: object('a', 'us') },
    { after: object('a', 'us') },
  ],
  [
    'that makes one theirs',
    { before: object('a', 'us'), after: object('a', 'them') },
    { before: object('a', 'us') },
  ],
  ['of theirs', { before: object('a', 'them'), after: object('a', 'them') }, undefined],
])('tells of a change %s', (_what, change, expected) => {
  const { informer, tell } = informerOf()
  const told: Change[] = []
  filteredInformer(informer, isOurs).onChange((each) => told.push(each))
  tell(change)
  expect(told).toEqual(expected ? [expected] : [])
})
