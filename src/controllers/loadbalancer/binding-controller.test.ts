import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { endpointSlices, events, nodes, pods, services } from '../../kubernetes/client/resources.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { until } from '../../network/testing/test-target.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { runController } from '../../reconcile/run-controller.ts'
import type { TargetGroupBindingSpec } from '../../rules/load-balancer/target-group-binding.ts'
import { createServiceController } from './service-controller.ts'
import { targetGroupBindings } from './target-group-bindings.ts'
import { CLUSTER_GROUP, FakeAws, VPC } from './testing/fake-aws.ts'

const KEY = { namespace: 'shop', name: 'mine' }
const SERVICE = { namespace: 'shop', name: 'web' }
const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/mine/1'

let client: FakeClient
let aws: FakeAws
let supervisor: Supervisor

beforeEach(() => {
  client = new FakeClient({ clock: systemClock })
  aws = new FakeAws()
  client.seed(services, {
    metadata: SERVICE,
    spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }] },
  })
  const pod = client.seed(pods, {
    metadata: { namespace: 'shop', name: 'one' },
    spec: {
      containers: [{ name: 'web' }],
      readinessGates: [{ conditionType: 'target-health.elbv2.k8s.aws/mine' }],
    },
    status: { podIP: '10.0.0.1', conditions: [{ type: 'ContainersReady', status: 'True' }] },
  } as never)
  client.seed(endpointSlices, {
    metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port: 8080, protocol: 'TCP', name: '' }],
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { kind: 'Pod', namespace: 'shop', name: 'one', uid: pod.metadata.uid },
      },
    ],
  })
  for (const [name, side] of [
    ['i-1', 'left'],
    ['i-2', 'right'],
  ] as const) {
    client.seed(nodes, {
      metadata: { name, labels: { side } },
      spec: { providerID: `aws:///eu-west-1a/${name}` },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    } as never)
  }
  supervisor = new Supervisor(silentLog)
  const environment = { clock: systemClock, log: silentLog, supervisor }
  const context = createControllerContext({ client, ...environment })
  const options = { context, aws, clusterName: 'demo', vpcId: VPC, region: 'eu-west-1', hasBindings: true }
  for (const controller of createServiceController(options)) runController(controller, environment)
})

afterEach(() => supervisor.stop())

function bind(spec: Partial<TargetGroupBindingSpec>, TargetType: 'ip' | 'instance' = 'ip'): void {
  aws.targets.set(ARN, new Map())
  aws.targetGroups.set(ARN, { TargetGroupArn: ARN, TargetGroupName: 'mine', TargetType })
  client.seed(targetGroupBindings, {
    metadata: KEY,
    spec: { targetGroupARN: ARN, serviceRef: { name: 'web', port: 80 }, ...spec },
  })
}

function registered(): string[] {
  return [...(aws.targets.get(ARN)?.keys() ?? [])]
}

async function said(): Promise<string[]> {
  const { items } = await client.list(events)
  return items.map(({ involvedObject, reason, message }) => `${involvedObject.kind} ${reason}: ${message}`)
}

describe('a TargetGroupBinding of somebody else', () => {
  it('makes the pods of the Service targets, and says so', async () => {
    bind({})
    await until('a target', () => registered().length > 0)
    expect(registered()).toEqual(['10.0.0.1:8080'])
    const { metadata, spec } = await client.get(targetGroupBindings, KEY)
    expect(spec.targetType).toBe('ip')
    expect(metadata.finalizers).toEqual(['elbv2.k8s.aws/resources'])
    await until('the event', async () => (await said()).length > 0)
    expect(await said()).toEqual(['TargetGroupBinding SuccessfullyReconciled: Successfully reconciled'])
  })

  it('makes the nodes that its selector takes targets', async () => {
    bind(
      { nodeSelector: { matchExpressions: [{ key: 'side', operator: 'In', values: ['left'] }] } },
      'instance',
    )
    await until('a target', () => registered().length > 0)
    expect(registered()).toEqual(['i-1:30080'])
  })

  it('opens the security groups of its targets as its networking says', async () => {
    const networking = {
      ingress: [
        { from: [{ ipBlock: { cidr: '10.9.0.0/16' } }], ports: [{ protocol: 'TCP' as const, port: 8080 }] },
      ],
    }
    bind({ networking })
    const rules = (): unknown[] =>
      (aws.securityGroups.get(CLUSTER_GROUP) as { IpPermissions: unknown[] }).IpPermissions
    await until('a rule', () => rules().length > 0)
    expect(rules()).toMatchObject([{ FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: '10.9.0.0/16' }] }])
    await client.delete(targetGroupBindings, KEY)
    await until('no rule', () => rules().length === 0)
  })

  it('opens the gates of its pods once their targets are healthy, and when it goes', async () => {
    bind({})
    await until('a target', () => registered().length > 0)
    const gate = async () =>
      (await client.get(pods, { namespace: 'shop', name: 'one' })).status?.conditions?.find(({ type }) =>
        type.startsWith('target-health'),
      )
    await until('a closed gate', async () => (await gate())?.status === 'False')
    await client.delete(targetGroupBindings, KEY)
    await until('an open gate', async () => (await gate())?.status === 'True')
    expect((await gate())?.message).toBe('Target Group Binding is deleted')
  })

  it('takes its targets out when it is deleted, and is gone then', async () => {
    bind({})
    await until('a target', () => registered().length > 0)
    await client.delete(targetGroupBindings, KEY)
    await until('no object', async () => (await client.list(targetGroupBindings)).items.length === 0)
    expect(registered()).toEqual([])
  })

  it.each([
    [
      { serviceRef: { name: 'nobody', port: 80 } },
      'TargetGroupBinding BackendNotFound: backend not found: Service "nobody" not found',
    ],
    [
      { serviceRef: { name: 'web', port: 81 } },
      'TargetGroupBinding BackendNotFound: backend not found: unable to find port 81 on service shop/web',
    ],
    [
      { multiClusterTargetGroup: true },
      'TargetGroupBinding FailedReconcile: Failed reconcile due to multiClusterTargetGroup of a TargetGroupBinding is not emulated by Neargate',
    ],
    [
      { nodeSelector: {} },
      'TargetGroupBinding FailedReconcile: Failed reconcile due to TargetGroupBinding cannot set NodeSelector when TargetType is ip',
    ],
  ])('that cannot be is told why: %j', async (spec, text) => {
    bind(spec)
    await until('the event', async () => (await said()).includes(text))
    expect(registered()).toEqual([])
  })
})
