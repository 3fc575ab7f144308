// What is sent and what is stored of it, as an unmodified kube-apiserver 1.35.4 answered (testing/stored.jsonl).
import { beforeAll, expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import { isObject } from '../../base/json.ts'
import { apiRoot, groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import { namespaces, serviceAccounts } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { applyDefaults } from '../schema/default.ts'
import { sendTo, wholeText } from '../server/testing/send.ts'
import { builtinKinds } from './index.ts'

interface Case {
  readonly case: string
  readonly apiVersion: string
  readonly kind: string
  readonly sent: { readonly metadata?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>
  readonly stored: unknown
}

function served({ apiVersion, kind }: Case): (typeof builtinKinds)[number] | undefined {
  return builtinKinds.find(
    ({ resource }) => groupVersionOf(resource) === apiVersion && resource.kind === kind,
  )
}

const rows = recordedRows<Case>(new URL('testing/stored.jsonl', import.meta.url)).filter((row) => served(row))

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
})

const PORTS = ['nodePort', 'healthCheckNodePort']
const VARYING = ['uid', 'creationTimestamp', 'resourceVersion', 'managedFields']

/** An object without what every request makes anew; moments, addresses, ports and suffixes stand for any. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value === 'string') {
    if (/^(<uid>|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/.test(value)) return '<uid>'
    if (value.startsWith('kube-api-access-')) return 'kube-api-access-<5>'
    return /^(<time>|\d{4}-\d\d-\d\dT.*Z)$/.test(value)
      ? '<time>'
      : value.replace(/^10\.\d+\.\d+\.\d+$/, '<ip>')
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      // What Go writes as null is as good as absent.
      .filter(([key, item]) => !VARYING.includes(key) && item !== null)
      .map(([key, item]) => [key, PORTS.includes(key) ? '<port>' : comparable(item)]),
  )
}

it.each(rows)('$case is completed', async (row) => {
  const kind = served(row)
  if (!kind) throw new Error(`${row.kind} is not served`)
  const { namespaced, plural } = kind.resource
  const url = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}?dryRun=All`
  const body = { ...row.sent, metadata: { name: 'x', ...row.sent.metadata } }
  const response = await sendTo(fixture.server, 'POST', url, { body })
  expect(comparable(JSON.parse(response.body as string))).toEqual(comparable(row.stored))
  expect(response.status).toBe(201)
})

it.each(rows)('$case has nothing more to fill in once it is stored', async (row) => {
  const kind = served(row)
  if (!kind) throw new Error(`${row.kind} is not served`)
  const { namespaced, plural } = kind.resource
  const url = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}?dryRun=All`
  const body = { ...row.sent, metadata: { name: 'x', ...row.sent.metadata } }
  const stored = JSON.parse(wholeText(await sendTo(fixture.server, 'POST', url, { body }))) as object
  const before = JSON.stringify(stored)
  // Updates share what they leave as it is with the version that everybody reads: nothing may write into it.
  expect(applyDefaults(kind, stored, stored)).toEqual(JSON.parse(before))
  expect(JSON.stringify(stored)).toBe(before)
})
