import { describe, expect, it } from 'vitest'

import { builtinKinds } from './index.ts'
import { KindTable } from './kind-table.ts'
import type { Kind } from './kind.ts'

function kindAt(table: KindTable, group: string, version: string, plural: string): Kind {
  const kind = table.find({ group, version, plural })
  if (!kind) throw new Error(`${plural} are not there`)
  return kind
}

function placesOf(kinds: readonly Kind[]): string[] {
  return kinds.map(({ resource: { group, version, plural } }) => `${group}/${version}/${plural}`)
}

describe('the equivalents of a kind', () => {
  it('are its other versions, and its views in other groups', () => {
    const table = new KindTable(builtinKinds)
    const scalers = kindAt(table, 'autoscaling', 'v2', 'horizontalpodautoscalers')
    expect(placesOf(table.equivalentsOf(scalers))).toEqual(['autoscaling/v1/horizontalpodautoscalers'])
    const events = kindAt(table, '', 'v1', 'events')
    expect(placesOf(table.equivalentsOf(events))).toEqual(['events.k8s.io/v1/events'])
    expect(table.equivalentsOf(kindAt(table, '', 'v1', 'pods'))).toEqual([])
  })

  it('come and go with the kinds', () => {
    const table = new KindTable(builtinKinds)
    const pods = kindAt(table, '', 'v1', 'pods')
    expect(table.equivalentsOf(pods)).toEqual([])
    const view: Kind = { ...pods, resource: { ...pods.resource, version: 'v2' } }
    const remove = table.add(view)
    expect(table.equivalentsOf(pods)).toEqual([view])
    remove()
    expect(table.equivalentsOf(pods)).toEqual([])
  })
})
