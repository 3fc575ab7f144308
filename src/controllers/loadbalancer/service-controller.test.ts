import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Pod, Service } from '../../../generated/kubernetes.d.ts'
import { systemClock } from '../../base/clock.ts'
import { AwsError } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { endpointSlices, events, nodes, pods, services } from '../../kubernetes/client/resources.ts'
import { until } from '../../network/testing/test-target.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { runController } from '../../reconcile/run-controller.ts'
import { AUTO_MODE, CHART, type Edition } from '../../rules/load-balancer/edition.ts'
import { CLUSTER_GROUP, FakeAws, VPC } from './testing/fake-aws.ts'
import { createServiceController } from './service-controller.ts'
import { bindingsOf } from './target-group-bindings.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'
const KEY = { namespace: 'shop', name: 'web' }

let client: FakeClient
let aws: FakeAws
let supervisor: Supervisor

beforeEach(() => {
  client = new FakeClient({ clock: systemClock })
  aws = new FakeAws()
  for (const [zone, role] of [
    ['a', 'elb'],
    ['b', 'elb'],
    ['a', 'internal-elb'],
  ]) {
    aws.subnets.push({
      SubnetId: `subnet-${role}-${zone}`,
      AvailabilityZone: `eu-west-1${zone}`,
      AvailableIpAddressCount: 250,
      Tags: [{ Key: `kubernetes.io/role/${role}`, Value: '1' }],
    })
  }
  start()
})

afterEach(() => supervisor.stop())

function start(edition: Edition = CHART): void {
  supervisor = new Supervisor(silentLog)
  const environment = { clock: systemClock, log: silentLog, supervisor }
  const context = createControllerContext({ client, ...environment })
  const options = {
    context,
    aws,
    clusterName: 'demo',
    vpcId: VPC,
    region: 'eu-west-1',
    hasBindings: true,
    edition,
  }
  for (const controller of createServiceController(options)) runController(controller, environment)
}

function seedService(annotations: Record<string, string> = {}, spec: Partial<Service['spec']> = {}): void {
  client.seed(services, {
    metadata: {
      ...KEY,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]),
      ),
    },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'service.k8s.aws/nlb',
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }],
      ...spec,
    },
  })
}

async function change(how: (service: Service) => Service): Promise<void> {
  await client.update(services, how(await client.get(services, KEY)))
}

async function annotate(annotations: Record<string, string>): Promise<void> {
  const named = Object.entries(annotations).map(([key, value]) => [PREFIX + key, value])
  await change((service) => ({
    ...service,
    metadata: { ...service.metadata, annotations: Object.fromEntries(named) as Record<string, string> },
  }))
}

/** How often the Service was brought to AWS. */
function passes(): number {
  return aws.calls.filter(({ operation }) => operation === 'DescribeLoadBalancers').length
}

function managedGroups() {
  return [...aws.securityGroups.values()].filter(({ GroupName }) =>
    String(GroupName).startsWith('k8s-shop-web-'),
  )
}

function seedPod(name: string, ip: string, options: { ready?: boolean; gate?: string } = {}): Pod {
  const { ready = true, gate } = options
  const pod = client.seed(pods, {
    metadata: { namespace: 'shop', name },
    spec: { containers: [{ name: 'web' }], ...(gate && { readinessGates: [{ conditionType: gate }] }) },
    status: {
      podIP: ip,
      conditions: [{ type: 'ContainersReady', status: ready || gate ? 'True' : 'False' }],
    },
  } as never)
  client.seed(endpointSlices, {
    metadata: { namespace: 'shop', name: `web-${name}`, labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port: 8080, protocol: 'TCP', name: '' }],
    endpoints: [
      {
        addresses: [ip],
        conditions: { ready: ready && !gate, serving: ready, terminating: false },
        targetRef: { kind: 'Pod', namespace: 'shop', name, uid: pod.metadata.uid },
      },
    ],
  })
  return pod
}

async function hostname(): Promise<string | undefined> {
  return (await client.get(services, KEY)).status?.loadBalancer?.ingress?.[0]?.hostname
}

function registered(): string[] {
  return [...aws.targets.values()].flatMap((targets) => [...targets.keys()])
}

async function eventTexts(): Promise<string[]> {
  return (await client.list(events)).items.map(({ reason, message }) => `${reason}: ${message}`)
}

async function reconciled(): Promise<void> {
  await until('a hostname', async () => (await hostname()) !== undefined)
}

describe('a Service with target type ip', () => {
  const ip = { 'nlb-target-type': 'ip', scheme: 'internet-facing' }

  it('gets a load balancer, a listener, a target group and its pods as targets', async () => {
    seedPod('web-1', '10.0.0.11')
    seedPod('web-2', '10.0.1.12')
    seedService(ip)
    await reconciled()
    await until('two targets', () => registered().length === 2)
    expect(registered().toSorted()).toEqual(['10.0.0.11:8080', '10.0.1.12:8080'])
    const [balancer] = aws.loadBalancers.values()
    expect(balancer).toMatchObject({ Scheme: 'internet-facing' })
    expect(balancer?.['AvailabilityZones']).toEqual([
      { SubnetId: 'subnet-elb-a' },
      { SubnetId: 'subnet-elb-b' },
    ])
    expect(await hostname()).toBe(String(balancer?.['DNSName']).toLowerCase())
    const [group] = aws.targetGroups.values()
    expect(group).toMatchObject({
      Protocol: 'TCP',
      Port: 8080,
      TargetType: 'ip',
      HealthCheckProtocol: 'TCP',
      HealthCheckPort: 'traffic-port',
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 3,
    })
    const tags = Object.fromEntries(
      (aws.tags.get(String(group?.['TargetGroupArn'])) ?? []).map((t) => [t.Key, t.Value]),
    )
    expect(tags).toEqual({
      'elbv2.k8s.aws/cluster': 'demo',
      'service.k8s.aws/stack': 'shop/web',
      'service.k8s.aws/resource': 'shop/web:80',
    })
    await until('the event', async () =>
      (await eventTexts()).includes('SuccessfullyReconciled: Successfully reconciled'),
    )
    expect((await client.get(services, KEY)).metadata.finalizers).toEqual(['service.k8s.aws/resources'])
  })

  it('follows its pods', async () => {
    const pod = seedPod('web-1', '10.0.0.11')
    seedService(ip)
    await until('one target', () => registered().length === 1)
    seedPod('web-2', '10.0.1.12')
    await until('two targets', () => registered().length === 2)
    await client.delete(endpointSlices, { namespace: 'shop', name: `web-${pod.metadata.name}` })
    await until('the other target', () => registered().join() === '10.0.1.12:8080')
  })

  it('leaves out pods that are not ready', async () => {
    seedPod('web-1', '10.0.0.11', { ready: false })
    seedPod('web-2', '10.0.1.12')
    seedService(ip)
    await until('one target', () => registered().length === 1)
    expect(registered()).toEqual(['10.0.1.12:8080'])
  })

  it('is left alone by a second start: what is there is found by its tags', async () => {
    seedPod('web-1', '10.0.0.11')
    seedService(ip)
    await until('one target', () => registered().length === 1)
    await supervisor.stop()
    const before = aws.writes().length
    const calls = aws.calls.length
    start()
    await until('a look at the targets', () =>
      aws.calls.slice(calls).some(({ operation }) => operation === 'DescribeTargetHealth'),
    )
    expect(aws.writes().slice(before)).toEqual([])
  })

  it('asks AWS nothing after its own writes', async () => {
    seedService(ip)
    await reconciled()
    await until('the event', async () => (await eventTexts()).length > 0)
    const creates = aws.calls.filter(({ operation }) => operation === 'DescribeLoadBalancers')
    expect(creates).toHaveLength(1)
  })

  it('opens and registers what a changed Service asks for', async () => {
    seedService(ip)
    await reconciled()
    const service = await client.get(services, KEY)
    const port = { port: 8443, targetPort: 8443, protocol: 'TCP' as const, name: 'tls' }
    const [first] = service.spec.ports ?? []
    await client.update(services, {
      ...service,
      spec: { ...service.spec, ports: [{ ...first!, name: 'web' }, port] },
    })
    await until('two listeners', () => aws.listeners.size === 2)
    expect([...aws.listeners.values()].map((one) => one['Port'])).toEqual([80, 8443])
  })

  it('serves TLS with the certificates that it names, and follows them', async () => {
    const listener = () => [...aws.listeners.values()][0]
    const others = () => [...aws.certificates.values()].flat().map((one) => one['CertificateArn'])
    seedService({ 'ssl-cert': 'arn:a,arn:b', 'backend-protocol': 'ssl', 'alpn-policy': 'HTTP2Optional' })
    // The default one too, as the controller does.
    await until('both certificates', () => others().join() === 'arn:a,arn:b')
    expect(listener()).toMatchObject({
      Protocol: 'TLS',
      Certificates: [{ CertificateArn: 'arn:a' }],
      SslPolicy: 'ELBSecurityPolicy-2016-08',
      AlpnPolicy: ['HTTP2Optional'],
    })
    expect([...aws.targetGroups.values()][0]).toMatchObject({ Protocol: 'TLS' })
    await annotate({ 'ssl-cert': 'arn:c,arn:d', 'backend-protocol': 'ssl' })
    await until('other certificates', () => others().join() === 'arn:c,arn:d')
    expect(listener()).toMatchObject({ Certificates: [{ CertificateArn: 'arn:c' }] })
    await annotate({})
    await until('no TLS', () => listener()?.['Protocol'] === 'TCP')
  })

  it('is taken down in order when it is deleted', async () => {
    seedService(ip)
    await reconciled()
    await client.delete(services, KEY)
    await until('the Service to go', async () => (await client.list(services)).items.length === 0)
    expect(aws.loadBalancers.size + aws.targetGroups.size).toBe(0)
    expect([...aws.securityGroups.keys()]).toEqual([CLUSTER_GROUP])
    const deletes = aws.writes().filter((name) => name.startsWith('Delete'))
    expect(deletes.slice(0, 3)).toEqual(['DeleteLoadBalancer', 'DeleteTargetGroup', 'DeleteSecurityGroup'])
  })

  it('keeps its target group when the port of its pods changes', async () => {
    seedService(ip)
    await reconciled()
    const before = [...aws.targetGroups.keys()]
    await change((service) => {
      const [port] = service.spec.ports ?? []
      return { ...service, spec: { ...service.spec, ports: [{ ...port!, targetPort: 9090 }] } }
    })
    await until('another pass', () => passes() > 1)
    expect([...aws.targetGroups.keys()]).toEqual(before)
  })

  it('hands changed tags on to everything that it made', async () => {
    seedService({ ...ip, 'additional-resource-tags': 'team=a,stage=test' })
    await reconciled()
    const everything = (): Record<string, string>[] =>
      [
        ...aws.tags.values(),
        ...managedGroups().map(({ Tags }) => Tags as { Key: string; Value: string }[]),
      ].map((tags) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])))
    // The load balancer, its target group, its listener and its security group.
    expect(everything().map(({ team, stage }) => [team, stage])).toEqual(Array(4).fill(['a', 'test']))
    await annotate({ ...ip, 'additional-resource-tags': 'team=b' })
    await until('the new tags', () => everything().every(({ team, stage }) => team === 'b' && !stage))
    expect(everything().every((tags) => tags['elbv2.k8s.aws/cluster'] === 'demo')).toBe(true)
  })

  it('stays while it is protected from deletion, and says so', async () => {
    seedService({ ...ip, attributes: 'deletion_protection.enabled=true' })
    await reconciled()
    await client.delete(services, KEY)
    const text =
      'FailedBuildModel: Failed build model due to deletion_protection is enabled, cannot delete the service: web'
    await until('the event', async () => (await eventTexts()).includes(text))
    expect(aws.loadBalancers.size).toBe(1)
    await annotate({ ...ip, attributes: 'deletion_protection.enabled=false' })
    await until('the Service to go', async () => (await client.list(services)).items.length === 0)
    expect(aws.loadBalancers.size).toBe(0)
  })

  it('follows who may connect', async () => {
    seedService(ip)
    await reconciled()
    const ranges = (): unknown[] =>
      managedGroups().flatMap(({ IpPermissions }) => IpPermissions as { IpRanges: { CidrIp: string }[] }[])
    expect(ranges()).toMatchObject([{ FromPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }])
    await change((service) => ({
      ...service,
      spec: { ...service.spec, loadBalancerSourceRanges: ['10.0.0.0/8'] },
    }))
    await until(
      'the new rule alone',
      () => JSON.stringify(ranges()).includes('10.0.0.0/8') && ranges().length === 1,
    )
  })

  it('opens the gates of its pods when it goes', async () => {
    seedService(ip)
    await reconciled()
    const [group] = aws.targetGroups.values()
    const gate = `target-health.elbv2.k8s.aws/${String(group?.['TargetGroupName'])}`
    seedPod('web-1', '10.0.0.11', { gate })
    const condition = async () =>
      (await client.get(pods, { namespace: 'shop', name: 'web-1' })).status?.conditions?.find(
        (one) => one.type === gate,
      )
    await until('the gate', async () => (await condition())?.status === 'False')
    await client.delete(services, KEY)
    await until('the gate to open', async () => (await condition())?.status === 'True')
    expect(await condition()).toMatchObject({ message: 'Target Group Binding is deleted' })
  })

  it('keeps trying while AWS refuses to delete', async () => {
    seedService(ip)
    await reconciled()
    aws.failNext('DeleteTargetGroup', new AwsError('ResourceInUse', 'in use by a listener'))
    await client.delete(services, KEY)
    await until('the Service to go', async () => (await client.list(services)).items.length === 0)
    expect(aws.targetGroups.size).toBe(0)
  })

  it('says True to a readiness gate only when the target is healthy', async () => {
    seedService(ip)
    await reconciled()
    const [group] = aws.targetGroups.values()
    const gate = `target-health.elbv2.k8s.aws/${String(group?.['TargetGroupName'])}`
    seedPod('web-1', '10.0.0.11', { gate })
    const condition = async () =>
      (await client.get(pods, { namespace: 'shop', name: 'web-1' })).status?.conditions?.find(
        (one) => one.type === gate,
      )
    await until('the gate', async () => (await condition())?.status === 'False')
    expect(await condition()).toMatchObject({ reason: 'Elb.InitialHealthChecking' })
    aws.targets.get(String(group?.['TargetGroupArn']))?.set('10.0.0.11:8080', 'healthy')
    await until('the gate to open', async () => (await condition())?.status === 'True')
  })
})

describe('a Service with target type instance', () => {
  function seedNode(name: string, options: { providerId: string; labels?: Record<string, string> }): void {
    client.seed(nodes, {
      metadata: { name, labels: options.labels ?? {} },
      spec: { providerID: options.providerId },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
  }

  it('gets the EC2 nodes and never a Fargate node', async () => {
    seedNode('ec2', { providerId: 'aws:///eu-west-1a/i-0123456789abcdef0' })
    const labels = { 'eks.amazonaws.com/compute-type': 'fargate' }
    seedNode('fargate', { providerId: 'aws:///eu-west-1a/abc/fargate-ip-10-0-0-1', labels })
    seedService()
    await until('a target', () => registered().length === 1)
    expect(registered()).toEqual(['i-0123456789abcdef0:30080'])
  })

  it('gets a hostname and no targets on Fargate alone, without a warning', async () => {
    const labels = { 'eks.amazonaws.com/compute-type': 'fargate' }
    seedNode('fargate', { providerId: 'aws:///eu-west-1a/abc/fargate-ip-10-0-0-1', labels })
    seedService()
    await reconciled()
    // One of the Service, one of its TargetGroupBinding.
    await until('the events', async () => (await eventTexts()).length > 1)
    expect(registered()).toEqual([])
    const said = 'SuccessfullyReconciled: Successfully reconciled'
    expect(await eventTexts()).toEqual([said, said])
  })
})

describe('a Service that cannot be', () => {
  it.each([
    [{ scheme: 'public' }, 'unknown scheme: public'],
    [{ name: 'x'.repeat(33) }, 'load balancer name cannot be longer than 32 characters'],
    [
      { scheme: 'internet-facing', 'eip-allocations': 'eipalloc-1,eipalloc-2,eipalloc-3' },
      'count of EIP allocations (3) and subnets (2) must match',
    ],
    [
      { 'healthcheck-interval': 'often' },
      `failed to parse int32 annotation, ${PREFIX}healthcheck-interval: often: strconv.ParseInt: parsing "often": invalid syntax`,
    ],
    [
      { subnets: 'subnet-nope' },
      "failed to list subnets by names or IDs: couldn't find all subnets, want: [subnet-nope], found: []",
    ],
  ])('is told why: %j', async (annotations, text) => {
    seedService(annotations)
    const wanted = `FailedBuildModel: Failed build model due to ${text}`
    await until('the event', async () => (await eventTexts()).includes(wanted))
    expect(aws.loadBalancers.size).toBe(0)
    // Nothing was made, so nothing has to be removed before the Service may go.
    expect((await client.get(services, KEY)).metadata.finalizers ?? []).toEqual([])
  })

  it('is told which protocols are carried', async () => {
    seedService({}, { ports: [{ port: 53, protocol: 'SCTP', nodePort: 30053 }] })
    await until('the event', async () =>
      (await eventTexts()).some((text) => text.includes('TCP and UDP only')),
    )
  })

  it('is told when no subnet will do', async () => {
    aws.subnets.splice(0, aws.subnets.length, {
      SubnetId: 'subnet-full',
      AvailabilityZone: 'eu-west-1a',
      AvailableIpAddressCount: 3,
      Tags: [{ Key: 'kubernetes.io/role/internal-elb', Value: '' }],
    })
    seedService()
    const text =
      'FailedBuildModel: Failed build model due to unable to resolve at least one subnet. Evaluated 1 subnets: ' +
      '0 are tagged for other clusters, and 1 have insufficient available IP addresses'
    await until('the event', async () => (await eventTexts()).includes(text))
  })
})

it('makes one shared security group for Services that come together', async () => {
  for (const name of ['one', 'two', 'three']) {
    client.seed(services, {
      metadata: { namespace: 'shop', name },
      spec: {
        type: 'LoadBalancer',
        loadBalancerClass: 'service.k8s.aws/nlb',
        ports: [{ port: 80, nodePort: 30080 }],
      },
    })
  }
  await until('three load balancers', () => aws.loadBalancers.size === 3)
  const names = [...aws.securityGroups.values()].map(({ GroupName }) => String(GroupName))
  expect(names.filter((name) => name.startsWith('k8s-traffic-'))).toHaveLength(1)
})

it('leaves Services of other classes alone', async () => {
  seedService({}, { loadBalancerClass: 'example.com/other' })
  client.seed(services, {
    metadata: { namespace: 'shop', name: 'claimed' },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'service.k8s.aws/nlb',
      ports: [{ port: 81, nodePort: 30081 }],
    },
  })
  await until('the other one', () => aws.loadBalancers.size === 1)
  expect((await client.get(services, KEY)).metadata.finalizers ?? []).toEqual([])
})

it('marks what is its own by the names of EKS Auto Mode', async () => {
  await supervisor.stop()
  start(AUTO_MODE)
  seedService({}, { loadBalancerClass: 'eks.amazonaws.com/nlb' })
  await reconciled()
  expect((await client.get(services, KEY)).metadata.finalizers).toEqual([
    'service.eks.amazonaws.com/resources',
  ])
  const ours = [...aws.securityGroups.values()].filter((group) => String(group.GroupName).startsWith('k8s-'))
  const tags = ours.flatMap(({ Tags }) => Tags as { Key: string; Value: string }[])
  const tagged = tags.map(({ Key, Value }) => `${Key}=${Value}`)
  expect([...new Set(tagged)].toSorted()).toEqual([
    'eks:eks-cluster-name=demo',
    'service.eks.amazonaws.com/resource=ManagedBackendSecurityGroup',
    'service.eks.amazonaws.com/resource=ManagedLBSecurityGroup',
    'service.eks.amazonaws.com/stack=shop/web',
  ])
  const { items } = await client.list(bindingsOf(AUTO_MODE))
  expect(items.map(({ metadata }) => metadata.labels)).toEqual([
    {
      'service.eks.amazonaws.com/stack-namespace': 'shop',
      'service.eks.amazonaws.com/stack-name': 'web',
    },
  ])
  await client.delete(services, KEY)
  await until('nothing is left', () => aws.loadBalancers.size === 0 && managedGroups().length === 0)
})
