// What `up` and `down` leave alone: other clusters, other people's stacks and Services; and two runs at once.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { Playground, root } from './support/program.ts'

const files = mkdtempSync(join(tmpdir(), 'neargate-projects-'))
const playground = new Playground()
let cloudFormation: CloudFormationClient
let logs: CloudWatchLogsClient

/** Writes a project of one cluster. @returns its directory. */
function project(name: string): string {
  const directory = join(files, name)
  mkdirSync(directory, { recursive: true })
  const config = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name, region: 'ap-southeast-1', version: '1.35' },
    iam: { withOIDC: true },
    fargateProfiles: [{ name: 'web', selectors: [{ namespace: 'web' }, { namespace: 'kube-system' }] }],
  }
  writeFileSync(join(directory, 'cluster.yaml'), JSON.stringify(config))
  return directory
}

async function up(name: string, ...flags: string[]) {
  return playground.neargate('up', project(name), '--json', ...flags)
}

async function stackNames(): Promise<string[]> {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}))
  return Stacks.flatMap(({ StackName }) => StackName ?? []).toSorted()
}

beforeAll(async () => {
  const { status } = await playground.neargate('start', '--region', 'ap-southeast-1')
  expect(status).toBe(0)
  const variables = await playground.clientEnvironment()
  const settings = {
    endpoint: variables['AWS_ENDPOINT_URL']!,
    region: 'ap-southeast-1',
    credentials: {
      accessKeyId: variables['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY']!,
    },
  }
  cloudFormation = new CloudFormationClient(settings)
  logs = new CloudWatchLogsClient(settings)
}, 60_000)

afterAll(async () => {
  await playground.dispose()
  rmSync(files, { recursive: true, force: true })
})

describe('two clusters, one of which is called like the beginning of the other', () => {
  afterEach(async () => {
    for (const name of ['shop', 'shop-prod']) await playground.neargate('down', project(name))
  }, 60_000)

  it.each([
    ['shop', 'shop-prod'],
    ['shop-prod', 'shop'],
  ])(
    'down of %s leaves %s as it is',
    async (going, staying) => {
      expect(await up(staying)).toMatchObject({ status: 0 })
      const before = await stackNames()
      expect(await up(going)).toMatchObject({ status: 0 })
      const down = await playground.neargate('down', project(going))
      expect(down).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`stack eksctl-${going}-cluster`),
      })
      expect(await stackNames()).toEqual(before)
      const again = await up(staying)
      // What runs on has not been touched: there is nothing to put right.
      expect(JSON.parse(again.stdout)).toMatchObject({ cluster: staying, unchanged: true })
    },
    120_000,
  )
})

describe('a stack of somebody else by the name of the cluster', () => {
  const StackName = 'eksctl-own-cluster'
  const Precious = { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'precious-data' } }

  beforeAll(async () => {
    const Tags = [{ Key: 'owner', Value: 'somebody-else' }]
    const TemplateBody = JSON.stringify({ Resources: { Precious } })
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Tags }))
    const waiter = { client: cloudFormation, minDelay: 1, maxDelay: 1, maxWaitTime: 20 }
    await waitUntilStackCreateComplete(waiter, { StackName })
  }, 60_000)

  afterEach(async () => {
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: 'precious' }),
    )
    expect(logGroups).toHaveLength(1)
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }))
    expect(Stacks[0]?.Tags).toEqual([{ Key: 'owner', Value: 'somebody-else' }])
  })

  it('stops up, which says whose it is', async () => {
    expect(await up('own')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        'the cluster own was made by somebody else (owner=somebody-else), not by up: nothing was changed',
      ),
    })
  })

  it('is not emptied by --adopt either', async () => {
    expect(await up('own', '--adopt')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Precious (AWS::Logs::LogGroup) would be removed, with the logs in it'),
    })
  })

  it('is left by down, and named', async () => {
    expect(await playground.neargate('down', project('own'))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`stack ${StackName}: made by somebody else (owner=somebody-else)`),
    })
  })
})

describe('two up of one project at once', () => {
  it('both end well, and make nothing twice', async () => {
    const runs = await Promise.all([up('pair'), up('pair')])
    for (const run of runs) expect(run).toMatchObject({ status: 0 })
    expect((await stackNames()).filter((name) => name.startsWith('eksctl-pair-'))).toEqual([
      'eksctl-pair-addon-vpc-cni',
      'eksctl-pair-cluster',
      'eksctl-pair-fargate',
    ])
    expect(await playground.neargate('down', project('pair'))).toMatchObject({ status: 0 })
  }, 120_000)
})

describe('Ctrl-C', () => {
  it('ends up, not the work, and says how to go on', async () => {
    const child = spawn(process.execPath, [join(root, 'bin/neargate.js'), 'up', project('slow')], {
      cwd: root,
      env: playground.environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let told = ''
    child.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString()
      // The first step is done; add-ons, profile and nodes are to come.
      if (told.includes('control plane')) child.kill('SIGINT')
    })
    const status = await new Promise((resolve) => child.once('close', resolve))
    expect({ status, told }).toEqual({
      status: 130,
      told: expect.stringContaining('interrupted: the near region goes on with what was begun.'),
    })
    expect(await up('slow')).toMatchObject({ status: 0 })
    expect(await playground.neargate('down', project('slow'))).toMatchObject({ status: 0 })
  }, 60_000)
})
