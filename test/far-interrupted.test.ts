// `up` and `down --target aws` that are stopped by force: Ctrl-C, kill -9, and a connection that is lost, against a region in
// another process that plays AWS. The next run goes on, and in the end nothing is left.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { madeIn, type Inventory } from './judges/far/inventory.ts'
import { recordCalls, type RecordedCall, type Recorder } from './judges/far/recorder.ts'
import { Playground, root } from './support/program.ts'

const REGION = 'eu-west-1'
const CONFIG = `
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: cut, region: ${REGION}, version: "1.34" }
iam: { withOIDC: true }
managedNodeGroups: [{ name: web, instanceType: t3.large, desiredCapacity: 1 }]
fargateProfiles: [{ name: batch, selectors: [{ namespace: batch }] }]
`
const aws = new Playground()
const home = mkdtempSync(join(tmpdir(), 'neargate-cut-'))
let environment: NodeJS.ProcessEnv
let wire: Recorder
let onAnswer: ((call: RecordedCall) => void) | undefined
let before: Inventory

beforeAll(async () => {
  expect((await aws.neargate('start', '--region', REGION, '--runtime', 'standin')).status).toBe(0)
  const variables = await aws.clientEnvironment()
  const keys = {
    AWS_ACCESS_KEY_ID: variables['AWS_ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: variables['AWS_SECRET_ACCESS_KEY'],
  }
  for (const [name, value = ''] of Object.entries(keys)) vi.stubEnv(name, value)
  environment = {
    ...process.env,
    ...keys,
    AWS_PROFILE: undefined,
    NEARGATE_HOME: home,
    HOME: home,
    NO_COLOR: '1',
  }
  writeFileSync(join(home, 'cluster.yaml'), CONFIG)
  wire = await recordCalls(variables['AWS_ENDPOINT_URL'] ?? '', {
    answer(call, body) {
      onAnswer?.(call)
      return body
    },
  })
  before = await madeIn(wire.endpoint, REGION)
}, 60_000)

afterAll(async () => {
  vi.unstubAllEnvs()
  await wire[Symbol.asyncDispose]()
  await aws.dispose()
  rmSync(home, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<{
    readonly status: number | null
    readonly signal: string | null
    readonly said: string
  }>
}

function begin(command: 'up' | 'down', endpoint = wire.endpoint): Run {
  const force = command === 'up' ? ['--force'] : []
  const args = [
    command,
    join(home, 'cluster.yaml'),
    '--target',
    'aws',
    '--yes',
    ...force,
    '--endpoint-url',
    endpoint,
  ]
  const child = spawn(process.execPath, [join(root, 'bin/neargate.js'), ...args], {
    env: environment,
    cwd: home,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()))
  const ended = new Promise<Awaited<Run['ended']>>((resolve) => {
    child.once('close', (status, signal) => resolve({ status, signal, said }))
  })
  return { child, ended }
}

/**
 * Begins a run and does something to it when it has asked for an operation, before it hears the answer: what it would do
 * next never begins, however slow this machine is.
 */
async function cut(
  command: 'up' | 'down',
  operation: RegExp,
  act: (run: Run) => void,
): Promise<Awaited<Run['ended']>> {
  const run = begin(command)
  const acted = new Promise<undefined>((resolve) => {
    onAnswer = ({ method, url, body }) => {
      if (!operation.test(`${method} ${url} ${body}`)) return
      onAnswer = undefined
      act(run)
      resolve(undefined)
    }
  })
  expect(await Promise.race([acted, run.ended]), 'it ended before it asked').toBeUndefined()
  return run.ended
}

const CTRL_C = ({ child }: Run): void => void child.kill('SIGINT')
const KILL = ({ child }: Run): void => void child.kill('SIGKILL')
const LOSE = (): void => wire.hangUp(true)

describe('a run that is cut off', { timeout: 180_000 }, () => {
  it.each([
    ['up', 'the stack of the cluster begins', /Action=CreateStack&.*StackName=eksctl-cut-cluster/],
    ['up', 'a node group begins', /Action=CreateStack&.*StackName=eksctl-cut-nodegroup-web/],
  ] as const)('ends %s by Ctrl-C when %s, and says how to go on', async (command, _when, operation) => {
    const { status, said } = await cut(command, operation, CTRL_C)
    expect(status, said).toBe(130)
    expect(said).toContain(
      'interrupted: AWS goes on with what was begun. Run the same command again to continue.',
    )
  })

  it('is killed when a Fargate profile begins', async () => {
    expect(await cut('up', /POST \/clusters\/cut\/fargate-profiles/, KILL)).toMatchObject({
      signal: 'SIGKILL',
    })
  })

  it('loses its connection for good, and says so', async () => {
    const { status, said } = await cut('up', /GET \/clusters\/cut/, LOSE)
    wire.hangUp(false)
    expect(status, said).toBe(1)
    expect(said).toMatch(/error: .*(socket hang up|ECONNRESET|cannot reach)/)
    expect(said).not.toContain(' at ')
  })

  it('goes on to its end when it is run again', async () => {
    const { status, said } = await begin('up').ended
    expect(status, said).toBe(0)
  })

  it.each([
    ['interrupted', CTRL_C, { status: 130 }],
    ['killed', KILL, { signal: 'SIGKILL' }],
  ] as const)('is %s while it removes', async (_how, act, ending) => {
    expect(await cut('down', /Action=DeleteStack/, act)).toMatchObject(ending)
  })

  it('leaves nothing in the end', async () => {
    const { status, said } = await begin('down').ended
    expect(status, said).toBe(0)
    expect(await madeIn(wire.endpoint, REGION)).toEqual(before)
  })
})
