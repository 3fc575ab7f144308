// `--target aws` against a region that plays AWS: another process, other keys, and nothing known of it but its endpoint.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { hasProgram, Playground, root, run, type Finished } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

const workshop = 'examples/eks-workshop'
/** What plays AWS. */
const aws = new Playground()
/** The user's own machine, on which no region runs. */
const home = mkdtempSync(join(tmpdir(), 'neargate-far-'))
let environment: NodeJS.ProcessEnv
let endpoint: string

beforeAll(async () => {
  expect((await aws.neargate('start', '--region', 'ap-southeast-1', '--runtime', 'standin')).status).toBe(0)
  // The VPC of the file is there beforehand, as on AWS.
  expect((await aws.neargate('network', `${workshop}/cluster.yaml`)).status).toBe(0)
  const variables = await aws.clientEnvironment()
  endpoint = variables['AWS_ENDPOINT_URL'] ?? ''
  environment = {
    ...process.env,
    AWS_ACCESS_KEY_ID: variables['AWS_ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: variables['AWS_SECRET_ACCESS_KEY'],
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: undefined,
    AWS_PROFILE: undefined,
    NEARGATE_HOME: home,
    HOME: home,
    NO_COLOR: '1',
  }
}, 60_000)

afterAll(async () => {
  await aws.dispose()
  rmSync(home, { recursive: true, force: true })
})

/** A command that takes no project, on a machine without aws. */
function command(name: string, ...args: string[]): Promise<Finished> {
  const program = [join(root, 'bin/neargate.js'), name, '--target', 'aws', ...args]
  return run(process.execPath, program, { ...environment, PATH: '/nowhere' })
}

/** What is signed in a token, without when and by what it was. */
function parametersOf(execCredential: string): Record<string, string> {
  // The format is kubectl's.
  const { kind, apiVersion, spec, status } = JSON.parse(execCredential) as {
    readonly kind: string
    readonly apiVersion: string
    readonly spec: object
    readonly status: { readonly token: string; readonly expirationTimestamp: string }
  }
  const url = new URL(Buffer.from(status.token.replace('k8s-aws-v1.', ''), 'base64url').toString())
  const {
    'X-Amz-Signature': signature = '',
    'X-Amz-Date': date = '',
    ...others
  } = Object.fromEntries(url.searchParams)
  const shapes = { signature: signature.length, date: date.length, ends: status.expirationTimestamp.length }
  return { ...others, origin: url.origin, form: JSON.stringify({ kind, apiVersion, spec, shapes }) }
}

function far(command: string, ...args: string[]): Promise<Finished> {
  const program = [join(root, 'bin/neargate.js'), command, workshop, '--target', 'aws']
  return run(process.execPath, [...program, '--endpoint-url', endpoint, ...args], environment)
}

/** Every file below the user's home, as text. */
function allWritten(): string {
  const entries = readdirSync(home, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')
}

describe('--target aws', { timeout: 120_000 }, () => {
  it('makes nothing of what a new account does not allow', async () => {
    const { status, stderr } = await far('up', '--yes')
    expect(status).toBe(1)
    expect(stderr).toContain(
      'vCPUs of On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances: this takes 8, and the quota L-1216C47A is 5',
    )
  })

  it('makes nothing of what nobody has confirmed', async () => {
    const { status, stderr } = await far('up', '--force')
    expect(status).toBe(1)
    expect(stderr).toContain(
      'error: this costs about $463.87 a month while it runs: nobody is there to confirm it, so nothing was changed',
    )
  })

  it('makes nothing that costs too much, or in another account', async () => {
    expect(await far('up', '--yes', '--max-monthly', '400')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('more than the $400.00 of --max-monthly: nothing was made'),
    })
    expect(await far('up', '--yes', '--expect-account', '111122223333')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not of 111122223333'),
    })
  })

  it('builds the workshop there, and again without changing anything', async () => {
    const first = await far('up', '--yes', '--force', '--json')
    expect(first.status, first.stderr).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({
      target: 'aws',
      region: 'ap-southeast-1',
      unchanged: false,
      workloads: [{ ready: 2 }, { ready: 2 }],
      loadBalancers: [{ healthyTargets: 2 }, { healthyTargets: 2 }],
    })
    const second = await far('up', '--yes', '--force', '--json')
    expect(JSON.parse(second.stdout)).toMatchObject({ unchanged: true })
    for (const { stdout, stderr } of [first, second])
      expect(stdout + stderr).not.toContain(environment['AWS_SECRET_ACCESS_KEY'])
  })

  it('leaves a kubeconfig that signs in as the caller, and no key', async () => {
    const kubeconfig = join(home, 'kubeconfig-aws')
    const nodes = await run(
      realClient('kubectl'),
      ['--kubeconfig', kubeconfig, 'config', 'current-context'],
      environment,
    )
    expect(nodes.stdout.trim()).toBe('neargate@eksworkshop.ap-southeast-1.eksctl.io')
    expect(allWritten()).toContain('get-token')
    expect(allWritten()).not.toContain(environment['AWS_SECRET_ACCESS_KEY'])
    expect(allWritten()).not.toContain(environment['AWS_ACCESS_KEY_ID'])
  })

  it.skipIf(!hasProgram('aws'))('makes tokens as aws makes them', async () => {
    const named = ['--region', 'ap-southeast-1', '--endpoint-url', endpoint]
    const ours = await command('token', '--cluster', 'eksworkshop', ...named)
    const theirs = await run(
      'aws',
      ['eks', 'get-token', '--cluster-name', 'eksworkshop', '--output', 'json', ...named.slice(0, 2)],
      { ...environment, AWS_ENDPOINT_URL: endpoint },
    )
    expect(parametersOf(ours.stdout)).toEqual(parametersOf(theirs.stdout))
  })

  it('makes no token of another account', async () => {
    const named = ['--region', 'ap-southeast-1', '--endpoint-url', endpoint]
    const token = await command(
      'token',
      '--cluster',
      'eksworkshop',
      ...named,
      '--expect-account',
      '111122223333',
    )
    expect(token).toMatchObject({ status: 1, stdout: '' })
    expect(token.stderr).toContain('not of 111122223333')
  })

  it('prints a kubeconfig whose tokens the cluster takes, where there is no aws', async () => {
    const named = ['--region', 'ap-southeast-1', '--endpoint-url', endpoint]
    const printed = await command('kubeconfig', 'eksworkshop', ...named)
    expect(printed.stdout).toContain('- token\n')
    const file = join(home, 'printed')
    writeFileSync(file, printed.stdout)
    const nodes = await run(realClient('kubectl'), ['--kubeconfig', file, 'get', 'nodes'], environment)
    expect(nodes.stdout, nodes.stderr).toContain('Ready')
    expect(printed.stdout).not.toContain(environment['AWS_SECRET_ACCESS_KEY'])
    expect(await command('kubeconfig', 'nobody', ...named)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no cluster nobody in ap-southeast-1 of the account'),
    })
  })

  it('reads the cluster back into files, with the same price', async () => {
    const named = ['--region', 'ap-southeast-1', '--endpoint-url', endpoint]
    const directory = join(home, 'read-back')
    const { status, stdout, stderr } = await command('import', 'eksworkshop', '-o', directory, ...named)
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('$463.87')
    expect(readdirSync(directory)).toContain('cluster.yaml')
    expect(stderr).toContain('as AWS, account')
  })

  it('removes it when that is confirmed, and only then', async () => {
    const refused = await far('down')
    expect(refused.status).toBe(1)
    expect(refused.stdout).toContain('stack eksctl-eksworkshop-cluster')
    expect(refused.stderr).toContain('so nothing was changed')
    const done = await far('down', '--yes')
    expect(done.status, done.stderr).toBe(0)
    expect(done.stdout).toContain('cluster eksworkshop in ap-southeast-1 is gone')
    expect(readFileSync(join(home, 'kubeconfig-aws'), 'utf8')).not.toContain('eksworkshop')
  })
})
