// Compares every built-in kind with what Kubernetes publishes about it: discovery, field selectors, Table.
import { beforeAll, expect, it } from 'vitest'

import { apiRoot } from '../../rules/kubernetes/resource-names.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { sendTo } from '../server/testing/send.ts'
import { columnDescription, groupPlace, publishedKinds, type PublishedKind } from './published-kinds.ts'

interface Discovered {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly group?: string
  readonly version?: string
}

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
})

async function read<T>(url: string, accept = 'application/json'): Promise<{ status: number; body: T }> {
  const response = await sendTo(fixture.server, 'GET', url, { headers: { accept } })
  return { status: response.status, body: JSON.parse(response.body as string) as T }
}

/** What a kind lacks or shows otherwise, a line each. */
async function differences(kind: PublishedKind): Promise<string[]> {
  const name = `${kind.group ? `${kind.group}/` : ''}${kind.version} ${kind.plural}`
  const root = apiRoot(kind)
  const list = await read<{ resources?: Discovered[] }>(root).catch(() => undefined)
  const resources = list?.body.resources ?? []
  const mine = resources.find((resource) => resource.name === kind.plural)
  if (!mine) return [name]
  const wrong: string[] = []
  for (const field of ['kind', 'namespaced', 'verbs', 'shortNames', 'categories'] as const) {
    if (JSON.stringify(mine[field]) !== JSON.stringify(kind[field])) wrong.push(`${name}: ${field}`)
  }
  const subresources = kind.subresources ?? []
  for (const wanted of subresources) {
    const sub = resources.find((resource) => resource.name === `${kind.plural}/${wanted.name}`)
    const kindName = sub?.group ? `${sub.group}/${sub.version}/${sub.kind}` : sub?.kind
    const same = kindName === wanted.kind && JSON.stringify(sub?.verbs) === JSON.stringify(wanted.verbs)
    if (!same) wrong.push(`${name}/${wanted.name}`)
  }
  for (const other of resources.filter((resource) => resource.name.startsWith(`${kind.plural}/`))) {
    if (!subresources.some((sub) => other.name === `${kind.plural}/${sub.name}`)) wrong.push(other.name)
  }
  if (!kind.verbs.includes('list')) return wrong
  return [...wrong, ...(await selectorDifferences(kind, name)), ...(await tableDifferences(kind, name))]
}

async function selectorDifferences(kind: PublishedKind, name: string): Promise<string[]> {
  const wrong: string[] = []
  for (const field of kind.fields ?? []) {
    const { status } = await read(`${apiRoot(kind)}/${kind.plural}?fieldSelector=${field}%3Dx`)
    if (status !== 200) wrong.push(`${name}: field selector ${field}`)
  }
  const others = ['metadata.namespace', 'metadata.uid', 'status.replicas'].filter(
    (field) => !kind.fields?.includes(field),
  )
  for (const field of others) {
    const { status } = await read(`${apiRoot(kind)}/${kind.plural}?fieldSelector=${field}%3Dx`)
    if (status !== 400) wrong.push(`${name}: no field selector ${field}`)
  }
  return wrong
}

interface ShownTable {
  readonly columnDefinitions: readonly Record<string, unknown>[]
}

async function tableDifferences(kind: PublishedKind, name: string): Promise<string[]> {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const { body } = await read<ShownTable>(`${apiRoot(kind)}/${kind.plural}`, accept)
  const wanted = (kind.columns ?? []).map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: columnDescription(kind, column.name),
    priority: column.priority ?? 0,
  }))
  return JSON.stringify(body.columnDefinitions) === JSON.stringify(wanted) ? [] : [`${name}: columns`]
}

it('is served as published', async () => {
  const found: string[] = []
  for (const kind of publishedKinds()) found.push(...(await differences(kind)))
  expect(found).toEqual([])
})

it('knows the columns of each kind, and what is shared by all', () => {
  const places = { group: 'apps', version: 'v1', plural: 'deployments' }
  expect(columnDescription(places, 'Age')).toMatch(/^CreationTimestamp is a timestamp/)
  expect(columnDescription(places, 'Available')).toMatch(/^Total number of available/)
  expect(columnDescription({ ...places, plural: 'widgets' }, 'Name')).toMatch(/^Name must be unique/)
  expect(columnDescription({ ...places, plural: 'widgets' }, 'Size')).toBe('')
})

it('puts groups of others after those of Kubernetes', () => {
  expect(groupPlace('')).toBe(0)
  expect(groupPlace('apps')).toBeLessThan(groupPlace('batch'))
  expect(groupPlace('example.com')).toBeGreaterThan(groupPlace('flowcontrol.apiserver.k8s.io'))
})
