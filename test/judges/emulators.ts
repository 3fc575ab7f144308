// Owns `npm run test:emulators`: `up`, `up` again and `down --target aws` against two emulators that others wrote, as far as they
// go: moto's server and MiniStack, named by `MOTO_SERVER` and `MINISTACK`, else found by their names. Then every stack of a corpus
// of configs has to come to its end there: eksctl's examples, where `EKSCTL_EXAMPLES` names their directory. Arguments:
// one of the two; configs instead of the corpus.
import { spawn, type ChildProcess } from 'node:child_process'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'

import { UserError } from '../../src/base/errors.ts'
import { configOf, loadProject } from '../../src/deploy/project.ts'
import { startRegion, type Region } from '../../src/library/start-region.ts'
import { freePort } from '../support/free-port.ts'
import { Bridge } from './far/bridge.ts'
import { corpus, wantedStackNames } from './far/corpus.ts'
import { Course } from './far/course.ts'
import { EMULATORS, type Emulator } from './far/emulators.ts'
import { madeIn, type Inventory } from './far/inventory.ts'
import { recordCalls, type Recorder } from './far/recorder.ts'

const project = fileURLToPath(new URL('far/emulated', import.meta.url))
const { region } = configOf(loadProject([project])).metadata
const START_TIMEOUT_MS = 180_000
const configs = process.argv.slice(2).filter((each) => each.endsWith('.yaml'))

/** Starts it and waits until it answers. @throws UserError when it is not installed */
async function started(emulator: Emulator): Promise<{ child: ChildProcess; endpoint: string }> {
  const [variable, name] = emulator.program
  const port = await freePort()
  const { args, env } = emulator.start(port)
  const program = process.env[variable] ?? name
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', process.env['LOUD'] ? 'inherit' : 'ignore'],
  })
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  child.once('exit', (code) => (failure ??= new Error(`it ended with ${code}`)))
  const endpoint = `http://127.0.0.1:${port}`
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(200)) {
    if (failure)
      throw new UserError(`${program} cannot be run: ${failure.message}`, {
        help: `${emulator.install}, or name it in ${variable}`,
      })
    if (
      await fetch(endpoint).then(
        () => true,
        () => false,
      )
    )
      return { child, endpoint }
  }
  child.kill()
  throw new UserError(`${program} does not answer on ${endpoint}`)
}

const failures: string[] = []

function expected({ name }: Emulator, what: string, holds: boolean, seen: string): void {
  console.log(`${name}: ${holds ? `ok   ${what}` : `FAIL ${what}: ${seen}`}`)
  if (!holds) failures.push(`${name}: ${what}`)
}

interface Scene {
  readonly emulator: Emulator
  readonly endpoint: string
  readonly near: Region
  /** What it lacked, and in how many calls. */
  readonly missed: Map<string, number>
}

async function judge(emulator: Emulator, near: Region): Promise<void> {
  const { child, endpoint } = await started(emulator)
  try {
    const scene = { emulator, endpoint, near, missed: new Map<string, number>() }
    if (configs.length === 0)
      await bridged(scene, region, async (recorder) => {
        using course = new Course(recorder.endpoint)
        await check(emulator, course, recorder)
      })
    for (const path of configs.length === 0 ? corpus() : configs) await stacksEnd(scene, path)
    for (const [what, count] of scene.missed) console.log(`${emulator.name}: lacks ${what} (${count})`)
    // What is lacked no longer is to be asked for.
    for (const type of configs.length === 0 ? emulator.types : [])
      expected(emulator, `${type} is asked for`, scene.missed.has(type), 'it is not')
  } finally {
    child.kill()
  }
}

async function bridged(
  { emulator, endpoint, near, missed }: Scene,
  where: string,
  work: (recorder: Recorder) => Promise<void>,
): Promise<void> {
  await fetch(`${endpoint}${emulator.reset}`, { method: 'POST' })
  const bridge = new Bridge(emulator, { endpoint, region: where, near, missed })
  await using recorder = await recordCalls(endpoint, {
    instead: (call) => bridge.instead(call),
    request: (call) => bridge.request(call),
    answer: (call, body) => bridge.answer(call, body),
  })
  await work(recorder)
}

/** All stacks of a config that come before the API of the cluster is asked are complete. */
async function stacksEnd(scene: Scene, path: string): Promise<void> {
  const { emulator } = scene
  const { config } = loadProject([path]).clusterConfig ?? {}
  if (!config) return
  const name = basename(path)
  await bridged(scene, config.metadata.region, async (recorder) => {
    using course = new Course(recorder.endpoint)
    const { failure } = await course.up(path)
    if (WANTS_MORE.test(failure)) return console.log(`${emulator.name}: none ${name} names what is not there`)
    const complete = await completeStacks(recorder.endpoint, config.metadata.region)
    const wanted = wantedStackNames(config)
    const missing = wanted.filter(
      (each) => !complete.has(each) && BEHIND_KUBERNETES[name]?.test(each) !== true,
    )
    const isWhole = missing.length === 0 && (failure === '' || OUT_OF_REACH.test(failure))
    const why = `${failure.split('\n').slice(0, 3).join(' | ')}; missing ${missing.join(', ')}`
    expected(emulator, `${complete.size} of ${wanted.length} stacks of ${name}`, isWhole, why)
  })
}

async function completeStacks(endpoint: string, where: string): Promise<ReadonlySet<string>> {
  const client = new CloudFormationClient({ endpoint, region: where, maxAttempts: 1 })
  // Without their properties: moto answers a page of its own failure for some that have no outputs.
  const { StackSummaries = [] } = await client.send(new ListStacksCommand({}))
  const complete = StackSummaries.filter(({ StackStatus }) => StackStatus === 'CREATE_COMPLETE')
  return new Set(complete.map(({ StackName = '' }) => StackName))
}

async function check(emulator: Emulator, course: Course, recorder: Recorder): Promise<void> {
  const before = await madeIn(recorder.endpoint, region)
  const first = await course.up(project)
  expected(emulator, 'up goes as far as Kubernetes', OUT_OF_REACH.test(first.failure), first.failure)
  const made = countNew(before, await madeIn(recorder.endpoint, region))
  for (const [kind, count] of Object.entries({ ...WANTED, ...emulator.counts }))
    expected(emulator, `${count} ${kind}`, made[kind] === count, String(made[kind]))
  const countBefore = creations(recorder)
  const second = await course.up(project)
  const isSame = OUT_OF_REACH.test(second.failure) && creations(recorder) === countBefore
  expected(emulator, 'up again makes nothing twice', isSame, second.failure)
  const { failure } = await course.downUnseen(project)
  const ending = emulator.downEndsWith ?? /^$/
  expected(emulator, 'down ends as it can', ending.test(failure), failure)
  const left = countNew(before, await madeIn(recorder.endpoint, region))
  for (const [kind, count] of Object.entries(left))
    if (!emulator.leaves.includes(kind)) expected(emulator, `no ${kind} left`, count === 0, String(count))
}

/** What the project makes. */
const WANTED: Readonly<Record<string, number>> = {
  stacks: 4,
  clusters: 1,
  nodeGroups: 1,
  fargateProfiles: 1,
  vpcs: 1,
  subnets: 6,
  launchTemplates: 1,
  natGateways: 1,
  addresses: 1,
  roles: 4,
  oidcProviders: 1,
  locks: 0,
}

function countNew(before: Inventory, after: Inventory): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after).map(([kind, names]) => {
      const old = new Set(before[kind])
      return [kind, names.filter((name) => !old.has(name)).length]
    }),
  )
}

/** Key pairs and launch templates of one's own, images of a Kubernetes of long ago, a boundary that is no ARN. */
const WANTS_MORE =
  /cannot find EC2 key pair|specified launch template|optimized-ami\/1\.14|PermissionsBoundary is invalid/
/** Stacks that come after something is done in the cluster. */
const BEHIND_KUBERNETES: Readonly<Record<string, RegExp>> = {
  '14-windows-nodes.yaml': /-nodegroup-/,
  '25-addons.yaml': /-addon-aws-ebs-csi-driver$/,
}
const OUT_OF_REACH = /cannot reach the Kubernetes API/

function creations({ calls }: Recorder): number {
  return calls.filter(
    ({ body, method, url }) => body.startsWith('Action=Create') || (method === 'POST' && url.length > 1),
  ).length
}

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
const names = EMULATORS.map(({ name }) => name)
const asked = process.argv.slice(2).filter((each) => names.includes(each))
await using near = await startRegion()
for (const emulator of EMULATORS)
  if (asked.length === 0 || asked.includes(emulator.name)) await judge(emulator, near)
process.exit(failures.length === 0 ? 0 : 1)
