// Runs Kubernetes' conformance tests against a running region, and writes docs/conformance.md.
//   npm run test:conformance -- --binary e2e.test [--kubeconfig FILE] [--jobs 2] [--limit 600] [--all] [--write]
//     [--containers]   those cases that need real containers, on a cluster that has them (test/conformance/images.ts)
//     [--record FILE]   keep the outcomes in a file, and take those of cases that are not run from it
//     [--only REGEXP] [--failed]   run a part: by name, or what has not passed by the record
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { needOf } from './needs.ts'
import { report, type Result } from './report.ts'
import { conformanceCases, runCase, type Outcome, type Suite } from './suite.ts'

const GROUPS = [
  'api-machinery',
  'apps',
  'auth',
  'cli',
  'instrumentation',
  'network',
  'node',
  'scheduling',
  'storage',
]

const { values } = parseArgs({
  options: {
    binary: { type: 'string', default: process.env['E2E_TEST'] ?? '' },
    kubeconfig: {
      type: 'string',
      default: join(process.env['NEARGATE_HOME'] ?? join(homedir(), '.neargate'), 'kubeconfig'),
    },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    // Seconds of a case: some wait for five minutes that nothing happens.
    limit: { type: 'string', default: '600' },
    all: { type: 'boolean', default: false },
    containers: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    record: { type: 'string', default: '' },
    failed: { type: 'boolean', default: false },
  },
})

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}

if (!existsSync(values.binary)) {
  fail(
    'No e2e.test. Build it from the Kubernetes version of the cluster (go test -c k8s.io/kubernetes/test/e2e), ' +
      'and name it with --binary.',
  )
}
if (!existsSync(values.kubeconfig)) {
  fail(`No ${values.kubeconfig}. Start a cluster: npx neargate up test/conformance/cluster.yaml`)
}

const suite: Suite = { binary: values.binary, kubeconfig: values.kubeconfig, limit: Number(values.limit) }
const recorded = new Map<string, Outcome>(
  existsSync(values.record) ? (JSON.parse(readFileSync(values.record, 'utf8')) as [string, Outcome][]) : [],
)
const cases = (await conformanceCases(suite)).filter((name) =>
  GROUPS.some((group) => name.startsWith(`[sig-${group}]`)),
)
const only = new RegExp(values.only)
const due = cases.filter((name) => {
  if (!values.all && (needOf(name) !== undefined) !== values.containers) return false
  return only.test(name) && !(values.failed && recorded.get(name)?.state === 'passes')
})
// Tests that need the cluster for themselves run alone, after the others.
const alone = due.filter((name) => name.includes('[Serial]'))
const together = due.filter((name) => !alone.includes(name))

async function work(queue: string[]): Promise<void> {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const outcome = await runCase(suite, name)
    recorded.set(name, outcome)
    if (values.record) writeFileSync(values.record, JSON.stringify([...recorded]))
    const detail = outcome.state === 'fails' ? `: ${outcome.reason}` : ''
    console.log(`${outcome.state.padEnd(6)} ${outcome.seconds.toFixed(1).padStart(6)} s  ${name}${detail}`)
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(together)))
await work(alone)

const results = cases.map((name): Result => {
  const outcome = recorded.get(name)
  return { name, need: needOf(name), ...(outcome ? { outcome } : {}) }
})
const { text, summary, failed } = report(results)
console.log(`\n${summary}`)
if (values.write) writeFileSync(new URL('../../docs/conformance.md', import.meta.url), text)
process.exitCode = failed === 0 ? 0 : 1
