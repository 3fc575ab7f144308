// What kube-apiserver v1.35.4 accepts though it looks wrong, and its warnings (testing/accepted.jsonl).
import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'

import { apiRoot } from '../../rules/kubernetes/resource-names.ts'
import { namespaces, serviceAccounts } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { sendTo } from '../server/testing/send.ts'
import { builtinKinds } from './index.ts'

interface Accepted {
  readonly kind: string
  readonly case: string
  readonly sent: { readonly metadata?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>
  readonly warnings?: readonly string[]
}

const rows = readFileSync(new URL('testing/accepted.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Accepted)

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
})

it.each(rows)('$kind is accepted: $case', async ({ kind: kindName, sent, warnings }) => {
  const kind = builtinKinds.find(
    ({ resource }) => resource.kind === kindName && resource.group !== 'events.k8s.io',
  )
  if (!kind) throw new Error(`${kindName} is not served`)
  const { namespaced, plural } = kind.resource
  const url = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}?dryRun=All`
  const named = sent.metadata && 'generateName' in sent.metadata ? {} : { name: 'x' }
  const body = { ...sent, metadata: { ...named, ...sent.metadata } }
  const response = await sendTo(fixture.server, 'POST', url, { body })
  expect(response.status, response.body as string).toBe(201)
  expect(response.headers['warning'] ?? []).toEqual(warnings ?? [])
})
