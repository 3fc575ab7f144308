// Patches of stored objects and what an unmodified kube-apiserver 1.35.4 said to each (testing/updates.jsonl).
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

import { apiRoot } from '../../rules/kubernetes/resource-names.ts'
import { namespaces } from '../client/resources.ts'
import { createApiFixture } from '../server/testing/api-fixture.ts'
import { sendTo } from '../server/testing/send.ts'
import { builtinKinds } from './index.ts'

interface Update {
  readonly kind: string
  readonly case: string
  readonly stored: { readonly metadata: { readonly name: string } }
  /** Written to the status subresource before the patch. */
  readonly status?: object
  readonly patch: object
  /** Absent for what is accepted. */
  readonly message?: string
}

const rows = readFileSync(new URL('testing/updates.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Update)

const headers = { 'content-type': 'application/strategic-merge-patch+json' }

it.each(rows)('$kind answers the patch: $case', async (row) => {
  const { server, client } = await createApiFixture()
  await client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  const kind = builtinKinds.find(({ resource }) => resource.kind === row.kind)
  if (!kind) throw new Error(`${row.kind} is not served`)
  const { namespaced, plural } = kind.resource
  const list = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}`
  const one = `${list}/${row.stored.metadata.name}`
  const created = await sendTo(server, 'POST', list, { body: row.stored })
  // Some are there from the start.
  expect([201, 409]).toContain(created.status)
  if (row.status) {
    const body = { status: row.status }
    expect((await sendTo(server, 'PATCH', `${one}/status`, { body, headers })).status).toBe(200)
  }
  const response = await sendTo(server, 'PATCH', one, { body: row.patch, headers })
  if (row.message === undefined) {
    expect(response.status).toBe(200)
  } else {
    expect((JSON.parse(response.body as string) as { message: string }).message).toBe(row.message)
    expect(response.status).toBeGreaterThanOrEqual(400)
  }
})
