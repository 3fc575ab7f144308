import { describe, expect, it } from 'vitest'

import type { Deployment } from '../../generated/kubernetes.d.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import type { Draft, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import { deployments, nodes, serviceAccounts } from '../kubernetes/client/resources.ts'
import type { SourcedObject } from './apply.ts'
import { createFindResource } from './find-resource.ts'
import { Progress } from './progress.ts'
import {
  awsFailure,
  CHART_KINDS,
  FakeStacks,
  HastyClock,
  testDeployment,
  withApply,
  type Handlers,
  type Input,
} from './testing/fake-cloud.ts'
import type { RenderChart } from './karpenter.ts'
import { up } from './up.ts'

const HOSTNAME = 'nginx-0123456789abcdef.elb.eu-west-1.localhost'
const ROLE = 'arn:aws:iam::111122223333:role/made'
const config: Partial<ClusterConfig> = {
  metadata: { name: 'workshop', region: 'eu-west-1', version: '1.35' },
  vpc: { subnets: { private: { 'eu-west-1a': { id: 'subnet-a' }, 'eu-west-1b': { id: 'subnet-b' } } } },
  iam: {
    withOIDC: true,
    serviceAccounts: [
      {
        metadata: { name: 'aws-load-balancer-controller', namespace: 'kube-system' },
        wellKnownPolicies: { awsLoadBalancerController: true },
      },
    ],
  },
  managedNodeGroups: [{ name: 'ng', minSize: 1, privateNetworking: true }],
  fargateProfiles: [
    { name: 'fp-one', selectors: [{ namespace: 'web' }] },
    { name: 'fp-two', selectors: [{ namespace: 'jobs' }] },
  ],
  cloudWatch: { clusterLogging: { logRetentionInDays: 30 } },
}
function subnetsIn(...vpcs: string[]): object[] {
  return vpcs.map((VpcId, index) => {
    const letter = 'ab'[index]
    const AvailabilityZone = `eu-west-1${letter}`
    return { SubnetId: `subnet-${letter}`, AvailabilityZone, CidrBlock: `10.0.${index}.0/24`, VpcId }
  })
}
const labels = { app: 'nginx' }
const metadata = { name: 'nginx', namespace: 'web' }
const template = { metadata: { labels }, spec: { containers: [{ name: 'nginx', image: 'nginx' }] } }
const objects = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
  },
  { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
]
const manifests: readonly SourcedObject[] = objects.map((object, index) => ({
  object,
  source: `x.yaml:${index}`,
}))

/** A cluster whose controllers are done at once: Deployments are rolled out, load balancers have a hostname. */
class PromptClient extends FakeClient {
  override async create<T extends KubernetesObject>(resource: Resource<T>, draft: Draft<T>): Promise<T> {
    const created = await super.create(resource, draft)
    const status = statusOf(resource, created)
    return status === undefined ? created : this.updateStatus(resource, { ...created, status })
  }
}

function statusOf(resource: Resource, created: KubernetesObject): object | undefined {
  if (['services', 'ingresses'].includes(resource.plural))
    return { loadBalancer: { ingress: [{ hostname: HOSTNAME }] } }
  if (resource.plural !== deployments.plural) return undefined
  const replicas = (created as Deployment).spec.replicas ?? 1
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas }
  return { observedGeneration: 1, ...counts }
}

/** EKS in memory: the cluster is there with its stack, add-ons and profiles are ACTIVE as soon as they are made. */
function eksHandlers(stacks: FakeStacks): Handlers {
  const made = new Map<string, Input>()
  const found = (name: string): Input => {
    const input = made.get(name)
    if (!input) throw awsFailure('ResourceNotFoundException', `${name} not found`)
    return { ...input, status: 'ACTIVE' }
  }
  const make = (member: string) => (input: Input) =>
    void made.set(`${member}/${String(input[member])}`, input)
  return {
    DescribeCluster: () => {
      if (!stacks.stacks.has('eksctl-workshop-cluster')) throw awsFailure('ResourceNotFoundException', 'none')
      return {
        cluster: {
          name: 'workshop',
          endpoint: 'https://127.0.0.1:1',
          certificateAuthority: { data: 'Q0E=' },
          identity: { oidc: { issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC' } },
          resourcesVpcConfig: { vpcId: 'vpc-1' },
        },
      }
    },
    DescribeAddon: ({ addonName }) => ({ addon: found(`addonName/${String(addonName)}`) }),
    DescribeAddonVersions: () => ({ addons: [{ addonVersions: [{ addonVersion: 'v1' }] }] }),
    CreateAddon: make('addonName'),
    DescribeFargateProfile: ({ fargateProfileName }) => ({
      fargateProfile: found(`fargateProfileName/${String(fargateProfileName)}`),
    }),
    CreateFargateProfile: make('fargateProfileName'),
  }
}

async function scene(more: { readonly handlers?: Handlers; readonly config?: Partial<ClusterConfig> } = {}) {
  const stacks = new FakeStacks({ FargatePodExecutionRoleARN: ROLE, Role1: ROLE })
  const fake = new PromptClient({ clock: new HastyClock() })
  fake.seed(nodes, {
    metadata: { name: 'ip-1', labels: { 'alpha.eksctl.io/nodegroup-name': 'ng' } },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  })
  let oidc = false
  const world = await testDeployment(
    {
      ...stacks.handlers,
      ...eksHandlers(stacks),
      GetCallerIdentity: () => ({ Account: '111122223333' }),
      ListNodegroups: () => ({ nodegroups: stacks.stacks.has('eksctl-workshop-nodegroup-ng') ? ['ng'] : [] }),
      PutRetentionPolicy: () => ({}),
      GetOpenIDConnectProvider: () => {
        if (!oidc) throw awsFailure('NoSuchEntityException', 'none')
        return {}
      },
      CreateOpenIDConnectProvider: () => void (oidc = true),
      DescribeLoadBalancers: () => ({ LoadBalancers: [{ LoadBalancerArn: 'arn:lb', DNSName: HOSTNAME }] }),
      DescribeTargetGroups: () => ({ TargetGroups: [{ TargetGroupArn: 'arn:tg' }] }),
      DescribeTargetHealth: () => ({
        TargetHealthDescriptions: [{ Target: { Id: '10.0.0.9' }, TargetHealth: { State: 'healthy' } }],
      }),
      ...more.handlers,
    },
    { config: { ...config, ...more.config }, kubernetes: withApply(fake) },
  )
  const ec2 = { send: async () => ({ Subnets: subnetsIn('vpc-1', 'vpc-1') }) }
  Object.assign(world.context.cloud, { ec2: async () => ec2 })
  let networks = 0
  const run = (files = manifests, changed: Partial<ClusterConfig> = {}, renderChart?: RenderChart) =>
    up({
      ...(renderChart ? { renderChart } : {}),
      // Each run of the program tells its own course.
      context: {
        ...world.context,
        config: { ...world.context.config, ...changed },
        progress: new Progress(world.listener, () => world.clock.now()),
      },
      prepareNetwork: async () => void networks++,
      manifests: files,
      version: '1.35',
      findResource: () => createFindResource(async () => CHART_KINDS),
      web: { wayTo: async (hostname) => ({ url: `http://${hostname}/` }), fetchStatus: async () => 200 },
      timeoutMs: 60_000,
    })
  return {
    ...world,
    stacks,
    fake,
    run,
    get networks() {
      return networks
    },
  }
}

const ingress = (name: string, ingressClassName: string): SourcedObject => ({
  object: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'web' },
    spec: { ingressClassName },
  },
  source: 'y.yaml:1',
})

describe('up', () => {
  it('builds the cluster and its applications, and gives account of them', async () => {
    const world = await scene()
    expect(await world.run()).toMatchObject({
      cluster: { name: 'workshop', vpcId: 'vpc-1' },
      workloads: [{ namespace: 'web', name: 'nginx', ready: 2, desired: 2 }],
      loadBalancers: [{ service: 'nginx', hostname: HOSTNAME, healthyTargets: 1, httpStatus: 200 }],
      unchanged: false,
    })
    expect([...world.stacks.stacks.keys()].toSorted()).toEqual([
      'eksctl-workshop-addon-iamserviceaccount-kube-system-aws-load-balancer-controller',
      'eksctl-workshop-addon-vpc-cni',
      'eksctl-workshop-cluster',
      'eksctl-workshop-fargate',
      'eksctl-workshop-nodegroup-ng',
    ])
  })

  it('awaits Ingresses of the load balancer controller after the rollouts, and reports them', async () => {
    const world = await scene()
    const files = [...manifests, ingress('front', 'alb'), ingress('other', 'nginx')]
    const { loadBalancers } = await world.run(files)
    expect(loadBalancers).toMatchObject([
      { service: 'nginx' },
      { ingress: 'front', namespace: 'web', hostname: HOSTNAME, httpStatus: 200 },
    ])
    const { course } = world.listener
    expect(course.indexOf('started ingress front')).toBeGreaterThan(course.indexOf('ended rollout nginx'))
  })

  it('does each step after those that it needs', async () => {
    const world = await scene()
    await world.run()
    const { course } = world.listener
    const order = (...steps: string[]): void => {
      const places = steps.map((step) => course.indexOf(step))
      expect(places, steps.join(' < ')).toEqual(places.toSorted((a, b) => a - b))
      expect(places).not.toContain(-1)
    }
    order('started control plane', 'ended control plane', 'started add-on vpc-cni')
    for (const name of ['vpc-cni', 'kube-proxy', 'coredns'])
      order(`ended add-on ${name}`, 'started node group ng')
    order('ended OIDC provider', 'started add-on vpc-cni')
    order('ended node group ng', 'started add-on metrics-server')
    order('ended Fargate pod execution role', 'started Fargate profile fp-one')
    // EKS changes one profile of a cluster at a time.
    order('ended Fargate profile fp-one', 'started Fargate profile fp-two')
    order('ended OIDC provider', 'started load balancer controller', 'ended load balancer controller')
    order(
      'ended service account kube-system/aws-load-balancer-controller',
      'started load balancer controller',
    )
    order('ended load balancer controller', 'started manifests', 'ended manifests', 'started rollout nginx')
    order('ended manifests', 'started load balancer nginx')
    order('ended manifests', 'started health of coredns')
  })

  it('asks for the chart of Karpenter before it makes anything', async () => {
    const world = await scene({ config: { karpenter: { version: '1.8.1' } } })
    const renderChart = () => ({ fault: 'there is no helm', help: 'Install it.' })
    await expect(world.run(manifests, {}, renderChart)).rejects.toThrow('there is no helm')
    expect(world.calls).toEqual([])
  })

  it('changes nothing the second time, and says so', async () => {
    const world = await scene()
    await world.run()
    world.fake.actions.length = 0
    const before = world.calls.length
    expect(await world.run()).toMatchObject({ unchanged: true })
    const again = world.calls.slice(before).map(({ operation }) => operation)
    expect(again.filter((operation) => /^(Create|Update|Delete)/.test(operation))).toEqual([])
    // Server-side apply is asked for each time; what it finds as it should be stays at its version.
    expect(world.fake.actions.filter(({ verb }) => verb !== 'patch')).toEqual([])
  })

  it('goes on after a failure where it stopped', async () => {
    const world = await scene()
    world.stacks.endings.set('eksctl-workshop-nodegroup-ng', 'ROLLBACK_COMPLETE')
    await expect(world.run()).rejects.toThrow('stack eksctl-workshop-nodegroup-ng ended as ROLLBACK_COMPLETE')
    expect(world.listener.course).toContain('failed node group ng')
    expect(world.listener.course).not.toContain('started manifests')
    // What ran beside it was brought to its end.
    expect(world.listener.course).toContain('ended Fargate profile fp-two')
    expect(await world.run()).toMatchObject({ workloads: [{ ready: 2 }] })
    const clusters = world
      .inputsOf('CreateStack')
      .filter(({ StackName }) => StackName === 'eksctl-workshop-cluster')
    expect(clusters).toHaveLength(1)
  })

  it('makes the account of the controller before the controller', async () => {
    const world = await scene()
    await world.run()
    const key = { namespace: 'kube-system', name: 'aws-load-balancer-controller' }
    const { metadata: made } = await world.fake.get(serviceAccounts, key)
    expect(made.annotations).toMatchObject({ 'eks.amazonaws.com/role-arn': ROLE })
  })

  it('builds a cluster alone where there are no manifests', async () => {
    const world = await scene()
    expect(await world.run([])).toMatchObject({ workloads: [], loadBalancers: [] })
    expect(world.listener.course).not.toContain('started manifests')
  })

  it('installs the controller that the config asks for, whether or not a Service needs it yet', async () => {
    const world = await scene()
    await world.run([])
    expect(world.listener.course).toContain('ended load balancer controller')
    const without = await scene({ config: { iam: {} } })
    await without.run([])
    expect(without.listener.course).not.toContain('started load balancer controller')
  })

  it('does not wait for a load balancer that nothing in the cluster makes, and says so', async () => {
    const world = await scene({ config: { iam: {} } })
    const files = [...manifests.filter(({ object }) => object.kind !== 'Service'), ingress('front', 'alb')]
    expect(await world.run(files)).toMatchObject({ workloads: [{ ready: 2 }], loadBalancers: [] })
    expect(world.listener.warnings[0]).toMatch(
      /^web\/front: no load balancer, since nothing in the cluster makes one/,
    )
  })

  it('waits for the Classic Load Balancer of a Service that no other controller takes', async () => {
    const world = await scene({ config: { iam: {} } })
    expect(await world.run()).toMatchObject({ loadBalancers: [{ service: 'nginx', hostname: HOSTNAME }] })
    expect(world.listener.warnings).toEqual([])
  })

  it.each([
    ['a step', 'CreateFargateProfile', 'Fargate profile fp-one'],
    ['the look around', 'DescribeCluster', 'looking for what is there'],
  ])('tells a refusal in %s in plain words', async (_, operation, doing) => {
    const refusal = awsFailure('InvalidParameterException', 'Subnet subnet-a is not a private subnet')
    const refuse = (): never => {
      throw refusal
    }
    const world = await scene({ handlers: { [operation]: refuse } })
    await expect(world.run()).rejects.toMatchObject({
      name: 'UserError',
      message: `${doing}: AWS refused: Subnet subnet-a is not a private subnet (InvalidParameterException)`,
    })
  })

  it('does not make an execution role that the file brings', async () => {
    const own = { ...config.iam, fargatePodExecutionRoleARN: 'arn:own' }
    const world = await scene({ config: { iam: own } })
    await world.run([])
    expect(world.stacks.stacks.has('eksctl-workshop-fargate')).toBe(false)
    expect(
      world.inputsOf('CreateFargateProfile').map(({ podExecutionRoleArn }) => podExecutionRoleArn),
    ).toEqual(['arn:own', 'arn:own'])
  })

  it('says so when EKS does not know the cluster of the stack', async () => {
    const world = await scene({
      handlers: {
        DescribeCluster: () => {
          throw awsFailure('ResourceNotFoundException', 'none')
        },
      },
    })
    await expect(world.run()).rejects.toThrow('the cluster workshop has a stack but EKS does not know it')
  })

  it('stops before anything changes, the network too, when the cluster is not ours', async () => {
    const world = await scene()
    const tags = [{ Key: 'alpha.eksctl.io/eksctl-version', Value: '0.230.0' }]
    world.stacks.seed('eksctl-workshop-cluster', { tags })
    await expect(world.run()).rejects.toThrow('the cluster workshop was made by eksctl 0.230.0, not by up')
    expect(world.networks).toBe(0)
    expect(world.calls.map(({ operation }) => operation)).not.toContainEqual(
      expect.stringMatching(/^(Create|Update|Delete|Put|Tag|Execute)/),
    )
    expect(world.fake.actions).toEqual([])
  })

  it('changes nothing at all when one of the stacks would lose something', async () => {
    const world = await scene()
    await world.run()
    world.stacks.replacing.add('ManagedNodeGroup')
    const before = world.calls.length
    const larger = {
      managedNodeGroups: [{ name: 'ng', minSize: 1, privateNetworking: true, instanceType: 't3.large' }],
    }
    await expect(world.run(manifests, { ...config, ...larger })).rejects.toMatchObject({
      message: expect.stringContaining(
        'ManagedNodeGroup (AWS::EKS::Nodegroup) would be replaced, with its nodes, and the pods on them',
      ),
      help: expect.stringContaining('another name in the file'),
    })
    expect(world.calls.slice(before).map(({ operation }) => operation)).not.toContain('ExecuteChangeSet')
    expect(world.stacks.changeSets.size).toBe(0)
  })

  it('refuses subnets of several VPCs before it makes anything', async () => {
    const world = await scene()
    const ec2 = { send: async () => ({ Subnets: subnetsIn('vpc-1', 'vpc-2') }) }
    Object.assign(world.context.cloud, { ec2: async () => ec2 })
    await expect(world.run()).rejects.toThrow('the subnets of the file lie in 2 VPCs (vpc-1, vpc-2)')
    expect(world.inputsOf('CreateStack')).toEqual([])
  })
})
