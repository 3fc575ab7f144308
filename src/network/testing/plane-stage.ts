// Owns a network load balancer at work for tests: an edge on free ports, a data plane, and targets on loopback.
import { connect, type Socket } from 'node:net'

import { onTestFinished } from 'vitest'

import type { Dialer, Vpcs } from '../dialer.ts'
import type { LoadBalancerPlan, LoadBalancerPlane, TargetGroupPlan } from '../load-balancer.ts'
import { openTestPlane } from './test-plane.ts'
import { startTarget, until, type TestTarget } from './test-target.ts'

export const GROUP = 'arn:tg'
export const VPC = 'vpc-1'
export const BALANCER = 'arn:lb'
export const NAME = 'k8s-test-0123.elb.eu-west-1.localhost'

/** A target group plan of these addresses, port 80, zone a, checked every 20 ms. */
export function group(ips: readonly string[], change: Partial<TargetGroupPlan> = {}): TargetGroupPlan {
  return {
    arn: GROUP,
    vpcId: VPC,
    targets: ips.map((ip) => ({ ip, port: 80, zone: 'a' })),
    healthCheck: {
      protocol: 'TCP',
      port: 'traffic-port',
      path: '/',
      intervalSeconds: 0.02,
      timeoutSeconds: 1,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      successCodes: '200-399',
    },
    deregistrationDelaySeconds: 300,
    ...change,
  }
}

/** Everything the peer sends until its FIN; rejects on a reset. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** What a target that reads makes of a health check, which connects and resets: it sees that as an error. */
export function ignoreCheck(): void {
  return undefined
}

/** Lives until the end of the test. */
export class PlaneStage {
  readonly vpcs: Vpcs
  readonly plane: LoadBalancerPlane
  readonly #targets: TestTarget[] = []

  private constructor(vpcs: Vpcs, plane: LoadBalancerPlane) {
    this.vpcs = vpcs
    this.plane = plane
  }

  static async open(): Promise<PlaneStage> {
    const { vpcs, plane } = await openTestPlane()
    const stage = new PlaneStage(vpcs, plane)
    onTestFinished(async () => {
      plane.removeTargetGroup(GROUP)
      await Promise.all(stage.#targets.map((target) => target.close()))
    })
    return stage
  }

  /** The addresses of the first VPC. */
  get dialer(): Dialer {
    return this.vpcs.dialer(VPC)
  }

  async target(ip: string, onConnection: (socket: Socket) => void, vpcId: string = VPC): Promise<TestTarget> {
    const started = await startTarget(this.vpcs.dialer(vpcId), ip, onConnection)
    this.#targets.push(started)
    return started
  }

  /** A load balancer in the zones a and b, with one listener on port 80 that forwards to the group. */
  async balance(plan: TargetGroupPlan, change: Partial<LoadBalancerPlan> = {}): Promise<void> {
    this.plane.applyTargetGroup(plan)
    await this.plane.applyLoadBalancer({
      arn: BALANCER,
      dnsName: NAME,
      admits: () => true,
      zones: ['a', 'b'],
      crossZone: false,
      listeners: [{ arn: 'arn:listener', port: 80, protocol: 'TCP', groups: [{ arn: plan.arn, weight: 1 }] }],
      ...change,
    })
  }

  /** Waits until so many targets are healthy. */
  async healthy(count: number, targetGroupArn = GROUP): Promise<void> {
    const isHealthy = (): boolean =>
      this.plane.targetHealth(targetGroupArn).filter(({ state }) => state === 'healthy').length === count
    await until(`${count} healthy targets`, isHealthy)
  }

  client(balancerArn = BALANCER): Socket {
    const [address] = this.plane.addresses(balancerArn)
    const port = address?.direct?.split(':')[1]
    return connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true })
  }
}
