import type { LoadBalancerDescription } from '@aws-sdk/client-elastic-load-balancing'
import type { DescribeInstancesResult, DescribeSecurityGroupsResult } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { createElb } from '../../aws/services/elb/index.ts'
import { createElbv2 } from '../../aws/services/elbv2/index.ts'
import { idlePlane } from '../../aws/testing/whole-region.ts'
import { createTestRegion, type TestRegion } from '../../aws/testing/test-region.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { nodes, services } from '../../kubernetes/client/resources.ts'
import { runController } from '../../reconcile/run-controller.ts'
import { COMPUTE_TYPE } from '../../rules/fargate/match.ts'
import { CLEANUP_FINALIZER } from '../../rules/load-balancer/classic.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createCloudServiceController } from './controller.ts'

const NAME = 'a11111111222233334444555555555555'.slice(0, 32)
const SUBNETS = ['a', 'b'].map((letter) => `subnet-0000000000000000${letter}`)
const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

type Shape = Partial<Pick<Service, 'spec'>> & { readonly annotations?: Record<string, string> }

/** A cluster with one EC2 node beside a region whose load balancers carry nothing. */
class Stage extends Rehearsal {
  readonly region: TestRegion
  readonly #aws = new Supervisor(silentLog)

  private constructor(region: TestRegion) {
    super()
    this.region = region
  }

  static async open(): Promise<Stage> {
    const stage = new Stage(await createTestRegion())
    const { deps, ec2, acm } = stage.region
    const elb = createElb(deps, { plane: idlePlane, ingress: ec2.ingress, certificates: acm })
    const elbv2 = createElbv2(deps, { plane: idlePlane, ingress: ec2.ingress, certificates: acm })
    stage.region.services.push(elb.service, elbv2.service)
    for (const controller of [...elb.controllers, ...elbv2.controllers, ...ec2.controllers]) {
      runController(controller, { clock: deps.clock, log: silentLog, supervisor: stage.#aws })
    }
    const { vpcId } = await ec2.prepareNetwork({
      subnets: SUBNETS.map((id, at) => ({ id, zone: `${deps.region}${'ab'[at]}`, public: true })),
    })
    stage.client.seed(nodes, {
      metadata: { name: 'micro', labels: { [COMPUTE_TYPE]: 'fargate' } },
      spec: { providerID: 'aws:///x/fargate-1' },
    })
    const { context } = stage
    stage.start(createCloudServiceController({ context, aws: deps.caller, clusterName: 'demo', vpcId }))
    return stage
  }

  async launch(name: string): Promise<string> {
    type Answer = { readonly Instances: readonly { readonly InstanceId: string }[] }
    const { Instances } = await this.region.deps.caller.call<Answer>('ec2', 'RunInstances', {
      ImageId: 'ami-1',
      InstanceType: 't3.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: SUBNETS[0],
    })
    const id = Instances[0]?.InstanceId ?? ''
    await this.until('it runs', async () => (await this.stateOf(id)) === 'running')
    await this.client.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      spec: { providerID: `aws:///us-east-1a/${id}` },
    })
    return id
  }

  async stateOf(instanceId: string): Promise<string | undefined> {
    const { Reservations = [] } = await this.region.deps.caller.call<DescribeInstancesResult>(
      'ec2',
      'DescribeInstances',
      { InstanceIds: [instanceId] },
    )
    return Reservations[0]?.Instances?.[0]?.State?.Name
  }

  serve({ annotations = {}, spec }: Shape = {}): void {
    this.client.seed(services, {
      metadata: { name: 'web', namespace: 'shop', uid: '11111111-2222-3333-4444-555555555555', annotations },
      spec: { type: 'LoadBalancer', ports: [{ port: 80, protocol: 'TCP', nodePort: 31_080 }], ...spec },
    })
  }

  async balancers(): Promise<readonly LoadBalancerDescription[]> {
    type Answer = { readonly LoadBalancerDescriptions: readonly LoadBalancerDescription[] }
    const answer = await this.region.deps.caller.call<Answer>('elb', 'DescribeLoadBalancers', {})
    return answer.LoadBalancerDescriptions
  }

  async groups(name: string): Promise<NonNullable<DescribeSecurityGroupsResult['SecurityGroups']>> {
    const answer = await this.region.deps.caller.call<DescribeSecurityGroupsResult>(
      'ec2',
      'DescribeSecurityGroups',
      { Filters: [{ Name: 'group-name', Values: [name] }] },
    )
    return answer.SecurityGroups ?? []
  }

  async service(): Promise<Service> {
    return await this.client.get(services, { namespace: 'shop', name: 'web' })
  }

  async ready(): Promise<Service> {
    await this.until('a hostname', async () => {
      const { status } = await this.service()
      return status?.loadBalancer?.ingress?.[0]?.hostname !== undefined
    })
    return await this.service()
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.#aws.stop()
  }
}

describe('the cloud controller', () => {
  test('makes a Classic Load Balancer to the ports of nodes', async () => {
    await using stage = await Stage.open()
    const id = await stage.launch('node')
    stage.serve()
    const { metadata, status } = await stage.ready()
    expect(metadata.finalizers).toEqual([CLEANUP_FINALIZER])
    const [balancer] = await stage.balancers()
    expect(balancer).toMatchObject({
      LoadBalancerName: NAME,
      Scheme: 'internet-facing',
      Subnets: SUBNETS,
      Instances: [{ InstanceId: id }],
      HealthCheck: {
        Target: 'TCP:31080',
        Interval: 10,
        Timeout: 5,
        HealthyThreshold: 2,
        UnhealthyThreshold: 6,
      },
      ListenerDescriptions: [
        {
          Listener: { Protocol: 'TCP', LoadBalancerPort: 80, InstanceProtocol: 'TCP', InstancePort: 31_080 },
        },
      ],
    })
    expect(status?.loadBalancer?.ingress).toEqual([{ hostname: balancer?.DNSName }])
    expect(await stage.told()).toEqual([
      'EnsuringLoadBalancer: Ensuring load balancer',
      'EnsuredLoadBalancer: Ensured load balancer',
    ])
  })

  test('lets clients in at its ports, and itself in at the nodes', async () => {
    await using stage = await Stage.open()
    await stage.launch('node')
    stage.serve({
      spec: {
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        ports: [{ port: 80, nodePort: 31_080 }],
      },
    })
    await stage.ready()
    const [group] = await stage.groups(`k8s-elb-${NAME}`)
    expect(group?.IpPermissions).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
      { IpProtocol: 'icmp', FromPort: 3, ToPort: 4, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
    ])
    const [ofNodes] = await stage.groups('default')
    expect(JSON.stringify(ofNodes?.IpPermissions)).toContain(group?.GroupId)
  })

  test('follows the nodes, and says so', async () => {
    await using stage = await Stage.open()
    await stage.client.delete(nodes, { name: 'micro' })
    stage.serve()
    await stage.ready()
    const id = await stage.launch('late')
    await stage.until('it is registered', async () => {
      const [balancer] = await stage.balancers()
      return balancer?.Instances?.[0]?.InstanceId === id
    })
    await stage.settle()
    expect(await stage.told()).toEqual([
      'EnsuringLoadBalancer: Ensuring load balancer',
      'UnAvailableLoadBalancer: There are no available nodes for LoadBalancer',
      'EnsuredLoadBalancer: Ensured load balancer',
      'UpdatedLoadBalancer: Updated load balancer with new hosts',
    ])
  })

  test('leaves it pending while all nodes are of Fargate', async () => {
    await using stage = await Stage.open()
    stage.serve()
    await stage.settle()
    expect(await stage.told()).toEqual(['EnsuringLoadBalancer: Ensuring load balancer'])
    expect(await stage.balancers()).toEqual([])
    await stage.launch('first')
    await stage.ready()
    expect(await stage.told()).toEqual([
      'EnsuringLoadBalancer: Ensuring load balancer',
      'EnsuredLoadBalancer: Ensured load balancer',
    ])
  })

  test('has instances be told whose connection it is, and negotiates by the policy that it is given', async () => {
    await using stage = await Stage.open()
    await stage.launch('node')
    const { CertificateArn } = await stage.region.deps.caller.call<{ CertificateArn: string }>(
      'acm',
      'RequestCertificate',
      { DomainName: 'web.example.com' },
    )
    const policy = 'ELBSecurityPolicy-TLS-1-2-2017-01'
    stage.serve({
      annotations: {
        [`${PREFIX}proxy-protocol`]: '*',
        [`${PREFIX}ssl-cert`]: CertificateArn,
        [`${PREFIX}ssl-negotiation-policy`]: policy,
      },
    })
    const service = await stage.ready()
    expect(await stage.balancers()).toMatchObject([
      {
        BackendServerDescriptions: [{ InstancePort: 31_080, PolicyNames: ['k8s-proxyprotocol-enabled'] }],
        ListenerDescriptions: [{ PolicyNames: [`k8s-SSLNegotiationPolicy-${policy}`] }],
      },
    ])
    const { [`${PREFIX}proxy-protocol`]: _, ...annotations } = service.metadata.annotations ?? {}
    const ports = [{ port: 80, protocol: 'TCP' as const, nodePort: 31_081 }]
    await stage.client.update(services, {
      ...service,
      metadata: { ...service.metadata, annotations },
      spec: { ...service.spec, ports },
    })
    await stage.until('nobody is told any more', async () => {
      const [balancer] = await stage.balancers()
      return balancer?.BackendServerDescriptions?.length === 0
    })
  })

  test('makes a Network Load Balancer where the type asks for it, follows the nodes, and removes it', async () => {
    await using stage = await Stage.open()
    const first = await stage.launch('first')
    const [group] = await stage.groups('default')
    // As EKS tags the group of a cluster: rules are taken away from such ones alone.
    await stage.region.deps.caller.call('ec2', 'CreateTags', {
      Resources: [group?.GroupId],
      Tags: [{ Key: 'kubernetes.io/cluster/demo', Value: 'owned' }],
    })
    const ports = [{ port: 80, protocol: 'TCP' as const, nodePort: 31_080 }]
    stage.serve({
      annotations: { [`${PREFIX}type`]: 'nlb', [`${PREFIX}cross-zone-load-balancing-enabled`]: 'true' },
      spec: { type: 'LoadBalancer', ports, loadBalancerSourceRanges: ['192.0.2.0/24'] },
    })
    const service = await stage.ready()
    const ask = <T>(operation: string, input: object = {}): Promise<T> =>
      stage.region.deps.caller.call<T>('elbv2', operation, input)
    type Groups = { readonly TargetGroups: readonly { readonly TargetGroupArn: string }[] }
    type Health = {
      readonly TargetHealthDescriptions: readonly { readonly Target: { readonly Id: string } }[]
    }
    const { TargetGroups } = await ask<Groups>('DescribeTargetGroups')
    expect(TargetGroups).toMatchObject([
      {
        TargetGroupName: expect.stringMatching(/^k8s-shop-web-[0-9a-f]{10}$/),
        Port: 31_080,
        HealthCheckProtocol: 'TCP',
        HealthCheckIntervalSeconds: 30,
        HealthyThresholdCount: 3,
      },
    ])
    const registered = async () => {
      const TargetGroupArn = TargetGroups[0]?.TargetGroupArn
      const { TargetHealthDescriptions: all } = await ask<Health>('DescribeTargetHealth', { TargetGroupArn })
      return all.map(({ Target }) => Target.Id)
    }
    expect(await registered()).toEqual([first])
    const rules = async () => {
      const [ofNodes] = await stage.groups('default')
      return (ofNodes?.IpPermissions ?? []).flatMap(({ FromPort, IpRanges = [] }) =>
        IpRanges.map(({ CidrIp, Description }) => [FromPort, CidrIp, Description]),
      )
    }
    const found = await rules()
    expect(found).toContainEqual([31_080, '192.0.2.0/24', `kubernetes.io/rule/nlb/client=${NAME}`])
    expect(found).toContainEqual([3, '192.0.2.0/24', 'kubernetes.io/rule/nlb/mtu'])
    expect(found.filter(([, , what]) => what === `kubernetes.io/rule/nlb/health=${NAME}`)).toHaveLength(2)
    const second = await stage.launch('second')
    await stage.until('the second is registered', async () => (await registered()).includes(second))
    await stage.client.update(services, { ...service, spec: { ...service.spec, type: 'ClusterIP' } })
    await stage.until('it is gone', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      const { metadata } = await stage.service()
      return (metadata.finalizers ?? []).length === 0
    })
    expect((await ask<{ LoadBalancers: [] }>('DescribeLoadBalancers')).LoadBalancers).toEqual([])
    expect((await ask<Groups>('DescribeTargetGroups')).TargetGroups).toEqual([])
    expect(await rules()).toEqual([])
  })

  test('removes all that it made when the Service goes, or is of another type', async () => {
    await using stage = await Stage.open()
    await stage.launch('node')
    stage.serve()
    const service = await stage.ready()
    await stage.client.update(services, { ...service, spec: { ...service.spec, type: 'ClusterIP' } })
    await stage.until('it is gone', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      const { metadata, status } = await stage.service()
      return (metadata.finalizers ?? []).length === 0 && status?.loadBalancer?.ingress === undefined
    })
    expect(await stage.balancers()).toEqual([])
    expect(await stage.groups(`k8s-elb-${NAME}`)).toEqual([])
    const [ofNodes] = await stage.groups('default')
    expect(ofNodes?.IpPermissions).toHaveLength(1)
    expect(await stage.told()).toContain('DeletedLoadBalancer: Deleted load balancer')
  })

  test.each<[string, Shape, string]>([
    [
      'security groups beside those of a Network Load Balancer',
      { annotations: { [`${PREFIX}type`]: 'nlb', [`${PREFIX}extra-security-groups`]: 'sg-1' } },
      `BYO extra security group annotation "${PREFIX}extra-security-groups" is not supported by NLB`,
    ],
    [
      'UDP',
      { spec: { type: 'LoadBalancer', ports: [{ port: 53, protocol: 'UDP' }] } },
      'Protocol UDP not supported by LoadBalancer',
    ],
    [
      'session affinity',
      { spec: { type: 'LoadBalancer', ports: [{ port: 80 }], sessionAffinity: 'ClientIP' } },
      'unsupported load balancer affinity: ClientIP',
    ],
  ])('says that it makes none for %s', async (_, shape, why) => {
    await using stage = await Stage.open()
    stage.serve(shape)
    await stage.settle()
    expect(await stage.told()).toEqual([
      'EnsuringLoadBalancer: Ensuring load balancer',
      `SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: ${why}`,
    ])
  })

  test.each<[string, Shape]>([
    ['that has a class', { spec: { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' } }],
    ['that is left to the other controller', { annotations: { [`${PREFIX}type`]: 'external' } }],
    ['of its old type', { annotations: { [`${PREFIX}type`]: 'nlb-ip' } }],
    ['of another type', { spec: { type: 'ClusterIP' } }],
  ])('has nothing to do with a Service %s', async (_, shape) => {
    await using stage = await Stage.open()
    stage.serve(shape)
    await stage.settle()
    expect(await stage.told()).toEqual([])
    expect(await stage.balancers()).toEqual([])
  })
})
