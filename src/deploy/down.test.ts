import { describe, expect, it } from 'vitest'

import type { Service } from '../../generated/kubernetes.d.ts'
import { StatusError } from '../base/errors.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { ingresses, namespaces, services } from '../kubernetes/client/resources.ts'
import { gateways as gatewayResource } from '../kubernetes/client/gateways.ts'
import { clusterTags } from '../rules/eksctl/tags.ts'
import type { SourcedObject } from './apply.ts'
import type { DownPlan } from './before-down.ts'
import { down } from './down.ts'
import { createFindResource } from './find-resource.ts'
import {
  awsFailure,
  FakeStacks,
  HastyClock,
  ownTags,
  testDeployment,
  type Handlers,
} from './testing/fake-cloud.ts'

const CLUSTER_STACK = 'eksctl-workshop-cluster'
const GROUP_STACK = 'eksctl-workshop-nodegroup-ng'
const PROVIDER = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC'
const mark = { 'neargate.dev/project': 'workshop' }
const tagged = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
const groupTags = [...ownTags(), ...tagged({ 'alpha.eksctl.io/nodegroup-name': 'ng' })]
const cluster = {
  name: 'workshop',
  endpoint: 'https://127.0.0.1:1',
  certificateAuthority: { data: 'Q0E=' },
  identity: { oidc: { issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC' } },
  resourcesVpcConfig: { vpcId: 'vpc-1' },
}
const manifests: readonly SourcedObject[] = [
  { object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }, source: 'x.yaml:1' },
  {
    object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nginx', namespace: 'web' } },
    source: 'x.yaml:9',
  },
  {
    object: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } },
    source: 'x.yaml:20',
  },
]

interface SceneOptions {
  readonly handlers?: Handlers
  readonly finalizers?: string[]
  readonly force?: boolean
  readonly profileTags?: Record<string, string>
  readonly providerTags?: Record<string, string>
}

/** A cluster that `up` made, with a load balancer and a profile, in a region where there are others. */
async function scene(options: SceneOptions = {}) {
  const { handlers = {}, finalizers = [], force = false, profileTags = mark, providerTags = mark } = options
  const stacks = new FakeStacks()
  stacks.seed(CLUSTER_STACK, { tags: ownTags() })
  stacks.seed(GROUP_STACK, { tags: groupTags })
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const service = (
    name: string,
    more: Partial<Service['metadata']>,
    type: 'ClusterIP' | 'LoadBalancer',
  ): Service => kubernetes.seed(services, { metadata: { name, namespace: 'web', ...more }, spec: { type } })
  kubernetes.seed(namespaces, { metadata: { name: 'web', annotations: mark }, spec: {} })
  service('nginx', { annotations: mark, ...(finalizers.length > 0 ? { finalizers } : {}) }, 'LoadBalancer')
  service('waiting', {}, 'LoadBalancer')
  service('inside', {}, 'ClusterIP')
  let profiles = ['fp']
  const world = await testDeployment(
    {
      ...stacks.handlers,
      DescribeCluster: () => {
        if (!stacks.stacks.has(CLUSTER_STACK))
          throw awsFailure('ResourceNotFoundException', 'No cluster found')
        return { cluster }
      },
      ListFargateProfiles: () => ({ fargateProfileNames: profiles }),
      DescribeFargateProfile: () => {
        if (profiles.length === 0) throw awsFailure('ResourceNotFoundException', 'No Fargate Profile found')
        return { fargateProfile: { status: 'ACTIVE', tags: profileTags } }
      },
      DeleteFargateProfile: () => void (profiles = []),
      ListNodegroups: () => ({ nodegroups: ['ng'] }),
      GetCallerIdentity: () => ({ Account: '111122223333' }),
      GetOpenIDConnectProvider: () => ({ Tags: tagged(providerTags) }),
      DeleteOpenIDConnectProvider: () => ({}),
      DescribeLogGroups: () => ({ logGroups: [] }),
      DescribeLoadBalancers: () => ({ LoadBalancers: [] }),
      ...handlers,
    },
    { config: { iam: { withOIDC: true } }, kubernetes, consent: { force } },
  )
  const groups: string[] = []
  const ec2 = {
    send: async (command: { readonly input: { readonly GroupId?: string } }) =>
      command.input.GroupId === undefined
        ? { SecurityGroups: groups.map((GroupId) => ({ GroupId })) }
        : void groups.splice(groups.indexOf(command.input.GroupId), 1),
  }
  Object.assign(world.context.cloud, { ec2: async () => ec2 })
  const plans: DownPlan[] = []
  const findResource = () => createFindResource(async () => undefined)
  const run = () =>
    down({ context: world.context, manifests, findResource, announce: (plan) => plans.push(plan) })
  const balanced = (name: string): void => {
    const ingress = [{ hostname: `${name}.example` }]
    kubernetes.seed(services, {
      metadata: { name, namespace: 'web', managedFields: [{ manager: 'helm', operation: 'Update' }] },
      spec: { type: 'LoadBalancer' },
      status: { loadBalancer: { ingress } },
    })
  }
  return { ...world, stacks, kubernetes, run, plans, groups, balanced }
}

function deletions({ calls }: { calls: readonly { operation: string }[] }): string[] {
  return calls.map(({ operation }) => operation).filter((name) => /^(Delete|Update)/.test(name))
}

describe('down', () => {
  it('removes everything in the opposite order of up', async () => {
    const world = await scene()
    expect(await world.run()).toBe(true)
    expect(world.listener.reports.map(({ title, outcome }) => `${title}: ${outcome}`)).toEqual([
      'load balancers: deleted',
      'manifests: deleted',
      'Fargate profiles: deleted',
      'OIDC provider: deleted',
      `stack ${GROUP_STACK}: deleted`,
      `stack ${CLUSTER_STACK}: deleted`,
      'check that nothing is left: done',
    ])
  })

  it('ends the nodes of Karpenter while it runs', async () => {
    const world = await scene()
    world.stacks.seed('eksctl-workshop-karpenter', { tags: ownTags() })
    await world.run()
    const titles = world.listener.reports.map(({ title }) => title)
    expect(titles).toContain('nodes of Karpenter')
    expect(titles.indexOf('nodes of Karpenter')).toBeLessThan(
      titles.indexOf('stack eksctl-workshop-karpenter'),
    )
  })

  it('lists first what goes and what stays', async () => {
    const world = await scene({
      handlers: { DescribeLogGroups: () => ({ logGroups: [{ logGroupName: '/aws/eks/workshop/cluster' }] }) },
    })
    await world.run()
    expect(world.plans).toEqual([
      {
        cluster: expect.objectContaining({ name: 'workshop' }),
        stacks: [CLUSTER_STACK, GROUP_STACK],
        profiles: ['fp'],
        balanced: [{ kind: 'Service', namespace: 'web', name: 'nginx' }],
        oidcProviderArn: PROVIDER,
        leaves: [
          {
            what: 'log group /aws/eks/workshop/cluster',
            because: expect.stringContaining('aws logs delete-log-group'),
          },
        ],
        obstacles: [],
      },
    ])
  })

  it('deletes Ingresses with a load balancer, and leaves the others alone', async () => {
    const world = await scene()
    const metadata = { namespace: 'web', annotations: mark }
    const loadBalancer = { ingress: [{ hostname: 'web.elb' }] }
    world.kubernetes.seed(ingresses, {
      metadata: { ...metadata, name: 'web' },
      spec: {},
      status: { loadBalancer },
    })
    world.kubernetes.seed(ingresses, { metadata: { ...metadata, name: 'other-class' }, spec: {} })
    expect(await world.run()).toBe(true)
    expect(world.plans[0]?.balanced.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Service nginx',
      'Ingress web',
    ])
    const { items } = await world.kubernetes.list(ingresses)
    expect(items.map((left) => left.metadata.name)).toEqual(['other-class'])
  })

  it.each([
    [['gateway.k8s.aws/alb'], 'load balancers stay behind: web/edge'],
    [['other.example/kept'], undefined],
  ])('says which Gateway keeps its load balancer by %j', async (finalizers, message) => {
    const world = await scene({ force: true })
    const spec = { gatewayClassName: 'edge', listeners: [] }
    world.kubernetes.seed(gatewayResource, { metadata: { name: 'edge', namespace: 'web', finalizers }, spec })
    if (message === undefined) expect(await world.run()).toBe(true)
    else await expect(world.run()).rejects.toThrow(message)
  })

  it.each(['ingress.k8s.aws/resources', 'group.ingress.k8s.aws/shared'])(
    'says which Ingress keeps its load balancer by %s',
    async (finalizer) => {
      const world = await scene()
      const metadata = { name: 'web', namespace: 'web', annotations: mark, finalizers: [finalizer] }
      world.kubernetes.seed(ingresses, { metadata, spec: {} })
      await expect(world.run()).rejects.toThrow('load balancers stay behind: web/web')
    },
  )

  it('ends node groups before it begins with the cluster', async () => {
    const world = await scene()
    await world.run()
    const { course } = world.listener
    expect(course.indexOf(`ended stack ${GROUP_STACK}`)).toBeLessThan(
      course.indexOf(`started stack ${CLUSTER_STACK}`),
    )
  })

  it('has nothing to do where there is nothing, and says so', async () => {
    const world = await scene()
    world.stacks.stacks.clear()
    expect(await world.run()).toBe(false)
    expect(world.plans[0]).toMatchObject({ stacks: [], balanced: [], profiles: [] })
    expect(deletions(world)).toEqual([])
  })

  it('names load balancers that do not go', async () => {
    const world = await scene({ finalizers: ['service.k8s.aws/resources'] })
    await expect(world.run()).rejects.toThrow('load balancers stay behind: web/nginx (gave up after 600 s)')
    expect(world.inputsOf('DeleteStack')).toEqual([])
  })

  it('removes the security group that the load balancer controller has left behind', async () => {
    const world = await scene()
    world.groups.push('sg-traffic')
    await world.run()
    expect(world.groups).toEqual([])
    expect(world.listener.course).toContain('ended security group of load balancers')
  })

  it('does not mind an OIDC provider that is gone', async () => {
    const world = await scene({
      handlers: {
        GetOpenIDConnectProvider: () => {
          throw awsFailure('NoSuchEntityException', 'gone')
        },
      },
    })
    await world.run()
    expect(world.inputsOf('DeleteOpenIDConnectProvider')).toEqual([])
  })

  it('removes stacks that were left without a cluster', async () => {
    const world = await scene({
      handlers: {
        DescribeCluster: () => {
          throw awsFailure('ResourceNotFoundException', 'No cluster found')
        },
      },
    })
    await world.run()
    expect(world.stacks.stacks.has(GROUP_STACK)).toBe(false)
    expect(world.kubernetes.actions).toEqual([])
  })

  it('keeps the cluster when a node group cannot be removed', async () => {
    const world = await scene()
    world.stacks.endings.set(GROUP_STACK, 'DELETE_FAILED')
    await expect(world.run()).rejects.toThrow(`stack ${GROUP_STACK} could not be deleted`)
    expect(world.stacks.stacks.get(CLUSTER_STACK)?.status).toBe('CREATE_COMPLETE')
  })

  it('names what is left: the cluster, and load balancers by their tag', async () => {
    const arns = Array.from({ length: 25 }, (_, index) => `arn:lb/${index}`)
    const owner = { Key: 'elbv2.k8s.aws/cluster', Value: 'workshop' }
    const world = await scene({
      handlers: {
        DescribeCluster: () => ({ cluster }),
        DescribeLoadBalancers: () => ({
          LoadBalancers: arns.map((LoadBalancerArn) => ({ LoadBalancerArn })),
        }),
        DescribeTags: ({ ResourceArns }) => ({
          TagDescriptions: (ResourceArns as string[]).map((ResourceArn) => ({
            ResourceArn,
            Tags: [ResourceArn === 'arn:lb/24' ? owner : { ...owner, Value: 'workshop2' }],
          })),
        }),
      },
    })
    await expect(world.run()).rejects.toThrow('still there: cluster workshop, load balancer arn:lb/24')
    // ELBv2 takes at most 20 at once.
    expect(
      world.inputsOf('DescribeTags').map(({ ResourceArns }) => (ResourceArns as string[]).length),
    ).toEqual([20, 5])
  })
})

describe('what is not ours', () => {
  it.each([
    ['another cluster that begins alike', 'eksctl-workshop-prod-cluster', ownTags('workshop-prod')],
    ['a cluster that this one begins like', 'eksctl-work-cluster', ownTags('work')],
    [
      'a cluster called like a part of this one',
      'eksctl-workshop-nodegroup-x-cluster',
      ownTags('workshop-nodegroup-x'),
    ],
    [
      'a stack of this cluster that eksctl made',
      'eksctl-workshop-addon-iamserviceaccount-web-reader',
      tagged(clusterTags('workshop')),
    ],
    ['a stack with our mark and no cluster of eksctl', 'eksctl-workshop-addon-x', tagged(mark)],
    ['a stack without any tag', 'eksctl-workshop-karpenter', []],
  ])('%s stays', async (_, name, tags) => {
    const world = await scene()
    world.stacks.seed(name, { tags })
    await world.run()
    expect([...world.stacks.stacks]).toEqual([[name, expect.objectContaining({ isProtected: true })]])
  })

  it('is named when it looks like a part of the cluster', async () => {
    const world = await scene()
    world.stacks.seed('eksctl-workshop-karpenter', { tags: [] })
    world.stacks.seed('eksctl-workshop-prod-cluster', { tags: ownTags('workshop-prod') })
    await world.run()
    expect(world.plans[0]?.leaves).toEqual([
      { what: 'stack eksctl-workshop-karpenter', because: 'made by somebody else' },
    ])
  })

  it.each([
    [
      'eksctl',
      { ...clusterTags('workshop'), 'alpha.eksctl.io/eksctl-version': '0.230.0' },
      'eksctl 0.230.0',
      'eksctl delete cluster --name workshop --region eu-west-1',
    ],
    ['somebody else', { owner: 'x' }, 'somebody else (owner=x)', 'Remove it with what made it.'],
  ])('is the cluster that %s made: nothing is removed', async (_, tags, maker, remedy) => {
    const world = await scene()
    world.stacks.seed(CLUSTER_STACK, { tags: tagged(tags) })
    await expect(world.run()).rejects.toMatchObject({
      message: `the cluster workshop was made by ${maker}, not by up: nothing was removed`,
      help: expect.stringContaining(remedy),
    })
    expect(deletions(world)).toEqual([])
    expect(world.kubernetes.actions).toEqual([])
  })

  it('is a Service with a load balancer: the cluster stays until it is gone, or --force', async () => {
    const world = await scene()
    world.balanced('of-helm')
    await expect(world.run()).rejects.toMatchObject({
      message: [
        'nothing was removed: something that up did not make is in the way',
        '  Service web/of-helm: made by helm; without the cluster its load balancer would stay behind',
        '    kubectl -n web delete service of-helm',
      ].join('\n'),
      help: 'Remove these first, or have down remove them too with --force.',
    })
    expect(deletions(world)).toEqual([])
    expect(world.kubernetes.actions).toEqual([])

    const forced = await scene({ force: true })
    forced.balanced('of-helm')
    await forced.run()
    const { items } = await forced.kubernetes.list(services)
    // A Service that never got a load balancer leaves nothing behind: it goes with the cluster.
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['waiting', 'inside'])
  })

  it('is a Fargate profile: likewise', async () => {
    const world = await scene({ profileTags: {} })
    await expect(world.run()).rejects.toThrow(
      'aws eks delete-fargate-profile --cluster-name workshop --fargate-profile-name fp',
    )
    expect(deletions(world)).toEqual([])
    const forced = await scene({ profileTags: {}, force: true })
    await forced.run()
    expect(forced.inputsOf('DeleteFargateProfile')).toHaveLength(1)
  })

  it('is a node group: it stays, --force or not', async () => {
    const world = await scene({
      force: true,
      handlers: { ListNodegroups: () => ({ nodegroups: ['ng', 'other'] }) },
    })
    await expect(world.run()).rejects.toMatchObject({
      message: expect.stringContaining('node group other: up did not make it'),
      help: 'Do this first, then run the same command again.',
    })
    expect(deletions(world)).toEqual([])
  })

  it.each([
    new StatusError('Unauthorized', 'Unauthorized'),
    new StatusError('Forbidden', 'services is forbidden'),
    new StatusError('ServiceUnavailable', 'cannot reach the Kubernetes API'),
  ])(
    'is hidden by an API that says $message: the cluster stays, or goes unseen with --force',
    async (error) => {
      const shut = await scene()
      shut.kubernetes.failNext('list', 'services', error)
      const refusal = expect(shut.run()).rejects
      // What cannot be reached may be reached in a moment: whoever knows the region says so.
      if (error.reason === 'ServiceUnavailable') await refusal.toBe(error)
      else
        await refusal.toThrow(`its API could not be asked (${error.message}), and load balancers would stay`)
      expect(deletions(shut)).toEqual([])
      const forced = await scene({ force: true })
      forced.kubernetes.failNext('list', 'services', error)
      expect(await forced.run()).toBe(true)
      expect(forced.plans[0]).toMatchObject({
        leaves: [{ because: `its API could not be asked (${error.message}): look for them in the account` }],
      })
      expect(forced.stacks.stacks.size).toBe(0)
    },
  )

  it('is not hidden by an API that stumbles: nothing is taken for out of reach, --force or not', async () => {
    const error = new StatusError('InternalError', 'etcdserver: request timed out')
    const world = await scene({ force: true })
    world.kubernetes.failNext('list', 'services', error)
    await expect(world.run()).rejects.toThrow('etcdserver: request timed out')
    expect(deletions(world)).toEqual([])
  })

  it('is told what --force does with what cannot be seen', async () => {
    const world = await scene()
    world.kubernetes.failNext('list', 'services', new StatusError('Forbidden', 'services is forbidden'))
    await expect(world.run()).rejects.toMatchObject({
      message: expect.not.stringContaining('that up did not make'),
      help: 'Do this first, or go on with --force: what cannot be seen in the cluster may then stay behind.',
    })
  })

  it('is an OIDC provider: it stays, and is named', async () => {
    const world = await scene({ providerTags: { owner: 'x' } })
    await world.run()
    expect(world.inputsOf('DeleteOpenIDConnectProvider')).toEqual([])
    expect(world.plans[0]?.leaves).toEqual([
      { what: `OIDC provider ${PROVIDER}`, because: 'made by somebody else (owner=x)' },
    ])
  })

  it('is a protection of a stack that was taken over: it stays on', async () => {
    const world = await scene()
    const tags = ownTags().map(({ Key, Value }) => ({ Key, Value: Value === 'up' ? 'adopted' : Value }))
    world.stacks.seed(CLUSTER_STACK, { tags })
    await expect(world.run()).rejects.toThrow('it has termination protection that up did not set')
    expect(deletions(world)).toEqual([])
  })
})
