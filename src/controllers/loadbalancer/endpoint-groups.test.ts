import { beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { CHART } from '../../rules/load-balancer/edition.ts'
import { buildTargetGroup } from '../../rules/load-balancer/target-group.ts'
import { sampleService, type Variation } from '../../rules/load-balancer/testing/sample-service.ts'
import { networkingOf } from '../../rules/load-balancer/target-group-binding.ts'
import type { Binding } from './bindings.ts'
import { Ec2Provider } from './ec2-provider.ts'
import { EndpointGroups } from './endpoint-groups.ts'
import { EndpointInterfaces } from './endpoint-interfaces.ts'
import { CLUSTER_GROUP, FakeAws, VPC } from './testing/fake-aws.ts'

let aws: FakeAws
let clock: FakeClock
let groups: EndpointGroups
let backend: string
let services: string[]

beforeEach(async () => {
  aws = new FakeAws()
  clock = new FakeClock()
  const options = { aws, clusterName: 'demo', vpcId: VPC }
  const ec2 = new Ec2Provider(options)
  services = ['shop/web', 'shop/api']
  const interfaces = new EndpointInterfaces(options)
  groups = new EndpointGroups({ ec2, interfaces, clock, edition: CHART, serviceKeys: () => services })
  const made = await ec2.securityGroups({ kind: 'given', groups: [CLUSTER_GROUP], isBackendManaged: true })
  backend = made.backend ?? ''
})

function filled(port: number, variation: Variation = {}) {
  const annotations = { 'nlb-target-type': 'ip', ...variation.annotations }
  const service = sampleService({ ...variation, annotations })
  const [servicePort] = service.spec.ports ?? []
  const model = buildTargetGroup({
    cluster: 'demo',
    service,
    ipAddressType: 'ipv4',
    port: { ...servicePort!, targetPort: port },
    listener: { protocol: 'TCP', groupProtocol: 'TCP' },
    tags: () => ({}),
  })
  const binding: Binding = { model, arn: 'arn', networking: networkingOf(model, { groupId: backend }) }
  return [{ binding, targets: [{ Id: `10.0.0.${port % 250}`, Port: port }] }]
}

/** `from-to` of the rules of the cluster's group. */
function open(groupId = CLUSTER_GROUP): string[] {
  const rules = aws.securityGroups.get(groupId)?.['IpPermissions'] as {
    FromPort: number
    ToPort: number
    UserIdGroupPairs: { GroupId: string; Description: string }[]
  }[]
  return rules.map(({ FromPort, ToPort, UserIdGroupPairs: [pair] }) => {
    expect(pair).toEqual({ GroupId: backend, Description: 'elbv2.k8s.aws/targetGroupBinding=shared' })
    return `${FromPort}-${ToPort}`
  })
}

describe('the security group of the targets', () => {
  it('lets the load balancers in on all ports that any of them needs', async () => {
    await groups.set('shop/web', filled(8080))
    expect(open()).toEqual(['8080-8080'])
    await groups.set('shop/api', filled(9090, { annotations: { 'healthcheck-port': '7070' } }))
    expect(open()).toEqual(['7070-9090'])
  })

  it('is closed as far as nobody needs it any more', async () => {
    await groups.set('shop/web', filled(8080))
    await groups.set('shop/api', filled(9090))
    services = ['shop/web']
    await groups.delete('shop/api')
    expect(open()).toEqual(['8080-8080'])
    services = []
    await groups.delete('shop/web')
    expect(open()).toEqual([])
  })

  it('loses nothing until it is known what all Services need', async () => {
    const before = { IpProtocol: 'tcp', FromPort: 9090, ToPort: 9090 }
    const pair = { GroupId: backend, Description: 'elbv2.k8s.aws/targetGroupBinding=shared' }
    await aws.call('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId: CLUSTER_GROUP,
      IpPermissions: [{ ...before, UserIdGroupPairs: [pair] }],
    })
    await groups.set('shop/web', filled(8080))
    expect(open()).toEqual(['9090-9090', '8080-8080'])
    await groups.set('shop/api', filled(9090))
    expect(open()).toEqual(['8080-9090'])
  })

  it('keeps the rules of others', async () => {
    const foreign = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, UserIdGroupPairs: [{ GroupId: backend }] }
    await aws.call('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId: CLUSTER_GROUP,
      IpPermissions: [foreign],
    })
    services = ['shop/web']
    await groups.set('shop/web', filled(8080))
    services = []
    await groups.delete('shop/web')
    expect(aws.securityGroups.get(CLUSTER_GROUP)?.['IpPermissions']).toEqual([foreign])
  })

  it('lets addresses in one by one', async () => {
    services = ['shop/web']
    const [one] = filled(8080)
    const networking = networkingOf(one!.binding.model, {
      cidrs: ['10.1.0.0/16', '10.2.0.0/16'],
      clients: [],
      isForAll: false,
    })
    await groups.set('shop/web', [{ ...one!, binding: { ...one!.binding, networking } }])
    const rule = (CidrIp: string) => ({
      IpProtocol: 'tcp',
      FromPort: 8080,
      ToPort: 8080,
      IpRanges: [{ CidrIp, Description: 'elbv2.k8s.aws/targetGroupBinding=shared' }],
    })
    const opened = () => aws.securityGroups.get(CLUSTER_GROUP)?.['IpPermissions']
    expect(opened()).toEqual([rule('10.1.0.0/16'), rule('10.2.0.0/16')])
    services = []
    await groups.delete('shop/web')
    expect(opened()).toEqual([])
  })

  it("is left alone where the rules are not the controller's", async () => {
    services = ['shop/web']
    const [one] = filled(8080)
    await groups.set('shop/web', [{ ...one!, binding: { ...one!.binding, networking: undefined } }])
    expect(open()).toEqual([])
  })

  it('is not asked about again while nothing changes, until it is time to look', async () => {
    services = ['shop/web']
    await groups.set('shop/web', filled(8080))
    const calls = aws.calls.length
    await groups.set('shop/web', filled(8080))
    expect(aws.calls.length).toBe(calls)
    aws.securityGroups.get(CLUSTER_GROUP)!['IpPermissions'] = []
    await clock.advance(600_000)
    await groups.set('shop/web', filled(8080))
    expect(open()).toEqual(['8080-8080'])
  })

  it('gets nothing for a Service that is gone', async () => {
    services = []
    await groups.set('shop/web', filled(8080))
    expect(open()).toEqual([])
  })
})

describe('of several groups', () => {
  it('the one counts that is tagged for the cluster', async () => {
    aws.securityGroups.set('sg-other', { GroupId: 'sg-other', IpPermissions: [], Tags: [] })
    aws.groupsOfTargets = ['sg-other', CLUSTER_GROUP]
    await groups.set('shop/web', filled(8080))
    expect(open()).toEqual(['8080-8080'])
    expect(open('sg-other')).toEqual([])
  })

  it('none is chosen by chance', async () => {
    aws.groupsOfTargets = []
    await expect(groups.set('shop/web', filled(8080))).rejects.toThrow(
      'expected exactly one securityGroup tagged with kubernetes.io/cluster/demo for eni eni-10.0.0.80, got: [] (clusterName: demo)',
    )
  })
})
