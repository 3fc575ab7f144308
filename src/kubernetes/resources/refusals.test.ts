// What kube-apiserver v1.35.4 answered to objects it refuses; testing/refusals.jsonl holds the bodies and its words.
import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'

import { apiRoot } from '../../rules/kubernetes/resource-names.ts'
import { namespaces, serviceAccounts } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { sendTo } from '../server/testing/send.ts'
import { builtinKinds } from './index.ts'

interface Refusal {
  readonly kind: string
  readonly case: string
  readonly sent: { readonly metadata?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>
  readonly message: string
  /** Why the answer here is another one; the case fails once it is not. */
  readonly differs?: string
}

const rows = readFileSync(new URL('testing/refusals.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Refusal)

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
})

it.each(rows)('$kind is refused: $case', async ({ kind: kindName, sent, message, differs }) => {
  const kind = builtinKinds.find(
    ({ resource }) => resource.kind === kindName && resource.group !== 'events.k8s.io',
  )
  if (!kind) throw new Error(`${kindName} is not served`)
  const { namespaced, plural } = kind.resource
  const url = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}?dryRun=All`
  const named = sent.metadata && 'generateName' in sent.metadata ? {} : { name: 'x' }
  const body = { ...sent, metadata: { ...named, ...sent.metadata } }
  const response = await sendTo(fixture.server, 'POST', url, { body })
  // Uids are different each time, and written `<uid>` in the data.
  const text = (response.body as string).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
  const status = JSON.parse(text) as { readonly message?: string }
  if (differs !== undefined) return expect(status.message).not.toBe(message)
  expect(status).toMatchObject({ kind: 'Status', status: 'Failure', message })
  expect(response.status).toBeGreaterThanOrEqual(400)
})
