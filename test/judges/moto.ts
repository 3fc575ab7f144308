// Owns `npm run test:moto`: moto's own tests of the services that run here, against near regions. `MOTO` names a checkout of
// moto's source, `MOTO_PYTHON` a Python with moto[all], pytest and freezegun. Arguments: services, or files of tests;
// `--excused` shows how each excused test fails.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { UserError } from '../../src/base/errors.ts'
import { serveRegions } from './moto/regions.ts'
import { verdictOf, type Excuse, type Outcome } from './moto/verdict.ts'

const here = fileURLToPath(new URL('./moto', import.meta.url))
const SERVICES = ['eks', 'ec2', 'iam', 'sts', 'elb', 'elbv2', 'logs', 'autoscaling', 'cloudformation']
/** What of a service must pass of the tests that are right for AWS. */
const AIM = 0.95
const PYTEST =
  '-q --tb=no --continue-on-collection-errors -p neargate_regions -p no:cacheprovider -o addopts='.split(' ')
/** Tests of moto's own server: they never leave its process. */
const OF_MOTO = /test_server\.py$/

const checkout = process.env['MOTO']
if (checkout === undefined || !existsSync(join(checkout, 'tests/__init__.py'))) {
  console.error("MOTO must name a checkout of moto's source, with its tests.")
  process.exit(1)
}
const python = process.env['MOTO_PYTHON'] ?? 'python3'
const showsExcused = process.argv.includes('--excused')
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const files = asked.filter((name) => name.startsWith('tests/'))
const services = asked.length > 0 ? asked.filter((name) => !name.startsWith('tests/')) : SERVICES
// The format of the file beside this one, which `verdict.test.ts` checks.
const excuses = JSON.parse(readFileSync(join(here, 'excused.json'), 'utf8')) as readonly Excuse[]

function testsOf(service: string, root: string): string[] {
  const folder = `tests/test_${service}`
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(^|\/)test_\w+\.py$/.test(name) && !OF_MOTO.test(name))
    .map((name) => `${folder}/${name}`)
    .toSorted()
}

/** The files in as many parts as there are processors, of about the same size. */
function parts(tests: readonly string[], root: string): readonly (readonly string[])[] {
  const shares = Array.from({ length: Math.min(availableParallelism(), tests.length) }, () => ({
    size: 0,
    files: [] as string[],
  }))
  const sized = tests.map((test) => ({ test, size: statSync(join(root, fileOf(test))).size }))
  for (const { test, size } of sized.toSorted((a, b) => b.size - a.size)) {
    const least = shares.toSorted((a, b) => a.size - b.size)[0]
    if (!least) continue
    least.files.push(test)
    least.size += size
  }
  return shares.map(({ files: share }) => share)
}

function fileOf(test: string): string {
  return test.split('::')[0] ?? test
}

/** @throws UserError when pytest ends before its tests do */
async function run(tests: readonly string[], root: string): Promise<readonly Outcome[]> {
  const outcomes = await Promise.all(parts(tests, root).map((part) => runPart(part, root)))
  return outcomes.flat()
}

async function runPart(tests: readonly string[], root: string): Promise<readonly Outcome[]> {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-moto-'))
  const results = join(directory, 'results')
  const { port, server } = await serveRegions()
  const child = spawn(python, ['-m', 'pytest', ...PYTEST, ...tests], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PYTHONPATH: [here, process.env['PYTHONPATH'] ?? ''].join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
      NEARGATE_REGIONS_PORT: String(port),
      NEARGATE_RESULTS: results,
    },
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  })
  server.close()
  const lines = existsSync(results) ? readFileSync(results, 'utf8').trim().split('\n') : []
  rmSync(directory, { recursive: true, force: true })
  // pytest's codes: 0 all passed, 1 some failed; with others it did not run what it was asked for.
  if (code !== 0 && code !== 1) throw new UserError(`pytest ended with ${code} on ${tests.join(' ')}`)
  return lines.map((line) => {
    // Written by the plugin.
    const [test, outcome, message, isVerified] = JSON.parse(line) as [string, string, string, boolean]
    return { test, outcome, message, isVerified }
  })
}

let isMet = true
for (const [name, tests] of [
  ...services.map((service) => [service, testsOf(service, checkout)] as const),
  ...(files.length > 0 ? [['files', files] as const] : []),
]) {
  const verdict = verdictOf(await run(tests, checkout), excuses)
  const { right, passed, wrong, far, failures, excused, uncollected, needless, disputed } = verdict
  for (const { test, message } of uncollected) console.log(`NOT COLLECTED ${test}: ${oneLine(message)}`)
  for (const { test, message } of failures) console.log(`FAILED ${test}: ${oneLine(message)}`)
  for (const { test, message } of showsExcused ? excused : [])
    console.log(`EXCUSED ${test}: ${oneLine(message)}`)
  for (const test of disputed) console.log(`VERIFIED against AWS though excused as wrong: ${test}`)
  for (const test of needless) console.log(`PASSED though excused: ${test}`)
  const share = right === 0 ? 0 : passed / right
  console.log(
    `${name}: ${passed} of ${right} pass (${(share * 100).toFixed(1)} %); ${wrong} expect what AWS does not do, ${far} are far from the mission`,
  )
  if (share < AIM || uncollected.length > 0 || disputed.length > 0) isMet = false
}
process.exit(isMet ? 0 : 1)

function oneLine(message: string): string {
  return message.replaceAll('\n', ' | ')
}
