// Runs the same scenarios through Neargate's load balancers and through haproxy and nginx, and compares what was seen
// with docs/load-balancer-conformance.md. `npm run test:planes`; `-- --write` writes the page, other arguments choose
// scenarios by parts of their names.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { leave } from './client.ts'
import { HTTP2 } from './http/http2.ts'
import { LIMITS } from './http/limits.ts'
import { MALFORMED } from './http/malformed.ts'
import { MESSAGES } from './http/messages.ts'
import { SMUGGLING } from './http/smuggling.ts'
import { WEBSOCKET } from './http/websocket.ts'
import { createKeys } from './keys.ts'
import { startApplicationPlane, startDatagramPlane, startNetworkPlane } from './ours.ts'
import { pageOf, type Seen } from './page.ts'
import { missingPrograms, startHaproxy, startNginx, startNginxStream } from './references.ts'
import type { Scenario, Stage, Suite } from './scenario.ts'
import { FAULTS } from './tcp/faults.ts'
import { PROTOCOLS } from './tcp/protocols.ts'
import { STREAMS } from './tcp/streams.ts'
import { DATAGRAMS } from './udp/datagrams.ts'

const DEADLINE_MS = 20_000
const PAGE = new URL('../../docs/load-balancer-conformance.md', import.meta.url)

const missing = missingPrograms()
if (missing.length > 0) {
  console.error(
    `${missing.join(' and ')} not found: the suite compares with them. Debian: apt-get install haproxy nginx libnginx-mod-stream`,
  )
  process.exit(1)
}
const isWriting = process.argv.includes('--write')
const parts = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const directory = mkdtempSync(join(tmpdir(), 'neargate-planes-'))
const keys = await createKeys(directory)

const suites: readonly Suite[] = [
  {
    title: 'Network Load Balancer',
    reference: 'haproxy',
    scenarios: [...STREAMS, ...FAULTS, ...PROTOCOLS],
    starts: [() => startNetworkPlane(keys), () => startHaproxy({ directory, keys })],
  },
  {
    title: 'Network Load Balancer: datagrams',
    reference: 'nginx',
    scenarios: DATAGRAMS,
    starts: [() => startDatagramPlane(), () => startNginxStream({ directory, keys })],
  },
  {
    title: 'Application Load Balancer',
    reference: 'nginx',
    scenarios: [...MESSAGES, ...LIMITS, ...SMUGGLING, ...HTTP2, ...MALFORMED, ...WEBSOCKET],
    starts: [() => startApplicationPlane(keys), () => startNginx({ directory, keys })],
  },
]

let failures = 0
const pages: { suite: Suite; seen: Seen[] }[] = []
try {
  for (const suite of suites) pages.push({ suite, seen: await compare(suite) })
} finally {
  rmSync(directory, { recursive: true, force: true })
}
if (parts.length === 0) checkPage(pageOf(pages))
console.log(failures === 0 ? '✔ alike, but for what the page explains' : `✖ ${failures} failed`)
process.exit(failures === 0 ? 0 : 1)

async function compare({ scenarios, starts }: Suite): Promise<Seen[]> {
  const wanted = scenarios.filter(({ name }) => parts.every((part) => name.includes(part)))
  const stages = await Promise.all(starts.map((start) => start()))
  const result: Seen[] = []
  for (const scenario of wanted) {
    const [ours = '', reference = ''] = await Promise.all(stages.map((stage) => seenAt(stage, scenario)))
    leave()
    await Promise.all(stages.map(({ target }) => target.clear()))
    result.push({ scenario, ours, reference })
    say(scenario, ours, reference)
  }
  for (const stage of stages) await stage.stop()
  return result
}

async function seenAt(stage: Stage, scenario: Scenario): Promise<string> {
  const late = pause(DEADLINE_MS, `nothing within ${DEADLINE_MS / 1000} s`, { ref: false })
  return await Promise.race([scenario.run(stage), late]).catch((error: unknown) => String(error))
}

function say({ name, why }: Scenario, ours: string, reference: string): void {
  const isSame = ours === reference
  const isExpected = isSame === (why === undefined)
  if (!isExpected) failures += 1
  const mark = isExpected ? '✔' : '✖'
  console.log(
    isSame
      ? `${mark} ${name}: ${ours}`
      : `${mark} ${name}\n    ours:      ${ours}\n    reference: ${reference}`,
  )
  if (isSame && why !== undefined) console.log('    is said to differ, and does not')
}

function checkPage(page: string): void {
  if (isWriting) return writeFileSync(PAGE, page)
  if (existsSync(PAGE) && readFileSync(PAGE, 'utf8') === page) return
  failures += 1
  console.log('✖ docs/load-balancer-conformance.md says otherwise: npm run test:planes -- --write')
}
