// Runs Kubernetes' conformance tests against a running region, and writes docs/conformance.md.
//   npm run test:conformance -- --binary e2e.test [--kubeconfig FILE] [--only REGEXP] [--jobs 2] [--limit 180] [--write]
import { existsSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { needOf } from './needs.ts'
import { report, type Result } from './report.ts'
import { conformanceCases, runCase, type Suite } from './suite.ts'

// What the cluster's control plane answers for; sig-node is about kubelets.
const GROUPS = ['api-machinery', 'apps', 'auth', 'cli', 'instrumentation', 'network', 'scheduling', 'storage']

const { values } = parseArgs({
  options: {
    binary: { type: 'string', default: process.env['E2E_TEST'] ?? '' },
    kubeconfig: {
      type: 'string',
      default: join(process.env['NEARGATE_HOME'] ?? join(homedir(), '.neargate'), 'kubeconfig'),
    },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    limit: { type: 'string', default: '180' },
    all: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
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
const cases = (await conformanceCases(suite)).filter(
  (name) => GROUPS.some((group) => name.startsWith(`[sig-${group}]`)) && new RegExp(values.only).test(name),
)
const results: Result[] = cases.map((name) => ({ name, need: needOf(name) }))
// Tests that need the cluster for themselves run alone, after the others.
const due = results.filter(({ need }) => values.all || need === undefined)
const alone = due.filter(({ name }) => name.includes('[Serial]'))
const together = due.filter((result) => !alone.includes(result))

async function work(queue: Result[]): Promise<void> {
  for (let result = queue.shift(); result; result = queue.shift()) {
    const outcome = await runCase(suite, result.name)
    Object.assign(result, { outcome })
    const detail = outcome.state === 'fails' ? `: ${outcome.reason}` : ''
    console.log(
      `${outcome.state.padEnd(6)} ${outcome.seconds.toFixed(1).padStart(6)} s  ${result.name}${detail}`,
    )
  }
}

const queue = [...together]
await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(queue)))
await work([...alone])

const { text, summary, failed } = report(results)
console.log(`\n${summary}`)
if (values.write) writeFileSync(new URL('../../docs/conformance.md', import.meta.url), text)
process.exitCode = failed === 0 ? 0 : 1
