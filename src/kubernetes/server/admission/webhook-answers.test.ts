// What kube-apiserver v1.35.4 made of the answers of webhooks, and of webhooks out of reach (testing/webhooks.jsonl).
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import type { MutatingWebhook, ValidatingWebhook } from '../../../../generated/kubernetes.d.ts'
import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import { recordedRows } from '../../../base/testing/recorded-rows.ts'
import {
  mutatingWebhookConfigurations,
  namespaces,
  services,
  validatingWebhookConfigurations,
} from '../../client/resources.ts'
import { createClusterCertificates } from '../certificates.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo, wholeText } from '../testing/send.ts'
import { startTlsServer, type TlsServer } from '../testing/tls-server.ts'

interface Row {
  readonly phase: 'validating' | 'mutating'
  readonly case: string
  /** What the webhook's `response` has beside its uid; a patch is encoded on its way. */
  readonly answer?: Readonly<Record<string, unknown>>
  /** The body of its answer as it stands. */
  readonly raw?: string
  /** Its status without a body. */
  readonly http?: number
  /** Set for an answer that says neither its kind nor its version. */
  readonly untyped?: true
  readonly silent?: true
  readonly redirect?: true
  /** Where it is, if not at the server of this test; `<closed>` is a port that nobody listens at. */
  readonly client?: { readonly untrusted?: true; readonly url?: string; readonly service?: object }
  readonly more?: Partial<MutatingWebhook>
  readonly status: number
  readonly message?: string
  readonly reason?: string
  readonly causes?: readonly (readonly [string, string])[]
  readonly warnings?: readonly string[]
  /** Why the words here are others. */
  readonly differs?: string
  /** Those words behind `HEAD`, as a regular expression. */
  readonly ours?: string
}

const HEAD = 'Internal error occurred: failed calling webhook "w\\.example\\.com": failed to call webhook: '

const rows = recordedRows<Row>(new URL('testing/webhooks.jsonl', import.meta.url))

let api: ApiFixture
let hook: TlsServer
let stranger: string
let closed: number
let current: Row

beforeAll(async () => {
  hook = await startTlsServer(({ method, body }, response) => {
    const { answer, raw, http = 200, untyped, silent, redirect } = current
    if (silent) return
    if (method === 'GET') return void response.writeHead(501).end('no such method')
    if (redirect) return void response.writeHead(302, { location: '/elsewhere' }).end()
    response.writeHead(http, { 'content-type': 'application/json' })
    if (http !== 200) return void response.end()
    if (raw !== undefined) return void response.end(raw)
    const { apiVersion, kind, request } = JSON.parse(body) as Record<string, unknown> & {
      readonly request: { readonly uid: string }
    }
    const patch = answer?.['patch']
    const encoded = patch === undefined ? {} : { patch: base64(patch) }
    response.end(
      JSON.stringify({
        ...(untyped ? {} : { apiVersion, kind }),
        response: { uid: request.uid, allowed: true, ...answer, ...encoded },
      }),
    )
  })
  const made = await createClusterCertificates({ clock: systemClock, ids: randomIds, names: [] })
  stranger = Buffer.from(made.ca).toString('base64')
  closed = await closedPort()
  api = await createApiFixture({ version: '1.35' })
  await api.client.create(namespaces, { metadata: { name: 'wh' }, spec: {} })
  await api.client.create(services, {
    metadata: { name: 'svc1', namespace: 'wh' },
    spec: { ports: [{ port: 443 }], selector: { app: 'none' } },
  })
})

afterEach(async () => {
  for (const resource of [mutatingWebhookConfigurations, validatingWebhookConfigurations]) {
    const { items } = await api.client.list(resource)
    for (const { metadata } of items) await api.client.delete(resource, { name: metadata.name })
  }
})

afterAll(async () => {
  await api.server.close()
  await hook[Symbol.asyncDispose]()
})

function base64(patch: unknown): string {
  return Buffer.from(typeof patch === 'string' ? patch : JSON.stringify(patch)).toString('base64')
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function webhookOf({ client = {}, more }: Row): MutatingWebhook & ValidatingWebhook {
  const { untrusted, url, service } = client
  const at = url?.replace('<closed>', String(closed)) ?? `https://127.0.0.1:${hook.port}/`
  return {
    name: 'w.example.com',
    clientConfig: {
      ...(service ? { service: service as { namespace: string; name: string } } : { url: at }),
      caBundle: untrusted ? stranger : hook.caBundle,
    },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 2,
    ...more,
  }
}

async function configure(row: Row): Promise<void> {
  const resource = row.phase === 'mutating' ? mutatingWebhookConfigurations : validatingWebhookConfigurations
  await api.client.create(resource, { metadata: { generateName: 'w-' }, webhooks: [webhookOf(row)] })
}

it.each(rows)('$phase: $case', async (row) => {
  current = row
  await configure(row)
  const answer = await sendTo(api.server, 'POST', '/api/v1/namespaces/wh/configmaps?dryRun=All', {
    body: { metadata: { name: 'x' } },
  })
  const text = wholeText(answer)
  expect({ status: answer.status, warnings: answer.headers['warning'] }, text).toEqual({
    status: row.status,
    warnings: row.warnings,
  })
  if (row.status < 400) return
  const status = JSON.parse(text) as {
    readonly message: string
    readonly reason?: string
    readonly details?: { readonly causes?: readonly { reason?: string; field?: string }[] }
  }
  const message = row.message?.replaceAll('<port>', String(hook.port)).replaceAll('<closed>', String(closed))
  const words = status.message.replace(/response\.uid="[0-9a-f-]+"/, 'response.uid="<uid>"')
  if (row.differs === undefined) expect(words).toBe(message)
  else {
    expect(words).not.toBe(message)
    expect(words).toMatch(new RegExp(`^${HEAD}${row.ours}$`))
  }
  expect(status.reason).toBe(row.reason)
  const causes = status.details?.causes?.map(({ reason, field }) => [reason, field])
  if (row.causes) expect(causes).toEqual(row.causes)
})
