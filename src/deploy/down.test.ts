import { describe, expect, it } from 'vitest'

import type { Service } from '../../generated/kubernetes.d.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { namespaces, services } from '../kubernetes/client/resources.ts'
import type { ManifestObject } from './apply.ts'
import { down } from './down.ts'
import { createFindResource } from './find-resource.ts'
import { awsFailure, FakeStacks, HastyClock, testDeployment, type Handlers } from './testing/fake-cloud.ts'

const CLUSTER_STACK = 'eksctl-workshop-cluster'
const GROUP_STACK = 'eksctl-workshop-nodegroup-ng'
const cluster = {
  name: 'workshop',
  endpoint: 'https://127.0.0.1:1',
  certificateAuthority: { data: 'Q0E=' },
  identity: { oidc: { issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC' } },
  resourcesVpcConfig: { vpcId: 'vpc-1' },
}
const manifests: readonly ManifestObject[] = [
  { object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }, source: 'x.yaml:1' },
  {
    object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nginx', namespace: 'web' } },
    source: 'x.yaml:9',
  },
]

interface SceneOptions {
  readonly withOIDC?: boolean
  readonly handlers?: Handlers
  readonly finalizers?: string[]
}

async function scene({ withOIDC = true, handlers = {}, finalizers = [] }: SceneOptions = {}) {
  const stacks = new FakeStacks()
  stacks.seed(CLUSTER_STACK, {})
  stacks.seed(GROUP_STACK, {})
  stacks.seed('eksctl-workshop2-cluster', {})
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const service = (name: string, type: 'ClusterIP' | 'LoadBalancer'): Service =>
    kubernetes.seed(services, {
      metadata: { name, namespace: 'web', ...(finalizers.length > 0 ? { finalizers } : {}) },
      spec: { type },
    })
  kubernetes.seed(namespaces, { metadata: { name: 'web' }, spec: {} })
  service('nginx', 'LoadBalancer')
  service('of-somebody-else', 'LoadBalancer')
  service('inside', 'ClusterIP')
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
        return { fargateProfile: { status: 'ACTIVE' } }
      },
      DeleteFargateProfile: () => void (profiles = []),
      GetCallerIdentity: () => ({ Account: '111122223333' }),
      DeleteOpenIDConnectProvider: () => ({}),
      DescribeLoadBalancers: () => ({ LoadBalancers: [] }),
      ...handlers,
    },
    { config: { iam: { withOIDC } }, kubernetes },
  )
  const findResource = () => createFindResource(async () => undefined)
  const run = () => down({ context: world.context, manifests, findResource })
  return { ...world, stacks, kubernetes, run }
}

describe('down', () => {
  it('removes everything in the opposite order of up', async () => {
    const world = await scene()
    await world.run()
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

  it('ends node groups before it begins with the cluster', async () => {
    const world = await scene()
    await world.run()
    const { course } = world.listener
    expect(course.indexOf(`ended stack ${GROUP_STACK}`)).toBeLessThan(
      course.indexOf(`started stack ${CLUSTER_STACK}`),
    )
  })

  it('leaves other clusters alone', async () => {
    const world = await scene()
    await world.run()
    expect([...world.stacks.stacks.keys()]).toEqual(['eksctl-workshop2-cluster'])
  })

  it('removes the load balancers of other manifests too, and no other Service', async () => {
    const world = await scene()
    await world.run()
    const { items } = await world.kubernetes.list(services)
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['inside'])
  })

  it('names load balancers that do not go', async () => {
    const world = await scene({ finalizers: ['service.k8s.aws/resources'] })
    await expect(world.run()).rejects.toThrow(
      'load balancers stay behind: web/nginx, web/of-somebody-else (gave up after 600 s)',
    )
    expect(world.inputsOf('DeleteStack')).toEqual([])
  })

  it('removes the OIDC provider by its ARN, and only where the file has one', async () => {
    const world = await scene()
    await world.run()
    expect(world.inputsOf('DeleteOpenIDConnectProvider')).toEqual([
      {
        OpenIDConnectProviderArn:
          'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC',
      },
    ])
    const without = await scene({ withOIDC: false })
    await without.run()
    expect(without.inputsOf('DeleteOpenIDConnectProvider')).toEqual([])
  })

  it('does not mind an OIDC provider that is gone', async () => {
    const world = await scene({
      handlers: {
        DeleteOpenIDConnectProvider: () => {
          throw awsFailure('NoSuchEntityException', 'gone')
        },
      },
    })
    await world.run()
    expect(world.listener.reports.find(({ title }) => title === 'OIDC provider')?.outcome).toBe('unchanged')
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
