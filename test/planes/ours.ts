// Owns Neargate's load balancers for the conformance suite: the data planes as a region builds them.
import { createSocket } from 'node:dgram'

import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { flowThrough, type DatagramFlow } from '../../src/network/datagrams.ts'
import { createVpcs } from '../../src/network/dialer.ts'
import { createEdge } from '../../src/network/edge/edge.ts'
import type { LoadBalancerPlane, TargetGroupPlan } from '../../src/network/load-balancer.ts'
import { createLoadBalancerPlane } from '../../src/network/nlb/plane.ts'
import type { HttpSettings, RequestSettings } from '../../src/network/alb/plan.ts'
import { rememberingAddresses } from '../../src/network/testing/address-memory.ts'
import { becomes } from './client.ts'
import type { Front, Stage } from './scenario.ts'
import { Target } from './target.ts'
import type { Keys } from './keys.ts'

const VPC = 'vpc'
const TARGET = '10.0.0.1'
const NOBODY = '10.0.0.2'
const NAME = 'suite.elb.eu-west-1.localhost'

const POLICY = {
  protocols: ['TLSv1.2', 'TLSv1.3'],
  ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
} as const

const SETTINGS: HttpSettings = {
  idleTimeoutSeconds: 60,
  keepAliveSeconds: 3600,
  desyncMode: 'defensive',
  isDroppingInvalidHeaders: false,
  isPreservingHost: false,
  hasTlsHeaders: false,
  hasClientPort: false,
  forwardedFor: 'append',
  isHttp2Enabled: true,
}

const REQUESTS: RequestSettings = {
  protocol: 'HTTP',
  version: 'HTTP1',
  algorithm: 'round_robin',
  slowStartSeconds: 0,
  stickiness: { kind: 'none' },
}

interface Base {
  readonly plane: LoadBalancerPlane
  readonly target: Target
  /** A group of the target, checked once. */
  group(arn: string, ip: string, change?: Partial<TargetGroupPlan>): void
  stage(fronts: readonly Front[]): Promise<Stage>
}

async function base(): Promise<Base> {
  const environment = { clock: systemClock, log: silentLog }
  const target = await Target.start()
  const vpcs = createVpcs(environment)
  vpcs.dialer(VPC).register(
    TARGET,
    () => ({ host: '127.0.0.1', port: target.port }),
    () => ({ openFlow: (receive) => flowTo(target.datagramPort, receive) }),
  )
  vpcs.dialer(VPC).register(NOBODY, () => undefined)
  const edge = createEdge({
    ...environment,
    ports: { get: () => undefined, set: () => undefined },
    addresses: rememberingAddresses(),
    sharedPort: 0,
    isTryingOwnPorts: false,
  })
  await edge.start()
  const plane = createLoadBalancerPlane({ ...environment, vpcs, edge, initialCheckIntervalMs: 20 })
  return {
    plane,
    target,
    group: (arn, ip, change) =>
      plane.applyTargetGroup({
        arn,
        vpcId: VPC,
        targets: [{ ip, port: 80, zone: 'a' }],
        healthCheck: {
          protocol: 'TCP',
          port: 'traffic-port',
          path: '/',
          intervalSeconds: 3600,
          timeoutSeconds: 5,
          healthyThreshold: 1,
          unhealthyThreshold: 2,
          successCodes: '200',
        },
        deregistrationDelaySeconds: 300,
        ...change,
      }),
    async stage(fronts) {
      const isReady = (front: Front): boolean =>
        plane.targetHealth(front).some(({ state }) => state === 'healthy')
      await becomes(() => fronts.every((front) => front === 'dead' || isReady(front)))
      await becomes(() => target.open === 0)
      return {
        name: 'Neargate',
        target,
        port: (front) => Number(plane.addresses(front)[0]?.direct?.split(':')[1]),
        async stop() {
          for (const front of fronts) plane.removeTargetGroup(front)
          await edge.close()
          await target.stop()
        },
      }
    },
  }
}

/** Network Load Balancers, one a front. */
export async function startNetworkPlane({ certificate }: Keys): Promise<Stage> {
  const at = await base()
  const { plane } = at
  const fronts = ['plain', 'dead', 'brief', 'tls', 'proxied'] as const
  for (const front of fronts) {
    at.group(front, front === 'dead' ? NOBODY : TARGET, front === 'proxied' ? { proxyProtocol: 2 } : {})
    const tls = { certificates: [certificate], policy: POLICY, alpn: [] }
    await plane.applyLoadBalancer({
      arn: front,
      dnsName: NAME,
      zones: ['a'],
      crossZone: false,
      admits: () => true,
      listeners: [
        {
          arn: `${front}/listener`,
          port: 80,
          groups: [{ arn: front, weight: 1 }],
          idleTimeoutSeconds: front === 'brief' ? 1 : 350,
          protocol: front === 'tls' ? 'TLS' : 'TCP',
          ...(front === 'tls' && { tls }),
        },
      ],
    })
  }
  return await at.stage(fronts)
}

async function flowTo(port: number, receive: (bytes: Buffer) => void): Promise<DatagramFlow> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return flowThrough(socket, { ip: '127.0.0.1', port }, receive)
}

/** Network Load Balancers of UDP, one a front. */
export async function startDatagramPlane(): Promise<Stage> {
  const at = await base()
  const fronts = ['datagrams', 'dead'] as const
  for (const front of fronts) {
    at.group(front, front === 'dead' ? NOBODY : TARGET)
    await at.plane.applyLoadBalancer({
      arn: front,
      dnsName: NAME,
      zones: ['a'],
      crossZone: false,
      admits: () => true,
      listeners: [
        { arn: `${front}/listener`, port: 80, protocol: 'UDP', groups: [{ arn: front, weight: 1 }] },
      ],
    })
  }
  return await at.stage(fronts)
}

/** Application Load Balancers, one a front. */
export async function startApplicationPlane({ certificate }: Keys): Promise<Stage> {
  const at = await base()
  const { plane } = at
  const fronts = ['plain', 'dead', 'brief', 'tls', 'grpc'] as const
  for (const front of fronts) {
    // Checked by connecting, as the target speaks what the scenario says.
    const version = front === 'grpc' ? 'HTTP2' : 'HTTP1'
    at.group(front, front === 'dead' ? NOBODY : TARGET)
    const isTls = front === 'tls' || front === 'grpc'
    await plane.applyApplication({
      arn: front,
      dnsName: NAME,
      vpcId: VPC,
      zones: ['a'],
      admits: () => true,
      settings: { ...SETTINGS, idleTimeoutSeconds: front === 'brief' ? 1 : 60 },
      listeners: [
        {
          arn: `${front}/listener`,
          port: isTls ? 443 : 80,
          protocol: isTls ? 'HTTPS' : 'HTTP',
          rules: [
            {
              conditions: [],
              transforms: [],
              action: { kind: 'forward', groups: [{ arn: front, weight: 1 }] },
            },
          ],
          certificates: isTls ? [certificate] : [],
          ...(isTls && { tlsPolicy: POLICY }),
          insertedHeaders: {},
          hasServerHeader: true,
        },
      ],
    })
    await becomes(() => plane.targetHealth(front).some(({ state }) => state !== 'initial'))
    at.group(front, front === 'dead' ? NOBODY : TARGET, { requests: { ...REQUESTS, version } })
  }
  return await at.stage(fronts)
}
