import { describe, expect, it } from 'vitest'

import type { Service } from '../../generated/kubernetes.d.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { endpointSlices, events, nodes, services } from '../kubernetes/client/resources.ts'
import type { SourcedObject } from './apply.ts'
import { loadBalancerReady, loadBalancerServices, type WebAccess } from './load-balancers.ts'
import { HastyClock, testDeployment } from './testing/fake-cloud.ts'

const HOSTNAME = 'k8s-web-nginx-0123456789abcdef.elb.eu-west-1.localhost'
const TARGET_TYPE = 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type'
const manifest: SourcedObject = {
  object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nginx', namespace: 'web' } },
  source: 'nginx.yaml:30',
}

interface SceneOptions {
  readonly targetType?: 'ip' | 'instance'
  readonly hostname?: string
  /** Target states as each look finds them; the last one stays. */
  readonly health?: readonly (readonly string[])[]
  readonly ready?: readonly boolean[]
  readonly spec?: Partial<Service['spec']>
  readonly ports?: number
  /** When `up` last changed the Service. */
  readonly changedAt?: string
}

async function scene(options: SceneOptions = {}) {
  const {
    targetType,
    hostname = HOSTNAME,
    health = [[]],
    ready = [],
    ports = 1,
    changedAt,
    spec = {},
  } = options
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const annotations = targetType === undefined ? {} : { [TARGET_TYPE]: targetType }
  kubernetes.seed(services, {
    metadata: {
      name: 'nginx',
      namespace: 'web',
      annotations,
      ...(changedAt === undefined
        ? {}
        : { managedFields: [{ manager: 'neargate', operation: 'Apply' as const, time: changedAt }] }),
    },
    spec: {
      type: 'LoadBalancer',
      ports: Array.from({ length: ports }, (_, index) => ({ port: 80 + index })),
      ...spec,
    },
    status: { loadBalancer: hostname === '' ? {} : { ingress: [{ hostname }] } },
  })
  kubernetes.seed(endpointSlices, {
    metadata: { name: 'nginx-x', namespace: 'web', labels: { 'kubernetes.io/service-name': 'nginx' } },
    addressType: 'IPv4',
    endpoints: ready.map((each, index) => ({
      addresses: [`10.0.1.${index}`],
      conditions: { ready: each },
      nodeName: `node-${index}`,
    })),
    ports: [],
  })
  let looks = 0
  const deployment = await testDeployment({
    DescribeLoadBalancers: () => ({
      // AWS keeps the case that the load balancer was named with; hostnames of Services are in lower case.
      LoadBalancers: [{ LoadBalancerArn: 'arn:lb', DNSName: HOSTNAME.replace('web-nginx', 'Web-Nginx') }],
    }),
    DescribeTargetGroups: ({ LoadBalancerArn }) => ({
      TargetGroups: LoadBalancerArn === 'arn:lb' ? [{ TargetGroupArn: 'arn:tg' }] : [],
    }),
    DescribeTargetHealth: () => {
      const states = health[Math.min(looks++, health.length - 1)] ?? []
      return {
        TargetHealthDescriptions: states.map((State, index) => ({
          Target: { Id: `10.0.1.${index}`, Port: 8080 },
          TargetHealth: { State, Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' },
        })),
      }
    },
  })
  const fetched: string[] = []
  const web: WebAccess = {
    wayTo: async (name, port) => ({ url: `http://${name}:${port}/`, address: '127.66.3.9:80' }),
    fetchStatus: async (url) => {
      fetched.push(url)
      return 200
    },
  }
  const said: string[] = []
  const { context, clock } = deployment
  const ask = { context, kubernetes, web, timeoutMs: 60_000, detail: (text: string) => void said.push(text) }
  return { ...deployment, clock, kubernetes, fetched, said, ready: () => loadBalancerReady(manifest, ask) }
}

describe('loadBalancerServices', () => {
  it.each<[object, number]>([
    [{ kind: 'Service', spec: { type: 'LoadBalancer' } }, 1],
    [{ kind: 'Service', spec: { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' } }, 1],
    [{ kind: 'Service', spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/other' } }, 0],
    [{ kind: 'Service', spec: { type: 'ClusterIP' } }, 0],
    [{ kind: 'Service', spec: null }, 0],
    [{ kind: 'Service' }, 0],
    [{ kind: 'Gateway', spec: { type: 'LoadBalancer' } }, 0],
  ])('in %j finds %i', (fields, count) => {
    const object = { apiVersion: 'v1', kind: '', metadata: { name: 'x' }, ...fields }
    expect(loadBalancerServices([{ object, source: 'x.yaml:1' }])).toHaveLength(count)
  })
})

describe('loadBalancerReady', () => {
  it('waits for every ready pod to be a healthy target, and fetches the URL once', async () => {
    const world = await scene({
      targetType: 'ip',
      ready: [true, true],
      health: [[], ['initial', 'initial'], ['healthy', 'initial'], ['healthy', 'healthy']],
    })
    expect(await world.ready()).toEqual({
      namespace: 'web',
      service: 'nginx',
      hostname: HOSTNAME,
      url: `http://${HOSTNAME}:80/`,
      address: '127.66.3.9:80',
      healthyTargets: 2,
      httpStatus: 200,
    })
    expect(world.said).toEqual([0, 0, 1, 2].map((healthy) => `nginx: ${healthy}/2 targets healthy`))
    expect(world.fetched).toEqual([`http://${HOSTNAME}:80/`])
  })

  it('waits for a target of each port of each pod', async () => {
    const world = await scene({
      targetType: 'ip',
      ready: [true],
      ports: 2,
      health: [['healthy'], ['healthy', 'healthy']],
    })
    expect(await world.ready()).toMatchObject({ healthyTargets: 2 })
  })

  it('does not count pods that are not ready, nor targets that are draining', async () => {
    const world = await scene({ targetType: 'ip', ready: [true, false], health: [['healthy', 'draining']] })
    expect(await world.ready()).toMatchObject({ healthyTargets: 1 })
    expect(world.clock.sleeps).toEqual([])
  })

  it('waits for each EC2 node with target type instance, and never for Fargate ones', async () => {
    const world = await scene({ targetType: 'instance', health: [['healthy'], ['healthy', 'healthy']] })
    const node = (name: string, labels: Record<string, string>): void => {
      world.kubernetes.seed(nodes, { metadata: { name, labels }, spec: {} })
    }
    node('ip-1', {})
    node('ip-2', {})
    node('fargate-ip-3', { 'eks.amazonaws.com/compute-type': 'fargate' })
    expect(await world.ready()).toMatchObject({ healthyTargets: 2 })
  })

  it('waits for the nodes with a pod only, where traffic may not go on to another node', async () => {
    const world = await scene({
      targetType: 'instance',
      ready: [true, false],
      spec: { externalTrafficPolicy: 'Local' },
      health: [
        ['unhealthy', 'unhealthy'],
        ['healthy', 'unhealthy'],
      ],
    })
    for (const name of ['node-0', 'node-1']) world.kubernetes.seed(nodes, { metadata: { name }, spec: {} })
    expect(await world.ready()).toMatchObject({ healthyTargets: 1 })
    expect(world.clock.sleeps).toHaveLength(1)
  })

  it('reports a load balancer that can have no targets as it is, without fetching it', async () => {
    const world = await scene()
    expect(await world.ready()).toMatchObject({ hostname: HOSTNAME, healthyTargets: 0, httpStatus: 0 })
    expect(world.fetched).toEqual([])
  })

  it('says which targets are sick when time runs out', async () => {
    const world = await scene({ targetType: 'ip', ready: [true, true], health: [['healthy', 'unhealthy']] })
    await expect(world.ready()).rejects.toThrow(
      `load balancer ${HOSTNAME}: 10.0.1.1:8080 is unhealthy (Target.FailedHealthChecks Health checks failed)`,
    )
  })

  it('says that no target came', async () => {
    const world = await scene({ targetType: 'ip', ready: [true], health: [[]] })
    await expect(world.ready()).rejects.toThrow('no targets were registered (gave up after 60 s)')
  })

  const event = (
    world: Awaited<ReturnType<typeof scene>>,
    reason: string,
    message: string,
    at?: string,
  ): void => {
    world.kubernetes.seed(events, {
      metadata: { name: `nginx.${message.length}`, namespace: 'web' },
      involvedObject: { kind: 'Service', name: 'nginx', namespace: 'web' },
      type: 'Warning',
      reason,
      message,
      ...(at === undefined ? {} : { lastTimestamp: at }),
    })
  }

  it('waits for the hostname, and gives the last event when none comes', async () => {
    const world = await scene({ hostname: '' })
    event(world, 'FailedDeployModel', 'first')
    event(world, 'FailedDeployModel', 'the quota of load balancers is used up')
    const failed = await world.ready().catch((error: unknown) => error)
    expect(failed).toMatchObject({
      message:
        'service web/nginx has no load balancer; last event: FailedDeployModel: the quota of load balancers is used up (gave up after 60 s)',
      help: 'Look closer with: kubectl -n web describe service nginx',
    })
    // While it waits, not only in the end.
    expect(world.said[0]).toBe(
      'nginx: waiting for a hostname; last event: FailedDeployModel: the quota of load balancers is used up',
    )
  })

  it('ends as soon as the controller cannot make a load balancer of the Service', async () => {
    const world = await scene({ hostname: '' })
    const startedMs = world.clock.now()
    event(world, 'FailedBuildModel', 'Failed build model due to x is not emulated by Neargate')
    await expect(world.ready()).rejects.toMatchObject({
      message:
        'service web/nginx gets no load balancer: Failed build model due to x is not emulated by Neargate',
      help: 'Correct the Service and run the same command again.',
    })
    expect(world.clock.now() - startedMs).toBeLessThan(15_000)
  })

  it('ends as soon as it is known that nobody has made its certificate', async () => {
    const world = await scene({ hostname: '' })
    const startedMs = world.clock.now()
    event(world, 'FailedDeployModel', "Failed deploy model due to Certificate 'arn:aws:acm:x' not found")
    await expect(world.ready()).rejects.toMatchObject({
      message: expect.stringContaining("Certificate 'arn:aws:acm:x' not found") as string,
      help: expect.stringContaining('aws-load-balancer-ssl-cert') as string,
    })
    expect(world.clock.now() - startedMs).toBeLessThan(15_000)
  })

  it('takes no notice of what was wrong with the Service before it was changed', async () => {
    const world = await scene({ hostname: '', changedAt: '2026-01-01T00:00:00Z' })
    event(world, 'FailedBuildModel', 'an old mistake', '2025-12-31T23:59:59Z')
    await expect(world.ready()).rejects.toThrow('service web/nginx has no load balancer (gave up after 60 s)')
  })

  it('gives what the Service refers to a moment to come to be', async () => {
    const world = await scene({ hostname: '' })
    event(world, 'FailedBuildModel', 'unable to resolve at least one subnet')
    world.clock.after(3_000, () => event(world, 'SuccessfullyReconciled', 'Successfully reconciled'))
    await expect(world.ready()).rejects.toThrow('gave up after 60 s')
  })

  it('goes on as soon as the hostname is there', async () => {
    const world = await scene({ hostname: '' })
    world.clock.after(100, () => {
      void world.kubernetes.get(services, { namespace: 'web', name: 'nginx' }).then((service) =>
        world.kubernetes.updateStatus(services, {
          ...service,
          status: { loadBalancer: { ingress: [{ hostname: HOSTNAME }] } },
        }),
      )
    })
    expect(await world.ready()).toMatchObject({ hostname: HOSTNAME })
  })

  it('names a hostname that no load balancer has', async () => {
    const world = await scene({ hostname: 'gone.elb.eu-west-1.localhost' })
    await expect(world.ready()).rejects.toThrow(
      'no load balancer has the DNS name gone.elb.eu-west-1.localhost',
    )
  })
})
