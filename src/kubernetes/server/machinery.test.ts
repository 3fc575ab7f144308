// What kube-apiserver v1.35.4 answers to requests about requests: options, versions, media types, malformed bodies.

import { beforeAll, expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import { configMaps, namespaces } from '../client/resources.ts'
import type { ApiResponse } from './http.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo, wholeText } from './testing/send.ts'

interface Row {
  readonly case: string
  readonly method: string
  /** `<token>` stands for a continue token, `<rv>` and `<now>` for the newest version. */
  readonly url: string
  readonly sent?: unknown
  /** Sent as it stands. */
  readonly raw?: string
  readonly type?: string
  readonly accept?: string
  readonly status: number
  readonly message?: string
  readonly reason?: string
  readonly causes?: readonly (readonly [string, string | null])[]
  readonly warnings?: readonly string[]
  /** How many objects the list has. */
  readonly items?: number
  readonly contentType?: string
}

const rows = recordedRows<Row>(new URL('testing/machinery.jsonl', import.meta.url))

let fixture: ApiFixture
let now = ''
let token = ''

beforeAll(async () => {
  const store = createMemoryStore()
  fixture = await createApiFixture({ store })
  const { client } = fixture
  for (const name of ['d', 'l']) await client.create(namespaces, { metadata: { name }, spec: {} })
  for (const name of ['m1', 'm2', 'm3']) {
    await client.create(configMaps, { metadata: { name, namespace: 'd' }, data: { a: '1' } })
  }
  for (let i = 0; i < 7; i += 1) {
    await client.create(configMaps, { metadata: { name: `l${i}`, namespace: 'l' } })
  }
  await apply('ss', 'a', { k: '1', l: '1' })
  await store.compact(store.revision)
  const list = await sendTo(fixture.server, 'GET', '/api/v1/namespaces/l/configmaps?limit=2')
  const { metadata } = JSON.parse(wholeText(list)) as { metadata: Record<string, string> }
  now = metadata['resourceVersion'] ?? ''
  token = metadata['continue'] ?? ''
})

async function apply(name: string, manager: string, data: object): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
  const headers = { 'content-type': 'application/apply-patch+yaml' }
  const url = `/api/v1/namespaces/d/configmaps/${name}?fieldManager=${manager}`
  const answer = await sendTo(fixture.server, 'PATCH', url, { body, headers })
  expect(answer.status).toBe(201)
}

function send(row: Row): Promise<ApiResponse> {
  const { raw, sent, type, accept } = row
  const url = row.url.replace('<token>', token).replace(/<rv>|<now>/, now)
  const body = raw ?? sent
  return sendTo(fixture.server, row.method, url, {
    ...(body === undefined ? {} : { body }),
    headers: { ...(type ? { 'content-type': type } : {}), ...(accept ? { accept } : {}) },
  })
}

// What moves between runs: uids, generated names, and the newest version.
function steady(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/A_[a-z0-9]{5}/g, 'A_<suffix>')
    .replace(/current: \d+/g, 'current: <rv>')
    .replace(/in record \(\d+\)/g, 'in record (<rv>)')
}

it.each(rows)('$method, $case', async (row) => {
  const response = await send(row)
  const { body } = response
  const text = typeof body === 'string' || body instanceof Uint8Array ? wholeText(response) : ''
  const isStatus = text.startsWith('{') && row.status >= 400
  const status = (isStatus ? JSON.parse(text) : { message: text }) as {
    readonly message: string
    readonly reason?: string
    readonly details?: { readonly causes?: readonly { reason: string; field?: string }[] }
  }
  expect({ status: response.status, message: row.status < 400 ? undefined : steady(status.message) }).toEqual(
    {
      status: row.status,
      message: row.message && row.status >= 400 ? steady(row.message) : undefined,
    },
  )
  if (row.status >= 400) expect(status.reason).toBe(row.reason)
  if (row.causes) {
    const causes = status.details?.causes?.map(({ reason, field }) => [reason, field ?? null])
    expect(causes).toEqual(row.causes)
  }
  if (row.warnings) expect(response.headers['warning']).toEqual(row.warnings)
  if (row.contentType) expect(response.headers['content-type']).toBe(row.contentType)
  if (row.items !== undefined) {
    expect((JSON.parse(text) as { items: unknown[] }).items).toHaveLength(row.items)
  }
})
