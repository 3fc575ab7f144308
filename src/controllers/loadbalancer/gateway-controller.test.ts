import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { events, services } from '../../kubernetes/client/resources.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { until } from '../../network/testing/test-target.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { runController } from '../../reconcile/run-controller.ts'
import {
  gatewayClasses,
  gateways,
  listenerRuleConfigurations,
  listenerSets,
  loadBalancerConfigurations,
  routesOf,
  targetGroupConfigurations,
} from '../../kubernetes/client/gateways.ts'
import { createServiceController } from './service-controller.ts'
import { targetGroupBindings } from './target-group-bindings.ts'
import { FakeAws, VPC } from './testing/fake-aws.ts'

const KEY = { namespace: 'shop', name: 'web' }
const PARENT = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' }

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
      Tags: [{ Key: 'kubernetes.io/role/internal-elb', Value: '1' }],
    })
  }
  client.seed(services, { metadata: KEY, spec: { ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] } })
  client.seed(gatewayClasses, {
    metadata: { name: 'alb', generation: 1 },
    spec: { controllerName: 'gateway.k8s.aws/alb' },
  })
  client.seed(targetGroupConfigurations, {
    metadata: KEY,
    spec: { targetReference: { name: 'web' }, defaultConfiguration: { targetType: 'ip' } },
  })
  client.seed(gateways, {
    metadata: { ...KEY, generation: 1 },
    spec: { gatewayClassName: 'alb', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  })
  client.seed(routesOf.HTTPRoute, {
    metadata: { ...KEY, generation: 1 },
    spec: { parentRefs: [PARENT], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
  })
  start()
})

afterEach(() => supervisor.stop())

async function configured(name: string): Promise<void> {
  const gateway = await client.get(gateways, KEY)
  const parametersRef = { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name }
  await client.update(gateways, { ...gateway, spec: { ...gateway.spec, infrastructure: { parametersRef } } })
}

function start(): void {
  supervisor = new Supervisor(silentLog)
  const environment = { clock: systemClock, log: silentLog, supervisor }
  const context = createControllerContext({ client, ...environment })
  const options = { context, aws, clusterName: 'demo', vpcId: VPC, region: 'eu-west-1', hasBindings: true }
  const served = { flavors: ['alb', 'nlb'], hasGrants: true, hasListenerSets: true } as const
  for (const controller of createServiceController({ ...options, served })) {
    runController(controller, environment)
  }
}

async function condition(type: string): Promise<string> {
  const { status } = await client.get(gateways, KEY)
  const found = status?.conditions?.find((each) => each.type === type)
  return found ? `${found.status} ${found.reason} ${found.message}` : ''
}

async function routeConditions(): Promise<readonly string[]> {
  const { status } = await client.get(routesOf.HTTPRoute, KEY)
  const conditions = status?.parents?.flatMap((parent) => parent.conditions) ?? []
  return conditions.map(({ type, status: is, reason, message }) => `${type} ${is} ${reason} ${message}`)
}

async function told(): Promise<readonly string[]> {
  const { items } = await client.list(events)
  return items
    .filter(({ involvedObject }) => involvedObject.kind === 'Gateway')
    .map(({ reason, message, source }) => `${source?.component} ${reason} ${message}`)
}

/** Load balancers of the fake are never active unless the test says so. */
function activate(): void {
  for (const [arn, balancer] of aws.loadBalancers) {
    aws.loadBalancers.set(arn, { ...balancer, State: { Code: 'active' } })
  }
}

async function programmed(): Promise<void> {
  await until('a load balancer', () => aws.loadBalancers.size > 0)
  activate()
  await until('a Gateway that is programmed', async () => (await condition('Programmed')).startsWith('True'))
}

describe('a Gateway with a route', () => {
  it('becomes a load balancer with the name and the tags of the controller', async () => {
    await programmed()
    const [[arn, balancer] = []] = [...aws.loadBalancers]
    expect(balancer).toMatchObject({ Type: 'application', Scheme: 'internal' })
    expect(balancer?.['LoadBalancerName']).toMatch(/^k8s-shop-web-[0-9a-f]{10}$/)
    expect(aws.tags.get(arn ?? '')).toEqual([
      { Key: 'elbv2.k8s.aws/cluster', Value: 'demo' },
      { Key: 'gateway.k8s.aws.alb/stack', Value: 'shop/web' },
      { Key: 'gateway.k8s.aws.alb/resource', Value: 'LoadBalancer' },
    ])
    const { metadata, status } = await client.get(gateways, KEY)
    expect(metadata.finalizers).toEqual(['gateway.k8s.aws/alb'])
    expect(status?.addresses).toEqual([
      { type: 'Hostname', value: String(balancer?.['DNSName']).toLowerCase() },
    ])
    expect(await condition('Programmed')).toBe(`True Programmed ${arn}`)
    expect(await condition('Accepted')).toBe('True Accepted ')
    expect(status?.listeners).toMatchObject([{ name: 'http', attachedRoutes: 1 }])
    expect(await routeConditions()).toEqual(['ResolvedRefs True ResolvedRefs ', 'Accepted True Accepted '])
  })

  it('has a binding with the labels of the Gateway', async () => {
    await programmed()
    await until('a binding', async () => (await client.list(targetGroupBindings)).items.length > 0)
    const [binding] = (await client.list(targetGroupBindings)).items
    expect(binding).toMatchObject({
      metadata: {
        namespace: 'shop',
        labels: { 'gateway.k8s.aws.alb/stack-namespace': 'shop', 'gateway.k8s.aws.alb/stack-name': 'web' },
      },
      spec: { serviceRef: { name: 'web', port: 80 }, targetType: 'ip', targetGroupProtocol: 'HTTP' },
    })
  })

  it('takes all of it away with itself, and what it shared when it was the last', async () => {
    await programmed()
    await client.delete(gateways, KEY)
    await until('no Gateway', async () => (await client.list(gateways)).items.length === 0)
    expect([[...aws.loadBalancers], [...aws.targetGroups]]).toEqual([[], []])
    expect(aws.securityGroups.size).toBe(1)
  })

  it('tells of its class that it is accepted, and keeps the class while it is there', async () => {
    await programmed()
    const { metadata, status } = await client.get(gatewayClasses, { name: 'alb' })
    expect(metadata.finalizers).toEqual(['gateway.k8s.aws/gatewayclass'])
    expect(status?.conditions).toMatchObject([{ type: 'Accepted', status: 'True', reason: 'Accepted' }])
  })
})

describe('what a Gateway asks for and cannot have', () => {
  it('is said of a configuration that is not there', async () => {
    await programmed()
    await configured('none')
    const text = 'False Invalid LoadBalancerConfiguration.gateway.k8s.aws "none" not found'
    await until('a refusal', async () => (await condition('Accepted')) === text)
  })

  it('is an event that names what is not emulated', async () => {
    client.seed(loadBalancerConfigurations, { metadata: KEY, spec: { wafV2: { webACL: 'arn:acl' } } })
    await programmed()
    await configured('web')
    const text =
      'gateway.k8s.aws/alb FailedBuildModel Failed build model due to wafV2 of a LoadBalancerConfiguration is not emulated by Neargate'
    await until('an event', async () => (await told()).includes(text))
    const shown = 'False Invalid Check Gateway Events for more information.'
    await until('a condition', async () => (await condition('Accepted')) === shown)
  })

  it('is said of a route whose Service is not there, and its rule answers 500', async () => {
    await programmed()
    const route = await client.get(routesOf.HTTPRoute, KEY)
    const rules = [
      { matches: [{ path: { type: 'Exact', value: '/none' } }], backendRefs: [{ name: 'none', port: 80 }] },
    ]
    await client.update(routesOf.HTTPRoute, { ...route, spec: { ...route.spec, rules } })
    const text = 'ResolvedRefs False BackendNotFound Service (shop:none) not found)'
    await until('a refusal', async () => (await routeConditions()).includes(text))
    expect(await routeConditions()).toContain('Accepted True Accepted ')
    const answer = JSON.stringify({ ContentType: 'text/plain', StatusCode: '500' })
    await until('a rule', () =>
      aws.calls.some(
        ({ operation, input }) => operation === 'CreateRule' && JSON.stringify(input).includes(answer),
      ),
    )
  })
})

describe('a Gateway for a Network Load Balancer', () => {
  const TCP = { namespace: 'shop', name: 'edge' }
  const backend = (name: string, weight: number) => ({ name, port: 80, weight })
  const sendTo = async (...backendRefs: readonly ReturnType<typeof backend>[]) => {
    const route = await client.get(routesOf.TCPRoute, TCP)
    await client.update(routesOf.TCPRoute, { ...route, spec: { ...route.spec, rules: [{ backendRefs }] } })
  }
  const network = () => [...aws.loadBalancers].find(([, { Type }]) => Type === 'network')
  const forwarded = () => {
    const actions = [...aws.listeners.values()].flatMap(
      ({ LoadBalancerArn, DefaultActions }) =>
        (LoadBalancerArn === network()?.[0] ? DefaultActions : []) as { ForwardConfig: object }[],
    )
    return JSON.stringify(actions.map(({ ForwardConfig }) => ForwardConfig))
  }

  beforeEach(async () => {
    client.seed(gatewayClasses, {
      metadata: { name: 'nlb', generation: 1 },
      spec: { controllerName: 'gateway.k8s.aws/nlb' },
    })
    client.seed(services, {
      metadata: { namespace: 'shop', name: 'green' },
      spec: { ports: [{ port: 80, targetPort: 8081, protocol: 'TCP', nodePort: 30_081 }] },
    })
    client.seed(gateways, {
      metadata: { ...TCP, generation: 1 },
      spec: {
        gatewayClassName: 'nlb',
        allowedListeners: { namespaces: { from: 'Same' } },
        listeners: [{ name: 'tcp', port: 5432, protocol: 'TCP' }],
      },
    })
    client.seed(routesOf.TCPRoute, {
      metadata: { ...TCP, generation: 1 },
      spec: { parentRefs: [{ ...PARENT, name: 'edge' }], rules: [{ backendRefs: [backend('web', 1)] }] },
    })
    await until('a network load balancer', () => network() !== undefined)
    activate()
    await until('a Gateway that is programmed', async () => {
      const { status } = await client.get(gateways, TCP)
      return (
        status?.conditions?.some(({ type, status: is }) => type === 'Programmed' && is === 'True') === true
      )
    })
  })

  it('has the tags and the finalizer of its class', async () => {
    expect(aws.tags.get(network()?.[0] ?? '')).toContainEqual({
      Key: 'gateway.k8s.aws.nlb/stack',
      Value: 'shop/edge',
    })
    expect((await client.get(gateways, TCP)).metadata.finalizers).toEqual(['gateway.k8s.aws/nlb'])
  })

  it('sends to its backends by weight, and follows them', async () => {
    await sendTo(backend('web', 80), backend('green', 20))
    await until('two weights', () => /"Weight":80.*"Weight":20/.test(forwarded()))
    await sendTo(backend('green', 100))
    await until('one weight', () => /^.[^W]*"Weight":100[^W]*$/.test(forwarded()))
    await until(
      'one target group',
      () => [...aws.targetGroups.values()].filter(({ Protocol }) => Protocol === 'TCP').length === 1,
    )
  })

  it('listens for its ListenerSets too, and says so of them', async () => {
    const set = (namespace: string) => ({
      metadata: { namespace, name: 'more', generation: 1 },
      spec: {
        parentRef: { namespace: 'shop', name: 'edge' },
        listeners: [{ name: 'more', port: 5433, protocol: 'TCP' }],
      },
    })
    client.seed(listenerSets, set('shop'))
    client.seed(listenerSets, set('far'))
    client.seed(routesOf.TCPRoute, {
      metadata: { namespace: 'shop', name: 'of-set', generation: 1 },
      spec: {
        parentRefs: [{ kind: 'ListenerSet', name: 'more' }],
        rules: [{ backendRefs: [backend('green', 1)] }],
      },
    })
    await until('two listeners', () =>
      [5432, 5433].every((port) => [...aws.listeners.values()].some(({ Port }) => Port === port)),
    )
    const conditions = async (namespace: string) => {
      const { status } = await client.get(listenerSets, { namespace, name: 'more' })
      return status?.conditions?.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`).join(', ')
    }
    await until(
      'a set that is programmed',
      async () => (await conditions('shop')) === 'Accepted True Accepted, Programmed True Programmed',
    )
    expect(await conditions('far')).toBe('Accepted False NotAllowed, Programmed False NotAllowed')
    const { status } = await client.get(listenerSets, { namespace: 'shop', name: 'more' })
    expect(status?.listeners).toMatchObject([{ name: 'more', attachedRoutes: 1 }])
    await until('a count', async () => (await client.get(gateways, TCP)).status?.attachedListenerSets === 1)
  })

  it('takes all of it away with itself', async () => {
    await client.delete(gateways, TCP)
    await until('no load balancer', () => network() === undefined)
    await until('no Gateway', async () => (await client.list(gateways)).items.length === 1)
  })
})

it('a ListenerRuleConfiguration is accepted', async () => {
  client.seed(listenerRuleConfigurations, {
    metadata: { ...KEY, generation: 1 },
    spec: { actions: [{ type: 'fixed-response', fixedResponseConfig: { statusCode: 404 } }] },
  })
  await until('a status', async () => {
    const { status } = await client.get(listenerRuleConfigurations, KEY)
    return status?.accepted === true && status.message === 'Accepted'
  })
})
