// Patches of stored objects and what an unmodified kube-apiserver 1.35.4 said to each (testing/updates.jsonl).
import { expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import { apiRoot } from '../../rules/kubernetes/resource-names.ts'
import { sendTo, wholeText } from '../server/testing/send.ts'
import { builtinKinds } from './index.ts'
import { trialServer } from './testing/trial.ts'

interface Update {
  readonly kind: string
  readonly case: string
  readonly stored: { readonly metadata: { readonly name: string } }
  /** Written to the status subresource before the patch. */
  readonly status?: object
  /** What is patched; the object itself when absent. */
  readonly subresource?: string
  readonly patch: object
  /** Why the answer here is another one; the case fails once it is not. */
  readonly differs?: string
  /** Absent for what is accepted. */
  readonly message?: string
}

const rows = recordedRows<Update>(new URL('testing/updates.jsonl', import.meta.url))

const strategic = { 'content-type': 'application/strategic-merge-patch+json' }
const merge = { 'content-type': 'application/merge-patch+json' }
// Made anew each time, and `<uid>` in the data.
const UID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

it.each(rows)('$kind answers the patch: $case', async (row) => {
  const { server } = await trialServer()
  const kind = builtinKinds.find(({ resource }) => resource.kind === row.kind)
  if (!kind) throw new Error(`${row.kind} is not served`)
  const { namespaced, plural } = kind.resource
  const list = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}`
  const one = `${list}/${row.stored.metadata.name}`
  const headers = row.kind === 'CustomResourceDefinition' ? merge : strategic
  const created = await sendTo(server, 'POST', list, { body: row.stored })
  // Some are there from the start.
  expect([201, 409]).toContain(created.status)
  if (row.status) {
    const body = { status: row.status }
    expect((await sendTo(server, 'PATCH', `${one}/status`, { body, headers })).status).toBe(200)
  }
  const at = row.subresource ? `${one}/${row.subresource}` : one
  const response = await sendTo(server, 'PATCH', at, { body: row.patch, headers })
  const { message } = JSON.parse(wholeText(response).replaceAll(UID, '<uid>')) as { message?: string }
  if (row.differs !== undefined) return expect(message).not.toBe(row.message)
  expect(message).toBe(row.message)
  expect(response.status < 400).toBe(row.message === undefined)
})
