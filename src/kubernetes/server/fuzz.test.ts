// Whatever clients send, the API server answers with an answer of the API, and goes on.
import { expect, it } from 'vitest'
import { parse } from 'yaml'

import { namespaces, serviceAccounts } from '../client/resources.ts'
import { builtinKinds as kinds } from '../resources/index.ts'
import { decodeProtobuf } from '../schema/protobuf.ts'
import type { ApiResponse } from './http.ts'
import type { KubeletGateway } from './ports.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { RequestFuzzer, type FuzzRequest } from './testing/request-fuzzer.ts'

const REQUESTS = 20_000
// FUZZ_SEED=n repeats another run.
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261126)
const MAXIMUM_FINDINGS = 20

const kubelet: KubeletGateway = {
  async *logs() {
    yield Buffer.from('line\n')
  },
  exec: () => Promise.resolve(0),
  attach: () => Promise.resolve(),
  portForward: () => Promise.reject(new Error('not asked for here')),
}

async function answer({ server }: ApiFixture, request: FuzzRequest): Promise<ApiResponse & { text: string }> {
  const gone = new AbortController()
  const response = await server.handle({ ...request, signal: gone.signal })
  if (typeof response.body === 'string') return { ...response, text: response.body }
  if (response.body instanceof Uint8Array) {
    const isJson = response.headers['content-type'] === 'application/json'
    return { ...response, text: isJson ? Buffer.from(response.body).toString() : textOf(response.body) }
  }
  // A stream: its first words, then the client goes away.
  const stream = response.body[Symbol.asyncIterator]()
  const first = stream.next()
  gone.abort()
  const { value } = await first
  await stream.return?.()
  return { ...response, text: value === undefined ? '' : String(value) }
}

// Protobuf is read back: a Status is to be one in every form.
function textOf(body: Uint8Array): string {
  return JSON.stringify(decodeProtobuf(body).json)
}

// What the API server answers by 500 and without a reason, though the client is at fault.
const UNCLASSIFIED =
  /^(failed to create typed patch object|resourceVersion should not be set|resourceVersion: Invalid value|unknown patch type|map: map\[.*does not contain declared merge key|expected a map, but received|The order in patch list|strconv.ParseUint|unsupported role reference kind)/

interface Status {
  readonly kind?: string
  readonly status?: string
  readonly code?: number
  readonly message?: string
  readonly reason?: string
}

function readStatus(text: string): Status {
  return (text.startsWith('{') ? JSON.parse(text) : parse(text)) as Status
}

/** What is wrong with an answer; undefined when it is one of the API's. */
function problemOf({ status, text }: { status: number; text: string }): string | undefined {
  // Upstream's answer to a version that no write has had yet: clients try again.
  if (status === 504 && text.includes('ResourceVersionTooLarge')) return undefined
  const body = status < 400 || text === '404 page not found\n' ? {} : readStatus(text)
  if (status === 500 && UNCLASSIFIED.test(body.message ?? '') && body.reason === undefined) return undefined
  // A proxy to what nobody serves.
  if (status === 503 && body.reason === 'ServiceUnavailable') return undefined
  if (status >= 500) return `${status}: ${text.slice(0, 300)}`
  if (/\n\s+at |node:internal|\.ts:\d+/.test(text)) return `a stack trace: ${text.slice(0, 300)}`
  if (status < 400 || text === '404 page not found\n') return undefined
  const isStatus = body.kind === 'Status' && body.status === 'Failure' && body.code === status
  return isStatus && body.message && body.reason ? undefined : `${status} is no Status: ${text.slice(0, 300)}`
}

it(`answers ${REQUESTS} requests of a fuzzer`, async () => {
  const fixture = await createApiFixture({ kubelet })
  const { client } = fixture
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  const fuzzer = new RequestFuzzer(SEED, kinds)
  const findings = new Map<string, string>()
  const statuses = new Map<number, number>()
  for (let index = 0; index < REQUESTS && findings.size < MAXIMUM_FINDINGS; index += 1) {
    const request = fuzzer.next()
    const response = await answer(fixture, request)
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    const problem = problemOf(response)
    if (problem !== undefined) findings.set(problem.replace(/\d+/g, 'N'), describe(index, request, problem))
  }
  expect([...findings.values()].join('\n')).toBe('')
  expect((await client.list(namespaces)).items.length).toBeGreaterThanOrEqual(4)
  // A fuzzer that is always refused at the door finds nothing behind it.
  const share = (status: number): number => (statuses.get(status) ?? 0) / REQUESTS
  expect({ made: share(201) > 0.01, changed: share(200) > 0.15, refused: share(422) > 0.1 }).toEqual({
    made: true,
    changed: true,
    refused: true,
  })
}, 120_000)

function describe(index: number, { method, url, headers, body }: FuzzRequest, problem: string): string {
  const sent = body ? ` ${Buffer.from(body).toString('utf8').slice(0, 500)}` : ''
  return `#${index} of seed ${SEED}: ${method} ${url} ${JSON.stringify(headers)}${sent}\n  ${problem}`
}
