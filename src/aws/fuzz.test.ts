// Whatever clients send, the AWS endpoint answers as AWS does, and goes on.
import { expect, it } from 'vitest'

import { seededRandom } from '../kubernetes/schema/testing/sample.ts'
import type { AwsRequest, AwsResponse } from './protocol/message.ts'
import { AwsFuzzer } from './testing/aws-fuzzer.ts'
import { tablesOf } from './testing/service-tables.ts'
import { createFuzzRegion } from './testing/fuzz-region.ts'
import { REGION } from './testing/test-region.ts'

const REQUESTS = 20_000
// A region that has been asked so often has much to list: it makes way for a new one.
const PER_REGION = 2500
// FUZZ_SEED=n repeats another run.
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_126)
const MAXIMUM_FINDINGS = 20

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
}

/** What is wrong with an answer; undefined when AWS could have given it. */
function problemOf(response: AwsResponse): string | undefined {
  const text = textOf(response.body)
  const shown = `${response.status}: ${text.slice(0, 300)}`
  if (response.status >= 500) return shown
  if (/\n\s+at |node:internal|\/src\/|\.[tj]s:\d+/.test(text)) return `a stack trace or a path: ${shown}`
  if (response.status < 400) return undefined
  if (!text.startsWith('{'))
    return /<Code>[\w.]+<\/Code><Message>[^<]/.test(text) ? undefined : `no error of AWS: ${shown}`
  const { __type: code, message } = JSON.parse(text) as { __type?: unknown; message?: unknown }
  return typeof code === 'string' && typeof message === 'string' && message !== ''
    ? undefined
    : `no error of AWS: ${shown}`
}

function describe(index: number, { method, url, headers, body }: AwsRequest, problem: string): string {
  return `#${index} of seed ${SEED}: ${method} ${url} ${JSON.stringify(headers)} ${textOf(body).slice(0, 600)}\n  ${problem}`
}

it(`answers ${REQUESTS} requests of a fuzzer`, async () => {
  const random = seededRandom(SEED)
  const findings = new Map<string, string>()
  const statuses = new Map<number, number>()
  for (let start = 0; start < REQUESTS; start += PER_REGION) {
    const region = await createFuzzRegion()
    const { known, credentials, deps } = region
    const services = await tablesOf(region.services)
    const fuzzer = new AwsFuzzer({
      random,
      services,
      known,
      credentials,
      region: REGION,
      nowMs: () => deps.clock.now(),
    })
    for (let index = start; index < start + PER_REGION && findings.size < MAXIMUM_FINDINGS; index += 1) {
      const request = fuzzer.next()
      const response = await region.endpoint.handle(request)
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      const problem = problemOf(response)
      if (problem !== undefined)
        findings.set(problem.replaceAll(/\d+|[0-9a-f-]{36}/g, 'N'), describe(index, request, problem))
    }
  }
  expect([...findings.values()].join('\n')).toBe('')
  // A fuzzer that is always refused at the door finds nothing behind it.
  expect((statuses.get(200) ?? 0) / REQUESTS).toBeGreaterThan(0.05)
}, 120_000)
