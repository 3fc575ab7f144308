import { describe, expect, it } from 'vitest'

import { gatewayClasses, gateways, listenerSets, routesOf } from '../kubernetes/client/gateways.ts'
import { endpointSlices, events } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import type { SourcedObject } from './apply.ts'
import { balancedGatewaysIn, gatewayReady } from './gateways.ts'
import { HastyClock, testDeployment } from './testing/fake-cloud.ts'

const HOSTNAME = 'k8s-shop-edge-0123456789.elb.eu-west-1.localhost'
const KEY = { namespace: 'shop', name: 'edge' }

function sourced(gatewayClassName: string, apiVersion = 'gateway.networking.k8s.io/v1'): SourcedObject {
  const object = { apiVersion, kind: 'Gateway', metadata: KEY, spec: { gatewayClassName } }
  return { object, source: 'x.yaml:1' }
}

describe('the Gateways of the controller', () => {
  it('are those of its classes in the cluster', async () => {
    const kubernetes = new FakeClient({ clock: new HastyClock() })
    for (const [name, controllerName] of Object.entries({
      web: 'gateway.k8s.aws/alb',
      edge: 'gateway.k8s.aws/nlb',
      mesh: 'istio.io/gateway-controller',
    })) {
      kubernetes.seed(gatewayClasses, { metadata: { name }, spec: { controllerName } })
    }
    const all = ['web', 'edge', 'mesh', 'nobody'].map((name) => sourced(name))
    const others = [sourced('web', 'example.com/v1')]
    expect(await balancedGatewaysIn(kubernetes, [...all, ...others])).toEqual(all.slice(0, 2))
  })
})

interface SceneOptions {
  /** Whether its load balancer is there. */
  readonly isProgrammed?: boolean
  readonly protocols?: readonly string[]
  /** The parent of its route; none when absent. */
  readonly parent?: { readonly kind?: string; readonly name: string }
  /** Target states as each look finds them; the last one stays. */
  readonly health?: readonly (readonly string[])[]
}

async function scene({
  isProgrammed = true,
  protocols = ['TCP'],
  parent = { name: 'edge' },
  health = [[]],
}: SceneOptions = {}) {
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const condition = { type: 'Programmed', status: isProgrammed ? 'True' : 'Unknown', reason: '', message: '' }
  kubernetes.seed(gateways, {
    metadata: KEY,
    spec: {
      gatewayClassName: 'nlb',
      listeners: protocols.map((protocol, index) => ({ name: `l${index}`, port: 5432 + index, protocol })),
    },
    status: {
      // The name comes before the load balancer carries anything.
      addresses: [{ type: 'Hostname', value: HOSTNAME }],
      conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }],
      listeners: protocols.map((_, index) => ({
        name: `l${index}`,
        supportedKinds: [],
        attachedRoutes: 1,
        conditions: [],
      })),
    },
  })
  kubernetes.seed(listenerSets, {
    metadata: { namespace: 'shop', name: 'more' },
    spec: { parentRef: { name: 'edge' }, listeners: [] },
  })
  kubernetes.seed(routesOf.TCPRoute, {
    metadata: KEY,
    spec: { parentRefs: [parent], rules: [{ backendRefs: [{ name: 'db', port: 5432 }] }] },
  })
  kubernetes.seed(endpointSlices, {
    metadata: { name: 'db-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.1.1'], conditions: { ready: true } }],
    ports: [],
  })
  let looks = 0
  const { context, clock } = await testDeployment({
    DescribeLoadBalancers: () => ({ LoadBalancers: [{ LoadBalancerArn: 'arn:lb', DNSName: HOSTNAME }] }),
    DescribeTargetGroups: () => ({ TargetGroups: [{ TargetGroupArn: 'arn:tg' }] }),
    DescribeTargetHealth: () => ({
      TargetHealthDescriptions: (health[Math.min(looks++, health.length - 1)] ?? []).map((State) => ({
        Target: { Id: '10.0.1.1', Port: 5432 },
        TargetHealth: { State },
      })),
    }),
  })
  const fetched: string[] = []
  const web = {
    wayTo: async (name: string, port: number) => ({
      url: `http://${name}:${port}`,
      address: `127.66.3.9:${port}`,
    }),
    fetchStatus: async (url: string) => {
      fetched.push(url)
      return 200
    },
  }
  const ask = { context, kubernetes, web, timeoutMs: 60_000, detail: () => undefined }
  return { clock, kubernetes, fetched, ready: () => gatewayReady(sourced('nlb'), ask) }
}

describe('gatewayReady', () => {
  it('waits until targets have been checked, and tells the way to the first listener', async () => {
    const world = await scene({ health: [[], ['initial'], ['healthy']] })
    expect(await world.ready()).toEqual({
      namespace: 'shop',
      gateway: 'edge',
      hostname: HOSTNAME,
      url: `http://${HOSTNAME}:5432`,
      address: '127.66.3.9:5432',
      healthyTargets: 1,
      httpStatus: 200,
    })
  })

  it.each([
    [['UDP'], 5432, 0],
    [['UDP', 'TCP'], 5433, 1],
  ])('with listeners of %j shows port %i, and asks it %i times', async (protocols, port, times) => {
    const world = await scene({ protocols, health: [['healthy']] })
    expect(await world.ready()).toMatchObject({ url: `http://${HOSTNAME}:${port}` })
    expect(world.fetched).toHaveLength(times)
  })

  it('waits for what routes of its ListenerSets lead to', async () => {
    const world = await scene({ parent: { kind: 'ListenerSet', name: 'more' }, health: [[], ['healthy']] })
    expect(await world.ready()).toMatchObject({ healthyTargets: 1 })
  })

  it('waits for nothing where no route leads anywhere', async () => {
    const world = await scene({ parent: { name: 'other' } })
    expect(await world.ready()).toMatchObject({ healthyTargets: 0, httpStatus: 0 })
  })

  it('ends as soon as the controller says that it cannot be', async () => {
    const world = await scene({ isProgrammed: false })
    world.kubernetes.seed(events, {
      metadata: { name: 'edge.1', namespace: 'shop' },
      involvedObject: { kind: 'Gateway', ...KEY },
      type: 'Warning',
      reason: 'FailedBuildModel',
      message: 'Failed build model due to no certificate found',
    })
    await expect(world.ready()).rejects.toThrow(
      'gateway shop/edge gets no load balancer: Failed build model due to no certificate found',
    )
  })

  it('says how to look closer when it is never programmed', async () => {
    await expect((await scene({ isProgrammed: false })).ready()).rejects.toMatchObject({
      message: 'gateway shop/edge has no load balancer (gave up after 60 s)',
      help: 'Look closer with: kubectl -n shop describe gateway edge',
    })
  })
})
