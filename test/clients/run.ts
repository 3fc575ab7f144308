// Runs clients that have to be built or brought, against a region of their own: npm run test:clients. An operator
// and the AWS Load Balancer Controller, for which Go has to be there, and the walkthrough with eksctl; arguments are passed
// on to that one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { root } from '../support/program.ts'
import { checkManager } from './manager.ts'

// It says itself what is missing, and the operator is tried all the same.
const walked = spawnSync('bash', [join(root, 'test/clients/walkthrough.sh'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})
if (walked.status !== 0) process.exitCode = walked.status ?? 1

const go = spawnSync('go', ['version'], { encoding: 'utf8' })
if (go.status !== 0) {
  console.error('No Go compiler on the PATH: the clients of this test cannot be built. See https://go.dev/dl')
  process.exit(2)
}

const directory = mkdtempSync(join(tmpdir(), 'neargate-clients-'))
try {
  const manager = join(directory, 'manager')
  const built = spawnSync('go', ['build', '-o', manager, '.'], {
    cwd: join(root, 'test/clients/manager'),
    stdio: 'inherit',
  })
  if (built.status !== 0) process.exit(2)
  await checkManager(manager)
  console.log('✔ a manager of controller-runtime with leader election')
  const balanced = spawnSync('bash', [join(root, 'test/clients/lbc.sh')], { stdio: 'inherit' })
  if (balanced.status !== 0) process.exitCode = balanced.status ?? 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
