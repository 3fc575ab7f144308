// `up` and `down` against an AWS that fails, one fault after the other: what is said, and that the next run goes on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { EC2Client, DescribeAddressesCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks'
import {
  ElasticLoadBalancingV2Client,
  DescribeLoadBalancersCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient, ListOpenIDConnectProvidersCommand, ListRolesCommand } from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { UserError } from '../src/base/errors.ts'
import type { App } from '../src/cli/app.ts'
import { loadProject } from '../src/deploy/project.ts'
import { runPlanLive } from '../src/cli/run/plan-live.ts'
import { runDownFar } from '../src/cli/run/down-far.ts'
import { runUpFar } from '../src/cli/run/up-far.ts'
import { startRegion, type Region, type RegionOptions } from '../src/library/start-region.ts'
import { captured } from '../src/terminal/testing/captured.ts'
import { fastClock } from './support/fast-clock.ts'

type Fault = NonNullable<RegionOptions['faults']>[number]

const CONFIG = `
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: shop, region: eu-west-1, version: "1.35" }
iam:
  withOIDC: true
  serviceAccounts:
    - metadata: { name: aws-load-balancer-controller, namespace: kube-system }
      wellKnownPolicies: { awsLoadBalancerController: true }
managedNodeGroups:
  - { name: web, instanceType: t3.large, desiredCapacity: 1 }
fargateProfiles:
  - { name: batch, selectors: [{ namespace: batch }] }
`
const APPLICATION = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1.27", ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
spec:
  type: LoadBalancer
  loadBalancerClass: service.k8s.aws/nlb
  selector: { app: web }
  ports: [{ port: 80 }]
`

let region: Region
let project: string
const clock = fastClock(100)

beforeAll(async () => {
  region = await startRegion({ region: 'eu-west-1' })
  project = mkdtempSync(join(tmpdir(), 'neargate-faults-'))
  writeFileSync(join(project, 'cluster.yaml'), CONFIG)
  writeFileSync(join(project, 'web.yaml'), APPLICATION)
}, 60_000)

afterAll(async () => {
  await region.stop()
  rmSync(project, { recursive: true, force: true })
})

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', region.credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', region.credentials.secretAccessKey)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

interface Ended {
  readonly exitCode: number
  /** What was said of the failure: the message, and what to do. */
  readonly said: string
  readonly shown: string
}

function appOf(capture: ReturnType<typeof captured>, attempts?: number): App {
  const environment = {
    NEARGATE_HOME: project,
    KUBECONFIG: join(project, 'kubeconfig'),
    ...(attempts === undefined ? {} : { AWS_MAX_ATTEMPTS: String(attempts) }),
  }
  return { terminal: capture.terminal, environment, clock, workingDirectory: project }
}

/** What `plan --live` says, without the spaces that line it up. */
async function compared(): Promise<string> {
  const capture = captured()
  const flags = { target: 'aws', endpointUrl: region.endpoint } as const
  await runPlanLive(appOf(capture), loadProject([project]), flags)
  return capture.out().replaceAll(/ +/g, ' ')
}

async function run(
  command: 'up' | 'down',
  faults: readonly Fault[],
  { timeout, attempts }: Pick<Row, 'timeout' | 'attempts'> = {},
): Promise<Ended> {
  region.faults.set(faults)
  const capture = captured()
  const app = appOf(capture, attempts)
  const flags = { target: 'aws', yes: true, endpointUrl: region.endpoint } as const
  try {
    if (command === 'up')
      await runUpFar(app, [project], { ...flags, force: true, ...(timeout === undefined ? {} : { timeout }) })
    else await runDownFar(app, [project], flags)
    return { exitCode: 0, said: '', shown: capture.out() + capture.error() }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const shown = capture.out() + capture.error()
    return { exitCode: error.exitCode, said: `${error.message}\n${error.help}`, shown }
  }
}

interface Row {
  readonly name: string
  readonly faults: readonly Fault[]
  /** Parts of what is said; nothing for a fault that the run gets over. */
  readonly says: readonly string[]
  /** Parts of what is shown besides. */
  readonly shows?: readonly string[]
  /** Seconds for a load balancer. */
  readonly timeout?: number
  /** How often each call is tried. */
  readonly attempts?: number
}

async function check(command: 'up' | 'down', row: Row): Promise<void> {
  const { faults, says, shows = [] } = row
  const ended = await run(command, faults, row)
  expect(region.faults.strikes, ended.said).not.toContain(0)
  for (const part of says) expect(ended.said).toContain(part)
  for (const part of shows) expect(ended.shown).toContain(part)
  expect(ended.exitCode).toBe(says.length === 0 ? 0 : 1)
}

const UP: readonly Row[] = [
  {
    name: 'a token that has expired before anything is there',
    faults: [{ operation: 'cloudformation:DescribeStacks', error: 'expired-token' }],
    says: [
      'looking for what is there: AWS refused: The security token included in the request is expired',
      'Sign in again',
    ],
  },
  {
    name: 'a lock that is throttled',
    faults: [{ operation: 'ssm:PutParameter', error: 'throttling' }],
    attempts: 1,
    says: ['taking the lock /neargate/runs/shop: AWS refused: Rate exceeded', 'AWS was asked too often'],
  },
  {
    name: 'a right that is missing for the first stack',
    faults: [{ operation: 'cloudformation:CreateStack', error: 'access-denied' }],
    says: [
      'control plane: AWS refused: User: arn:aws:',
      'is not authorized to perform: cloudformation:CreateStack',
      'do not permit this',
    ],
  },
  {
    name: 'a stack whose fifth resource fails',
    faults: [
      { stack: 'eksctl-shop-cluster', resource: 5, error: { code: 'Planted', message: 'no such luck' } },
    ],
    says: ['stack eksctl-shop-cluster ended as ROLLBACK_COMPLETE\n  ', 'no such luck', 'goes on from here'],
  },
  {
    name: 'a stack that cannot be rolled back either',
    faults: [
      {
        stack: 'eksctl-shop-cluster',
        resource: 'ControlPlane',
        operation: 'eks:CreateCluster',
        error: { code: 'Planted', message: 'no cluster today' },
      },
      {
        stack: 'eksctl-shop-cluster',
        operation: 'ec2:DeleteVpc',
        error: { code: 'Planted', message: 'the VPC stays' },
      },
    ],
    says: ['stack eksctl-shop-cluster ended as ROLLBACK_FAILED', 'no cluster today', 'the VPC stays'],
    shows: [
      'the stack eksctl-shop-cluster is ROLLBACK_COMPLETE after an earlier run: what is left of it is removed',
      'no such luck',
    ],
  },
  {
    name: 'a node group whose stack fails',
    faults: [
      {
        stack: 'eksctl-shop-nodegroup-web',
        resource: 'ManagedNodeGroup',
        error: { code: 'Planted', message: 'no nodes today' },
      },
    ],
    says: [
      'stack eksctl-shop-nodegroup-web ended as ROLLBACK_COMPLETE',
      'ManagedNodeGroup',
      'no nodes today',
    ],
  },
  {
    name: 'a token that expires in the middle',
    faults: [{ operation: 'iam:*OpenIDConnect*', error: 'expired-token' }],
    says: [
      'OIDC provider: AWS refused: The security token included in the request is expired',
      'Sign in again',
    ],
  },
  {
    name: 'a right that is missing at the second call of an operation',
    faults: [{ operation: 'eks:DescribeFargateProfile', error: 'access-denied', from: 2 }],
    says: ['Fargate profile batch: AWS refused: User: ', 'perform: eks:DescribeFargateProfile'],
  },
  {
    name: 'a load balancer that is too slow',
    faults: [{ operation: 'elasticloadbalancing:CreateLoadBalancer', settles: '6s' }],
    timeout: 300,
    says: ['load balancer', 'is still provisioning (gave up after 300 s)'],
  },
  {
    name: 'an answer that is lost while the lock is taken, and every tenth besides',
    faults: [
      { operation: 'ssm:PutParameter', error: 'answer-lost', times: 1 },
      { operation: '*:*', caller: '*:user/*', error: 'answer-lost', rate: 0.1 },
    ],
    says: [],
  },
  {
    name: 'throttling, lost connections and answers that others would not notice',
    faults: [
      { operation: 'cloudformation:DescribeStacks', error: 'throttling', rate: 0.2, times: 3 },
      { operation: 'eks:DescribeCluster', error: 'connection-lost', times: 1 },
      { operation: 'iam:*', error: 'unavailable', times: 1 },
    ],
    says: [],
  },
]

describe('up against an AWS that fails', { timeout: 120_000 }, () => {
  it('has all to create at first', async () => {
    const told = await compared()
    expect(told).toContain('created stack eksctl-shop-cluster')
    expect(told).toContain('created Fargate profile batch')
    expect(told).not.toMatch(/changed|unchanged|not ours/)
  })

  it.each(UP)('tells of $name, and goes on', (row) => check('up', row))

  it('goes on with a rollback that has failed', async () => {
    writeFileSync(join(project, 'cluster.yaml'), CONFIG.replace('desiredCapacity: 1', 'desiredCapacity: 2'))
    await check('up', {
      name: 'an update that fails, and its rollback',
      faults: [
        {
          stack: 'eksctl-shop-nodegroup-web',
          operation: 'eks:UpdateNodegroupConfig',
          error: { code: 'Planted', message: 'no more nodes' },
          times: 2,
        },
      ],
      says: ['stack eksctl-shop-nodegroup-web ended as UPDATE_ROLLBACK_FAILED', 'no more nodes'],
    })
    expect(await compared()).toContain('it is UPDATE_ROLLBACK_FAILED')
    const ended = await run('up', [])
    expect(ended).toMatchObject({ exitCode: 0, said: '' })
    expect(ended.shown).toContain(
      'is UPDATE_ROLLBACK_FAILED after an earlier run: its rollback is gone on with',
    )
  })

  it('succeeds when nothing fails any longer, and then changes nothing', async () => {
    const ended = await run('up', [])
    expect(ended).toMatchObject({ exitCode: 0, said: '' })
    expect(await compared()).toMatch(/^compared with what is there:\n unchanged \d+ things\n$/)
  })

  it('tells what would change before it does, and what is not its own', async () => {
    const cloudFormation = region.client(CloudFormationClient)
    const foreign = { StackName: 'eksctl-shop-nodegroup-theirs' }
    const Resources = { Logs: { Type: 'AWS::Logs::LogGroup' } }
    const Tags = [{ Key: 'alpha.eksctl.io/eksctl-version', Value: '0.200.0' }]
    await cloudFormation.send(
      new CreateStackCommand({ ...foreign, Tags, TemplateBody: JSON.stringify({ Resources }) }),
    )
    writeFileSync(join(project, 'cluster.yaml'), CONFIG.replace('desiredCapacity: 1', 'desiredCapacity: 3'))
    writeFileSync(join(project, 'web.yaml'), APPLICATION.replace('nginx:1.27', 'nginx:1.28'))
    const told = await compared()
    expect(told).toContain('changed stack eksctl-shop-nodegroup-web\n ManagedNodeGroup')
    expect(told).toContain('not ours stack eksctl-shop-nodegroup-theirs\n made by eksctl 0.200.0')
    await cloudFormation.send(new DeleteStackCommand(foreign))
    expect(told).toContain('changed Deployment web\n spec.template.spec.containers')
  })
})

describe('two runs', { timeout: 120_000 }, () => {
  it('do not meet', async () => {
    // Long enough for the second to come while the first is at work.
    const slow: readonly Fault[] = [{ operation: 'eks:*Addon*', delay: '1s' }]
    const [first, second] = await Promise.all([run('up', slow), run('up', slow)])
    expect([first.exitCode, second.exitCode].toSorted((a, b) => a - b)).toEqual([0, 1])
    expect(first.said + second.said).toContain(
      'another run is at work on the cluster shop: up by arn:aws:iam::',
    )
  })
})

const DOWN: readonly Row[] = [
  {
    name: 'a token that has expired before anything is looked at',
    faults: [{ operation: 'cloudformation:ListStacks', error: 'expired-token' }],
    says: ['looking for what is there: AWS refused: The security token', 'Sign in again'],
  },
  {
    name: 'a right that is missing to remove stacks',
    faults: [{ operation: 'cloudformation:DeleteStack', error: 'access-denied', from: 2 }],
    says: ['AWS refused: User: ', 'perform: cloudformation:DeleteStack', 'do not permit this'],
  },
  {
    name: 'a stack that cannot be deleted',
    faults: [
      {
        stack: 'eksctl-shop-cluster',
        operation: 'ec2:DeleteInternetGateway',
        error: { code: 'Planted', message: 'the gateway stays' },
      },
    ],
    says: [
      'stack eksctl-shop-cluster could not be deleted: DELETE_FAILED',
      'the gateway stays',
      '--retain-resources InternetGateway',
    ],
  },
]

describe('down against an AWS that fails', { timeout: 120_000 }, () => {
  it.each(DOWN)('tells of $name, and goes on', (row) => check('down', row))

  it('leaves nothing in the end', async () => {
    expect(await run('down', [])).toMatchObject({ exitCode: 0, said: '' })
    const [iam, ec2] = [region.client(IAMClient), region.client(EC2Client)]
    const [stacks, clusters, balancers, providers, roles, vpcs, addresses] = await Promise.all([
      region.client(CloudFormationClient).send(new DescribeStacksCommand({})),
      region.client(EKSClient).send(new ListClustersCommand({})),
      region.client(ElasticLoadBalancingV2Client).send(new DescribeLoadBalancersCommand({})),
      iam.send(new ListOpenIDConnectProvidersCommand({})),
      iam.send(new ListRolesCommand({})),
      ec2.send(new DescribeVpcsCommand({})),
      ec2.send(new DescribeAddressesCommand({})),
    ])
    const roleNames = roles.Roles?.map(({ RoleName = '' }) => RoleName) ?? []
    expect({
      stacks: stacks.Stacks?.map(({ StackName }) => StackName),
      clusters: clusters.clusters,
      balancers: balancers.LoadBalancers,
      providers: providers.OpenIDConnectProviderList,
      roles: roleNames.filter((name) => !name.startsWith('AWSServiceRole')),
      vpcs: vpcs.Vpcs?.filter(({ IsDefault }) => IsDefault !== true),
      addresses: addresses.Addresses,
    }).toEqual({ stacks: [], clusters: [], balancers: [], providers: [], roles: [], vpcs: [], addresses: [] })
  })
})
