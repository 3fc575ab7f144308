import { parse } from 'yaml'
import { expect, test } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import type { ChartRequest } from '../config/render.ts'
import { isNotFound } from '../base/errors.ts'
import type { Draft, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import { nodeClaims, nodePools } from '../kubernetes/client/auto-mode-resources.ts'
import { configMaps, deployments, namespaces, serviceAccounts } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { createFindResource } from './find-resource.ts'
import { endKarpenterNodes, ensureKarpenter, karpenterManifests, karpenterStacks } from './karpenter.ts'
import { FakeStacks, HastyClock, testDeployment, withApply, type Input } from './testing/fake-cloud.ts'

const PLACE = { namespace: 'karpenter', name: 'karpenter' }
const ROLE = 'arn:aws:iam::111122223333:role/eksctl-workshop-iamservice-role'
const cluster = {
  name: 'workshop',
  endpoint: 'https://127.0.0.1:1',
  certificateAuthorityData: '',
  issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC',
  serviceCidr: '10.100.0.0/16',
  vpcId: 'vpc-1',
}
// What a chart makes, cut short.
const CHART = `apiVersion: apps/v1
kind: Deployment
metadata: {name: karpenter, namespace: karpenter}
spec: {replicas: 2, selector: {matchLabels: {app: karpenter}}}
`
const config: Partial<ClusterConfig> = {
  metadata: {
    name: 'workshop',
    region: 'eu-west-1',
    version: '1.35',
    tags: { 'karpenter.sh/discovery': 'workshop' },
  },
  iam: { withOIDC: true },
  karpenter: { version: '1.8.1' },
}

/** A cluster whose Deployments have one pod that is ready as soon as they are made. */
class OneReady extends FakeClient {
  override async create<T extends KubernetesObject>(resource: Resource<T>, draft: Draft<T>): Promise<T> {
    const created = await super.create(resource, draft)
    if (resource.plural !== deployments.plural) return created
    return this.updateStatus(resource, { ...created, status: { readyReplicas: 1 } })
  }
}

async function scene(more: Partial<ClusterConfig> = {}) {
  const kubernetes = new OneReady({ clock: new HastyClock() })
  const stacks = new FakeStacks({ Role1: ROLE })
  const world = await testDeployment(
    {
      ...stacks.handlers,
      DescribeCluster: () => ({
        cluster: {
          arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/workshop',
          resourcesVpcConfig: { subnetIds: ['subnet-b', 'subnet-a'], clusterSecurityGroupId: 'sg-1' },
        },
      }),
      CreateAccessEntry: () => ({}),
    },
    { config: { ...config, ...more } },
  )
  const tagged: Input[] = []
  const ec2 = { send: async ({ input }: { input: Input }) => void tagged.push(input) }
  Object.assign(world.context.cloud, { ec2: async () => ec2 })
  const charts: ChartRequest[] = []
  const client = withApply(kubernetes)
  const ensure = () =>
    ensureKarpenter(
      world.context,
      {
        kubernetes: client,
        cluster,
        project: 'workshop',
        clock: world.clock,
        pace: world.context.pace,
        findResource: createFindResource(async () => undefined),
        renderChart: (request) => {
          charts.push(request)
          return { text: CHART }
        },
      },
      () => undefined,
    )
  const template = (name: string) => JSON.parse(stacks.stacks.get(name)?.template as string)
  return { ...world, kubernetes, tagged, charts, ensure, stacks, template }
}

test('makes what eksctl makes: roles, tags, the mapping of nodes, the account and the chart', async () => {
  const world = await scene()
  expect(await world.ensure()).toMatchObject({ outcome: 'created' })
  expect([...world.stacks.stacks.keys()]).toEqual([
    'eksctl-workshop-karpenter',
    'eksctl-workshop-addon-iamserviceaccount-karpenter-karpenter',
  ])
  expect(world.inputsOf('CreateStack')[0]?.['Tags']).toEqual(
    expect.arrayContaining([
      { Key: 'alpha.eksctl.io/karpenter-name', Value: 'eksctl-workshop-karpenter' },
      { Key: 'alpha.eksctl.io/karpenter-version', Value: '1.8.1' },
    ]),
  )
  const { Resources } = world.template('eksctl-workshop-karpenter')
  expect(Resources.KarpenterNodeRole.Properties.RoleName).toBe('eksctl-KarpenterNodeRole-workshop')
  expect(Resources.KarpenterNodeInstanceProfile.Properties.InstanceProfileName).toBe(
    'eksctl-KarpenterNodeInstanceProfile-workshop',
  )
  const role = world.template('eksctl-workshop-addon-iamserviceaccount-karpenter-karpenter').Resources.Role1
  expect(role.Properties).toMatchObject({
    RoleName: 'eksctl-workshop-iamservice-role',
    ManagedPolicyArns: [
      {
        'Fn::Sub':
          'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/eksctl-KarpenterControllerPolicy-workshop',
      },
    ],
  })
  expect(world.tagged).toEqual([
    { Resources: ['subnet-a', 'subnet-b'], Tags: [{ Key: 'kubernetes.io/cluster/workshop', Value: '' }] },
    { Resources: ['sg-1'], Tags: [{ Key: 'karpenter.sh/discovery', Value: 'workshop' }] },
  ])
  const { data } = await world.kubernetes.get(configMaps, { namespace: 'kube-system', name: 'aws-auth' })
  expect(parse(data?.['mapRoles'] ?? '')).toEqual([
    expect.objectContaining({ rolearn: 'arn:aws:iam::111122223333:role/eksctl-KarpenterNodeRole-workshop' }),
  ])
  const account = await world.kubernetes.get(serviceAccounts, PLACE)
  expect(account.metadata.annotations?.['eks.amazonaws.com/role-arn']).toBe(ROLE)
  expect(world.charts).toMatchObject([
    {
      version: '1.8.1',
      namespace: 'karpenter',
      values: {
        settings: { clusterName: 'workshop', clusterEndpoint: cluster.endpoint },
        serviceAccount: { create: false, annotations: { 'eks.amazonaws.com/role-arn': ROLE } },
      },
    },
  ])
})

test('changes nothing the second time', async () => {
  const world = await scene()
  await world.ensure()
  expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
})

test('leaves the account to the chart, and names the profile, where the file says so', async () => {
  const karpenter = { version: '1.8.1', createServiceAccount: true, defaultInstanceProfile: 'mine' }
  const world = await scene({ karpenter })
  await world.ensure()
  expect(await world.kubernetes.get(serviceAccounts, PLACE).catch(isNotFound)).toBe(true)
  expect(await world.kubernetes.get(namespaces, { name: 'karpenter' })).toBeDefined()
  expect(world.charts).toMatchObject([{ values: { serviceAccount: { create: true } } }])
  const { Resources } = world.template('eksctl-workshop-karpenter')
  expect(Resources.KarpenterNodeInstanceProfile.Properties.InstanceProfileName).toBe('mine')
})

test('lets its nodes in by an access entry where the cluster reads nothing else', async () => {
  const world = await scene({ accessConfig: { authenticationMode: 'API' } })
  await world.ensure()
  expect(world.inputsOf('CreateAccessEntry')).toMatchObject([
    { principalArn: 'arn:aws:iam::111122223333:role/eksctl-KarpenterNodeRole-workshop', type: 'EC2_LINUX' },
  ])
})

test('leaves one that somebody else has installed as it is', async () => {
  const world = await scene()
  const managedFields = [{ manager: 'helm', operation: 'Update' as const }]
  world.kubernetes.seed(deployments, {
    metadata: { ...PLACE, managedFields },
    spec: { selector: {}, template: {} },
  })
  expect(await world.ensure()).toEqual({ outcome: 'unchanged', detail: 'made by helm, left as it is' })
  expect(world.stacks.stacks.size).toBe(0)
})

test('says why its chart is not there', () => {
  const asked = { ...config, apiVersion: 'eksctl.io/v1alpha5', kind: 'ClusterConfig' } as ClusterConfig
  expect(() => karpenterManifests(asked, () => ({ fault: 'no helm', help: 'Install it.' }))).toThrow(
    'no helm',
  )
})

test('is nothing where the config does not ask for it', async () => {
  const { context } = await testDeployment({})
  expect(karpenterStacks(context.config, cluster.issuer)).toEqual([])
})

test('its nodes end with their pools, and those of Auto Mode stay', async () => {
  const { context, kubernetes } = await scene()
  const ref = (group: string) => ({
    nodeClassRef: { group, kind: 'X', name: 'default' },
    requirements: [],
  })
  for (const [name, group] of [
    ['general-purpose', 'eks.amazonaws.com'],
    ['own', 'karpenter.k8s.aws'],
  ] as const) {
    kubernetes.seed(nodePools, { metadata: { name }, spec: { template: { spec: ref(group) } } })
    kubernetes.seed(nodeClaims, { metadata: { name: `${name}-1` }, spec: ref(group) })
  }
  expect(await endKarpenterNodes(context, kubernetes)).toBe(1)
  const names = async (resource: Resource) =>
    (await kubernetes.list(resource)).items.map(({ metadata }) => metadata.name)
  expect(await names(nodePools)).toEqual(['general-purpose'])
  expect(await names(nodeClaims)).toEqual(['general-purpose-1'])
})
