import { describe, expect, it } from 'vitest'

import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { endpointSlices, events, ingressClasses, ingresses } from '../kubernetes/client/resources.ts'
import type { SourcedObject } from './apply.ts'
import { balancedIngresses, balancedIngressesIn, ingressReady } from './ingresses.ts'
import { HastyClock, testDeployment } from './testing/fake-cloud.ts'

const HOSTNAME = 'k8s-shop-web-0123456789.eu-west-1.elb.localhost'
const apiVersion = 'networking.k8s.io/v1'

function sourced(object: object): SourcedObject {
  return { object: { apiVersion, kind: '', metadata: { name: 'web' }, ...object }, source: 'x.yaml:1' }
}

const manifest = sourced({ kind: 'Ingress', metadata: { name: 'web', namespace: 'shop' } })

describe('balancedIngresses', () => {
  it.each<[object, number]>([
    [{ kind: 'Ingress', spec: { ingressClassName: 'alb' } }, 1],
    [
      { kind: 'Ingress', metadata: { name: 'web', annotations: { 'kubernetes.io/ingress.class': 'alb' } } },
      1,
    ],
    [{ kind: 'Ingress', spec: { ingressClassName: 'nginx' } }, 0],
    [{ kind: 'Ingress', spec: null }, 0],
    [{ kind: 'Ingress' }, 0],
    [{ kind: 'Ingress', apiVersion: 'example.com/v1', spec: { ingressClassName: 'alb' } }, 0],
    [{ kind: 'Service', spec: { ingressClassName: 'alb' } }, 0],
  ])('in %j finds %i', (object, count) => {
    expect(balancedIngresses([sourced(object)])).toHaveLength(count)
  })

  it('knows the classes of the files', () => {
    const ingress = sourced({ kind: 'Ingress', spec: { ingressClassName: 'public' } })
    const spec = { controller: 'ingress.k8s.aws/alb' }
    const ingressClass = sourced({ kind: 'IngressClass', metadata: { name: 'public' }, spec })
    expect(balancedIngresses([ingress, ingressClass])).toEqual([ingress])
  })

  it('knows the classes of the cluster', async () => {
    const kubernetes = new FakeClient({ clock: new HastyClock() })
    const ingress = sourced({ kind: 'Ingress', spec: { ingressClassName: 'public' } })
    expect(await balancedIngressesIn(kubernetes, [ingress])).toEqual([])
    kubernetes.seed(ingressClasses, {
      metadata: { name: 'public' },
      spec: { controller: 'ingress.k8s.aws/alb' },
    })
    expect(await balancedIngressesIn(kubernetes, [ingress])).toEqual([ingress])
  })
})

interface SceneOptions {
  readonly hostname?: string
  /** Target states as each look finds them; the last one stays. */
  readonly health?: readonly (readonly string[])[]
  /** Whether the Service behind it has a pod. */
  readonly hasPod?: boolean
  readonly httpStatus?: number
}

async function scene({
  hostname = HOSTNAME,
  health = [[]],
  hasPod = true,
  httpStatus = 404,
}: SceneOptions = {}) {
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const backend = { service: { name: 'web', port: { number: 80 } } }
  kubernetes.seed(ingresses, {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      ingressClassName: 'alb',
      rules: [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
    status: {
      loadBalancer:
        hostname === '' ? {} : { ingress: [{ hostname, ports: [{ port: 8080, protocol: 'TCP' }] }] },
    },
  })
  kubernetes.seed(endpointSlices, {
    metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: hasPod ? [{ addresses: ['10.0.1.1'], conditions: { ready: true } }] : [],
    ports: [],
  })
  let looks = 0
  const deployment = await testDeployment({
    DescribeLoadBalancers: () => ({ LoadBalancers: [{ LoadBalancerArn: 'arn:lb', DNSName: HOSTNAME }] }),
    DescribeTargetGroups: () => ({ TargetGroups: [{ TargetGroupArn: 'arn:tg' }] }),
    DescribeTargetHealth: () => ({
      TargetHealthDescriptions: (health[Math.min(looks++, health.length - 1)] ?? []).map((State) => ({
        Target: { Id: '10.0.1.1', Port: 8080 },
        TargetHealth: { State },
      })),
    }),
  })
  const { context, clock } = deployment
  const fetched: string[] = []
  const said: string[] = []
  const web = {
    wayTo: async (name: string, port: number) => ({
      url: `http://${name}:${port}`,
      address: '127.66.3.9:80',
    }),
    fetchStatus: async (url: string) => {
      fetched.push(url)
      return httpStatus
    },
  }
  const ask = { context, kubernetes, web, timeoutMs: 60_000, detail: (text: string) => void said.push(text) }
  return { clock, kubernetes, fetched, said, ready: () => ingressReady(manifest, ask) }
}

describe('ingressReady', () => {
  it('waits for targets to be checked, and reports what `/` answers, whatever it is', async () => {
    const world = await scene({ health: [[], ['initial'], ['healthy']] })
    expect(await world.ready()).toEqual({
      namespace: 'shop',
      ingress: 'web',
      hostname: HOSTNAME,
      url: `http://${HOSTNAME}:8080/`,
      address: '127.66.3.9:80',
      healthyTargets: 1,
      httpStatus: 404,
    })
    expect(world.said).toEqual([0, 0, 1].map((n, at) => `web: ${n}/${at === 0 ? 0 : 1} targets healthy`))
    expect(world.fetched).toEqual([`http://${HOSTNAME}:8080/`])
  })

  it('does not wait for what the load balancer has found unhealthy', async () => {
    const world = await scene({ health: [['unhealthy']], httpStatus: 502 })
    expect(await world.ready()).toMatchObject({ healthyTargets: 0, httpStatus: 502 })
    expect(world.clock.sleeps).toEqual([])
  })

  it('waits for targets to be in use, unless another one is healthy', async () => {
    const slow = await scene({ health: [['unused'], ['initial'], ['healthy']] })
    expect(await slow.ready()).toMatchObject({ healthyTargets: 1 })
    const elsewhere = await scene({ health: [['healthy', 'unused']] })
    expect(await elsewhere.ready()).toMatchObject({ healthyTargets: 1 })
    expect(elsewhere.clock.sleeps).toEqual([])
  })

  it('does not wait for targets where there are no pods', async () => {
    const world = await scene({ hasPod: false, httpStatus: 503 })
    expect(await world.ready()).toMatchObject({ healthyTargets: 0, httpStatus: 503 })
  })

  it('says that no target came', async () => {
    await expect((await scene()).ready()).rejects.toThrow(
      `load balancer ${HOSTNAME}: no targets were registered (gave up after 60 s)`,
    )
  })

  it.each([
    ['FailedBuildModel', 'Failed build model due to unknown scheme: public'],
    ['FailedLoadGroupID', 'Failed load groupID due to invalid ingress class'],
  ])('ends as soon as the controller says %s', async (reason, message) => {
    const world = await scene({ hostname: '' })
    const startedMs = world.clock.now()
    world.kubernetes.seed(events, {
      metadata: { name: 'web.1', namespace: 'shop' },
      involvedObject: { kind: 'Ingress', name: 'web', namespace: 'shop' },
      type: 'Warning',
      reason,
      message,
    })
    await expect(world.ready()).rejects.toMatchObject({
      message: `ingress shop/web gets no load balancer: ${message}`,
      help: 'Correct the Ingress and run the same command again.',
    })
    expect(world.clock.now() - startedMs).toBeLessThan(15_000)
  })

  it('says how to look closer when no hostname comes', async () => {
    await expect((await scene({ hostname: '' })).ready()).rejects.toMatchObject({
      message: 'ingress shop/web has no load balancer (gave up after 60 s)',
      help: 'Look closer with: kubectl -n shop describe ingress web',
    })
  })
})
