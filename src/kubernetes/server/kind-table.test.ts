// Kinds belong to a server: what is added to one is served by it and by no other.
import { describe, expect, it } from 'vitest'

import type { KubernetesObject } from '../client/client.ts'
import { ageColumn, nameColumn } from '../resources/columns.ts'
import { builtinKinds } from '../resources/index.ts'
import { defineKind, type Kind } from '../resources/kind.ts'
import { KindTable } from '../resources/kind-table.ts'
import { discoveryDocument } from './discovery.ts'
import { findSubresource } from './subresources/index.ts'

const added = defineKind<KubernetesObject>({
  resource: { group: 'a.b', version: 'v2', plural: 'widgets', kind: 'Widget', namespaced: true },
  type: 'core/v1.ConfigMap',
  columns: [nameColumn, ageColumn],
})

it('finds kinds by group, version and plural', () => {
  const table = new KindTable(builtinKinds)
  expect(table.find({ group: 'apps', version: 'v1', plural: 'deployments' })?.resource.kind).toBe(
    'Deployment',
  )
  expect(table.find({ group: 'events.k8s.io', version: 'v1', plural: 'events' })?.schema.type).toBe(
    'events/v1.Event',
  )
  expect(table.find({ group: 'apps', version: 'v2', plural: 'deployments' })).toBeUndefined()
  expect(table.find({ group: '', version: 'v1', plural: 'constructor' })).toBeUndefined()
  expect(table.all).toEqual(builtinKinds)
})

describe('resources', () => {
  const at = (version: string): Kind => ({ ...added, resource: { ...added.resource, version } })

  it('has one for each kind of stored object, at the preferred version, and none for views', () => {
    const table = new KindTable(builtinKinds)
    table.add(at('v1beta1'), at('v1'), at('v1alpha1'))
    const named = table.resources.all.map(({ group, version, plural }) => `${group}/${version}/${plural}`)
    expect(named.filter((name) => name.startsWith('a.b/'))).toEqual(['a.b/v1/widgets'])
    expect(named).toContain('/v1/events')
    expect(named).not.toContain('events.k8s.io/v1/events')
    expect(new Set(named).size).toBe(named.length)
  })

  it('tells of kinds that come and go', () => {
    const table = new KindTable(builtinKinds)
    const seen: boolean[] = []
    const stop = table.resources.onChange(() => {
      seen.push(table.resources.all.some(({ group }) => group === 'a.b'))
    })
    const remove = table.add(at('v1'))
    remove()
    stop()
    table.add(at('v1'))
    expect(seen).toEqual([true, false])
  })
})

it('takes kinds in and out again, one server apart from another', () => {
  const [one, other] = [new KindTable(builtinKinds), new KindTable(builtinKinds)]
  const remove = one.add(added)
  expect(one.find(added.resource)).toBe(added)
  expect(other.find(added.resource)).toBeUndefined()
  const path = '/apis/a.b/v2'
  expect(discoveryDocument({ kinds: one.all }, { path: path, accept: '' })).toMatchObject({
    resources: [{ name: 'widgets', kind: 'Widget' }],
  })
  expect(discoveryDocument({ kinds: other.all }, { path: path, accept: '' })).toBeUndefined()
  const again = one.add({ ...added, shortNames: ['w'] })
  // The first kind has gone by then: only the second is taken out.
  remove()
  expect(one.find(added.resource)?.shortNames).toEqual(['w'])
  again()
  expect(one.find(added.resource)).toBeUndefined()
})

// What answers with a stream instead of an object, and what the verbs of objects answer.
const streams = new Set([
  'nodes/proxy',
  'pods/attach',
  'pods/exec',
  'pods/log',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
])

it.each(
  builtinKinds.flatMap((kind) =>
    kind.subresources
      .filter(({ name }) => kind.parts?.[name] === undefined)
      .map(({ name, verbs }) => [`${kind.resource.plural}/${name}`, kind, name, verbs] as const),
  ),
)('%s is answered where it is listed', (path, kind, name, verbs) => {
  const answered = verbs.filter((verb) => findSubresource(kind, verb, name))
  expect(answered.length > 0).toBe(!streams.has(path))
  if (!streams.has(path)) expect(answered).toEqual(verbs)
})
