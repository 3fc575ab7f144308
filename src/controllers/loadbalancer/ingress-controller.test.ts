import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { endpointSlices, ingresses, pods, services } from '../../kubernetes/client/resources.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { until } from '../../network/testing/test-target.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { runController } from '../../reconcile/run-controller.ts'
import { createServiceController } from './service-controller.ts'
import { CLUSTER_GROUP, FakeAws, VPC } from './testing/fake-aws.ts'

const KEY = { namespace: 'shop', name: 'web' }

let client: FakeClient
let aws: FakeAws
let supervisor: Supervisor

beforeEach(() => {
  client = new FakeClient({ clock: systemClock })
  aws = new FakeAws()
  for (const zone of ['a', 'b']) {
    aws.subnets.push({
      SubnetId: `subnet-${zone}`,
      AvailabilityZone: `eu-west-1${zone}`,
      AvailableIpAddressCount: 250,
      Tags: [{ Key: 'kubernetes.io/role/elb', Value: '1' }],
    })
  }
  client.seed(services, { metadata: KEY, spec: { ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] } })
  const pod = client.seed(pods, {
    metadata: { namespace: 'shop', name: 'one' },
    spec: { containers: [{ name: 'web' }] },
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
  client.seed(ingresses, {
    metadata: {
      ...KEY,
      annotations: {
        'kubernetes.io/ingress.class': 'alb',
        'alb.ingress.kubernetes.io/scheme': 'internet-facing',
        'alb.ingress.kubernetes.io/target-type': 'ip',
      },
    },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  })
  start()
})

afterEach(() => supervisor.stop())

function start(): void {
  supervisor = new Supervisor(silentLog)
  const environment = { clock: systemClock, log: silentLog, supervisor }
  const context = createControllerContext({ client, ...environment })
  const options = { context, aws, clusterName: 'demo', vpcId: VPC, region: 'eu-west-1', hasBindings: true }
  for (const controller of createServiceController(options)) runController(controller, environment)
}

function rulesOfTargets(): readonly unknown[] {
  return (aws.securityGroups.get(CLUSTER_GROUP) as { IpPermissions: unknown[] }).IpPermissions
}

async function isThere(): Promise<boolean> {
  return (await client.list(ingresses)).items.length > 0
}

async function served(): Promise<void> {
  await until('a hostname', async () => {
    const { status } = await client.get(ingresses, KEY)
    return status?.loadBalancer?.ingress?.[0]?.hostname !== undefined
  })
  await until('a rule for the targets', () => rulesOfTargets().length > 0)
}

describe('the last Ingress', () => {
  it('gets a load balancer with its pods as targets', async () => {
    await served()
    expect([...aws.loadBalancers.values()]).toMatchObject([{ Scheme: 'internet-facing' }])
    expect([...aws.targets.values()].flatMap((targets) => [...targets.keys()])).toEqual(['10.0.0.1:8080'])
  })

  it('takes the shared security group with it, and the rules that name it', async () => {
    await served()
    await client.delete(ingresses, KEY)
    await until('no Ingress', async () => !(await isThere()))
    expect([...aws.securityGroups.keys()]).toEqual([CLUSTER_GROUP])
    expect([rulesOfTargets(), [...aws.loadBalancers], [...aws.targetGroups]]).toEqual([[], [], []])
  })

  it('does so too when the controller has started anew in between', async () => {
    await served()
    await supervisor.stop()
    await client.delete(ingresses, KEY)
    start()
    await until('no Ingress', async () => !(await isThere()))
    expect([...aws.securityGroups.keys()]).toEqual([CLUSTER_GROUP])
    expect(rulesOfTargets()).toEqual([])
  })
})

describe('an Ingress that goes over to another group', () => {
  it('shows the load balancer of that one once the old one is gone', async () => {
    await served()
    const before = await client.get(ingresses, KEY)
    const old = before.status?.loadBalancer?.ingress?.[0]?.hostname
    const annotations = { ...before.metadata.annotations, 'alb.ingress.kubernetes.io/group.name': 'both' }
    await client.update(ingresses, { ...before, metadata: { ...before.metadata, annotations } })
    await until('the old group to let go', async () => {
      const { metadata } = await client.get(ingresses, KEY)
      return metadata.finalizers?.join() === 'group.ingress.k8s.aws/both' && aws.loadBalancers.size === 1
    })
    const { status } = await client.get(ingresses, KEY)
    const hostname = status?.loadBalancer?.ingress?.[0]?.hostname
    expect(hostname).toBeDefined()
    expect(hostname).not.toBe(old)
  })
})

describe('an Ingress with a Network Load Balancer in front', () => {
  const hostnames = async (): Promise<readonly unknown[]> => {
    const { status } = await client.get(ingresses, KEY)
    return status?.loadBalancer?.ingress?.map(({ hostname }) => hostname) ?? []
  }
  const ask = async (isWanted: boolean): Promise<void> => {
    const before = await client.get(ingresses, KEY)
    const annotations = {
      ...before.metadata.annotations,
      'alb.ingress.kubernetes.io/enable-frontend-nlb': String(isWanted),
      'alb.ingress.kubernetes.io/frontend-nlb-scheme': 'internet-facing',
    }
    await client.update(ingresses, { ...before, metadata: { ...before.metadata, annotations } })
  }

  it('shows both, and the one is the target of the other', async () => {
    await served()
    await ask(true)
    await until('two hostnames', async () => (await hostnames()).length === 2)
    const [application, frontend] = [...aws.loadBalancers.values()]
    expect([application?.['Type'], frontend?.['Type']]).toEqual(['application', 'network'])
    const names = [application, frontend].map((one) => String(one?.['DNSName']).toLowerCase())
    expect(await hostnames()).toEqual(names)
    const [group] = [...aws.targetGroups.values()].filter((one) => one['TargetType'] === 'alb')
    const targets = aws.targets.get(String(group?.['TargetGroupArn'])) ?? new Map<string, string>()
    expect([...targets.keys()]).toEqual([`${application?.['LoadBalancerArn']}:80`])
  })

  it('loses that one alone when it is no longer asked for', async () => {
    await served()
    await ask(true)
    await until('two hostnames', async () => (await hostnames()).length === 2)
    await ask(false)
    await until('one hostname', async () => (await hostnames()).length === 1)
    expect([...aws.loadBalancers.values()].map((one) => one['Type'])).toEqual(['application'])
    expect([...aws.targetGroups.values()].map((one) => one['TargetType'])).toEqual(['ip'])
  })

  it('leaves nothing behind', async () => {
    await served()
    await ask(true)
    await until('two hostnames', async () => (await hostnames()).length === 2)
    await client.delete(ingresses, KEY)
    await until('no Ingress', async () => !(await isThere()))
    expect([[...aws.loadBalancers], [...aws.targetGroups]]).toEqual([[], []])
  })
})
