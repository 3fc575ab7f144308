// The workshop as unmodified clients see it: AWS SDKs, @kubernetes/client-node and helm, against one region.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  CreateCapabilityCommand,
  DescribeClusterCommand,
  EKSClient,
  waitUntilClusterActive,
  waitUntilFargateProfileActive,
} from '@aws-sdk/client-eks'
import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { CreateRoleCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { systemClock } from '../src/base/clock.ts'
import { createToken } from '../src/deploy/token.ts'
import { kubernetesClient, type KubeConfig } from './support/kubernetes-client.ts'
import { eventually } from './support/poll.ts'
import { Playground, run } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

const { CoreV1Api, KubeConfig, makeInformer, PatchStrategy, setHeaderOptions, Watch } =
  await kubernetesClient()
const CLUSTER = 'eksworkshop'
const REGION = 'ap-southeast-1'
const playground = new Playground()
const charts = mkdtempSync(join(tmpdir(), 'neargate-charts-'))
let variables: Record<string, string>
let settings: {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  maxAttempts: number
}
let kubeConfig: KubeConfig

beforeAll(async () => {
  const up = await playground.neargate('up', 'examples/eks-workshop', '--json')
  expect(up).toMatchObject({ status: 0 })
  variables = await playground.clientEnvironment()
  settings = {
    endpoint: variables['AWS_ENDPOINT_URL']!,
    region: REGION,
    credentials: {
      accessKeyId: variables['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY']!,
    },
    maxAttempts: 1,
  }
  kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(variables['KUBECONFIG']!)
}, 60_000)

afterAll(async () => {
  await playground.dispose()
  rmSync(charts, { recursive: true, force: true })
})

describe('AWS SDK', () => {
  it('waits with its own waiters', async () => {
    const client = new EKSClient(settings)
    const waiter = { client, minDelay: 1, maxDelay: 1, maxWaitTime: 20 }
    expect(await waitUntilClusterActive(waiter, { name: CLUSTER })).toMatchObject({ state: 'SUCCESS' })
    const profile = { clusterName: CLUSTER, fargateProfileName: 'nginx-fargate' }
    expect(await waitUntilFargateProfileActive(waiter, profile)).toMatchObject({ state: 'SUCCESS' })
  })

  it('looks around the workshop', async () => {
    const identity = await new STSClient(settings).send(new GetCallerIdentityCommand({}))
    expect(identity.Arn).toMatch(/^arn:aws:iam::\d{12}:user\/neargate$/)
    const { Stacks = [] } = await new CloudFormationClient(settings).send(new DescribeStacksCommand({}))
    expect(Stacks).toHaveLength(5)
    expect(new Set(Stacks.map(({ StackStatus }) => StackStatus))).toEqual(new Set(['CREATE_COMPLETE']))
    const { Reservations = [] } = await new EC2Client(settings).send(new DescribeInstancesCommand({}))
    const instances = Reservations.flatMap((reservation) => reservation.Instances ?? [])
    expect(instances).toHaveLength(2)
    const { AutoScalingGroups = [] } = await new AutoScalingClient(settings).send(
      new DescribeAutoScalingGroupsCommand({}),
    )
    const members = AutoScalingGroups.flatMap((group) => group.Instances ?? [])
    const ids = (of: readonly { InstanceId?: string | undefined }[]) =>
      new Set(of.map(({ InstanceId }) => InstanceId))
    expect(ids(members)).toEqual(ids(instances))
    const { LoadBalancers = [] } = await new ElasticLoadBalancingV2Client(settings).send(
      new DescribeLoadBalancersCommand({}),
    )
    expect(LoadBalancers.map(({ Type, Scheme, State }) => [Type, Scheme, State?.Code])).toEqual([
      ['network', 'internet-facing', 'active'],
      ['network', 'internet-facing', 'active'],
    ])
    const { logGroups } = await new CloudWatchLogsClient(settings).send(new DescribeLogGroupsCommand({}))
    expect(logGroups).toMatchObject([{ logGroupName: `/aws/eks/${CLUSTER}/cluster`, retentionInDays: 30 }])
    const { Roles = [] } = await new IAMClient(settings).send(new ListRolesCommand({}))
    expect(Roles.map(({ RoleName }) => RoleName).join(' ')).toContain('eksctl-eksworkshop-')
  })

  it('gets the errors that AWS gives', async () => {
    const wrong = { ...settings, credentials: { ...settings.credentials, secretAccessKey: 'wrong' } }
    await expect(
      new EKSClient(wrong).send(new DescribeClusterCommand({ name: CLUSTER })),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
      message: expect.stringMatching(/signature/i),
    })
    const unknown = { ...settings, credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } }
    await expect(new STSClient(unknown).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    })
    const eks = new EKSClient(settings)
    await expect(eks.send(new DescribeClusterCommand({ name: 'nobody' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No cluster found for name: nobody.',
    })
    await expect(
      eks.send(
        new CreateCapabilityCommand({
          clusterName: CLUSTER,
          capabilityName: 'a',
          type: 'ACK',
          roleArn: 'arn:aws:iam::1:role/a',
          deletePropagationPolicy: 'RETAIN',
        }),
      ),
    ).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'CreateCapability is not emulated by Neargate.',
      $metadata: { httpStatusCode: 404 },
    })
  })
})

describe('@kubernetes/client-node', () => {
  it('lists, patches, applies and watches', async () => {
    const api = kubeConfig.makeApiClient(CoreV1Api)
    const { items } = await api.listNode({ labelSelector: 'eks.amazonaws.com/compute-type=fargate' })
    expect(items).toHaveLength(2)
    const seen: string[] = []
    const watching = await new Watch(kubeConfig).watch(
      '/api/v1/namespaces/default/configmaps',
      { fieldSelector: 'metadata.name=client' },
      (phase: string) => seen.push(phase),
      () => undefined,
    )
    const name = { name: 'client', namespace: 'default' }
    await api.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { name: 'client' }, data: { a: '1', b: '2' } },
    })
    const merged = await api.patchNamespacedConfigMap(
      { ...name, body: { data: { a: null, c: '3' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )
    expect(merged.data).toEqual({ b: '2', c: '3' })
    const applied = await api.patchNamespacedConfigMap(
      {
        ...name,
        fieldManager: 'contract',
        force: true,
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'client' }, data: { d: '4' } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    )
    expect(applied.data).toEqual({ b: '2', c: '3', d: '4' })
    expect(
      applied.metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`),
    ).toContain('contract Apply')
    await api.deleteNamespacedConfigMap(name)
    await eventually(async () => (seen.includes('DELETED') ? true : undefined), 'a DELETED event')
    expect(seen).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'])
    watching.abort()
  })

  it('keeps an informer up to date', async () => {
    const api = kubeConfig.makeApiClient(CoreV1Api)
    const informer = makeInformer(kubeConfig, '/api/v1/namespaces/default/configmaps', () =>
      api.listNamespacedConfigMap({ namespace: 'default' }),
    )
    await informer.start()
    try {
      await api.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'informed' } } })
      await eventually(async () => informer.get('informed', 'default'), 'the informer to see a ConfigMap')
      await api.deleteNamespacedConfigMap({ name: 'informed', namespace: 'default' })
      const gone = async () => (informer.get('informed', 'default') === undefined ? true : undefined)
      await eventually(gone, 'the informer to forget it')
    } finally {
      await informer.stop()
    }
  })
})

describe('access', () => {
  const kubectlAs = (token: string, ...args: string[]) => {
    const { server, caFile, caData } = kubeConfig.getCurrentCluster()!
    expect(caFile ?? caData).toBeDefined()
    const flags = [`--server=${server}`, '--insecure-skip-tls-verify', `--token=${token}`]
    return run(realClient('kubectl'), [...flags, ...args], {
      ...playground.environment,
      KUBECONFIG: '/dev/null',
    })
  }
  const tokenOf = async (
    credentials: typeof settings.credentials & { sessionToken?: string },
    now = Date.now(),
  ): Promise<string> => {
    const clock = { ...systemClock, now: () => now }
    const { endpoint } = settings
    return (await createToken({ cluster: CLUSTER, region: REGION, endpoint, credentials, clock })).token
  }

  it('takes a fresh token and refuses an expired one', async () => {
    expect(await kubectlAs(await tokenOf(settings.credentials), 'get', 'ns', 'default')).toMatchObject({
      status: 0,
    })
    const old = await kubectlAs(await tokenOf(settings.credentials, Date.now() - 20 * 60_000), 'get', 'ns')
    expect(old.status).toBe(1)
    expect(old.stderr).toMatch(/must be logged in to the server|Unauthorized/)
  })

  it('does not know a role that has no access entry', async () => {
    const { Account = '' } = await new STSClient(settings).send(new GetCallerIdentityCommand({}))
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: `arn:aws:iam::${Account}:root` },
        },
      ],
    })
    const { Role } = await new IAMClient(settings).send(
      new CreateRoleCommand({ RoleName: 'stranger', AssumeRolePolicyDocument }),
    )
    const { Credentials } = await new STSClient(settings).send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' }),
    )
    const token = await tokenOf({
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    })
    const { status, stderr } = await kubectlAs(token, 'get', 'pods')
    expect(status).toBe(1)
    expect(stderr).toMatch(/must be logged in to the server|Unauthorized/)
  })
})

describe('helm', () => {
  it('installs, upgrades, rolls back and uninstalls a chart', async () => {
    const helm = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await run(realClient('helm'), args, {
        ...playground.environment,
        ...variables,
        HELM_CACHE_HOME: join(charts, 'cache'),
        HELM_CONFIG_HOME: join(charts, 'config'),
        HELM_DATA_HOME: join(charts, 'data'),
      })
      expect({ status, stderr }).toMatchObject({ status: 0 })
      return stdout
    }
    const chart = join(charts, 'web')
    await helm('create', chart)
    const wait = ['--wait', '--timeout', '20s']
    expect(await helm('install', 'web', chart, ...wait)).toContain('STATUS: deployed')
    await helm('upgrade', 'web', chart, '--set', 'replicaCount=2', ...wait)
    await helm('rollback', 'web', '1', ...wait)
    const history = JSON.parse(await helm('history', 'web', '-o', 'json')) as { status: string }[]
    expect(history.map(({ status }) => status)).toEqual(['superseded', 'superseded', 'deployed'])
    expect(await helm('uninstall', 'web', ...wait)).toContain('uninstalled')
    expect(JSON.parse(await helm('list', '-o', 'json'))).toEqual([])
  }, 60_000)
})
