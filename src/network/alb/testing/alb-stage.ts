// Owns an Application Load Balancer at work for tests: an edge on free ports, a data plane, HTTP targets on loopback.
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'

import { onTestFinished } from 'vitest'

import type { Vpcs } from '../../dialer.ts'
import type { LoadBalancerPlane, TargetGroupPlan } from '../../load-balancer.ts'
import type { LoadBalancerPlaneOptions } from '../../nlb/plane.ts'
import { openTestPlane } from '../../testing/test-plane.ts'
import { until } from '../../testing/test-target.ts'
import type { AccessEntry } from '../access-entry.ts'
import type { ConnectionLog } from '../connection-entry.ts'
import type { ApplicationListener, ApplicationPlan, HttpSettings, RequestSettings, Rule } from '../plan.ts'

const VPC = 'vpc-1'
const BALANCER = 'arn:alb'
export const NAME = 'web-1234567890.eu-west-1.elb.localhost'

export const SETTINGS: HttpSettings = {
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

export const REQUESTS: RequestSettings = {
  protocol: 'HTTP',
  version: 'HTTP1',
  algorithm: 'round_robin',
  slowStartSeconds: 0,
  stickiness: { kind: 'none' },
}

/** A rule that forwards everything to groups of the same weight. */
export function forwardTo(...arns: readonly string[]): Rule {
  const groups = arns.map((arn) => ({ arn, weight: 1 }))
  return { conditions: [], transforms: [], action: { kind: 'forward', groups } }
}

/** An answer of the load balancer, read to its end. */
export interface Read {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly trailers: IncomingMessage['trailers']
}

/** Lives until the end of the test. */
export class AlbStage {
  readonly plane: LoadBalancerPlane
  readonly #vpcs: Vpcs
  #ips = 0

  private constructor(plane: LoadBalancerPlane, vpcs: Vpcs) {
    this.plane = plane
    this.#vpcs = vpcs
  }

  static async open(options: Pick<LoadBalancerPlaneOptions, 'random'> = {}): Promise<AlbStage> {
    const { vpcs, plane } = await openTestPlane(options)
    onTestFinished(() => plane.removeLoadBalancer(BALANCER))
    return new AlbStage(plane, vpcs)
  }

  /** A target of its own address. @returns the address, and how to stop it */
  async target(server: Server | RequestListener): Promise<{ ip: string; stop(): Promise<void> }> {
    const listening = typeof server === 'function' ? createServer(server) : server
    const sockets = new Set<Socket>()
    listening.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
    const { port } = listening.address() as AddressInfo
    const ip = `10.0.0.${++this.#ips}`
    this.#vpcs.dialer(VPC).register(ip, () => ({ host: '127.0.0.1', port }))
    const stop = async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => listening.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    }
    onTestFinished(stop)
    return { ip, stop }
  }

  /** A target group of these addresses. */
  group(arn: string, ips: readonly string[], change: Partial<TargetGroupPlan> = {}): void {
    this.plane.applyTargetGroup({
      arn,
      vpcId: VPC,
      targets: ips.map((ip) => ({ ip, port: 80, zone: 'a' })),
      healthCheck: {
        protocol: 'HTTP',
        port: 'traffic-port',
        path: '/health',
        intervalSeconds: 0.02,
        timeoutSeconds: 1,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        successCodes: '200',
      },
      deregistrationDelaySeconds: 300,
      requests: REQUESTS,
      ...change,
    })
    onTestFinished(() => this.plane.removeTargetGroup(arn))
  }

  /** A load balancer with one listener of these rules on port 80. */
  async balance(
    rules: readonly Rule[],
    change: {
      readonly settings?: Partial<HttpSettings>
      readonly listener?: Partial<ApplicationListener>
      readonly log?: (entry: AccessEntry) => void
      readonly connectionLog?: ConnectionLog
    } = {},
  ): Promise<void> {
    const plan: ApplicationPlan = {
      arn: BALANCER,
      dnsName: NAME,
      vpcId: VPC,
      zones: ['a', 'b'],
      admits: () => true,
      ...(change.log && { log: change.log }),
      ...(change.connectionLog && { connectionLog: change.connectionLog }),
      settings: { ...SETTINGS, ...change.settings },
      listeners: [
        {
          arn: 'arn:listener',
          port: 80,
          protocol: 'HTTP',
          rules,
          certificates: [],
          insertedHeaders: {},
          hasServerHeader: true,
          ...change.listener,
        },
      ],
    }
    await this.plane.applyApplication(plan)
  }

  async healthy(arn: string, count: number): Promise<void> {
    const healthy = (): number =>
      this.plane.targetHealth(arn).filter(({ state }) => state === 'healthy').length
    await until(`${count} healthy targets of ${arn}`, () => healthy() === count)
  }

  /** The port of this machine that leads to the listener alone. */
  get port(): number {
    const [address] = this.plane.addresses(BALANCER)
    return Number(address?.direct?.split(':')[1])
  }

  /** A bare connection. */
  connect(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.port, allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    return socket
  }

  /** Asks, on a connection of its own, and reads the answer. */
  async ask(
    path: string,
    options: {
      readonly method?: string
      readonly headers?: Record<string, string>
      readonly body?: string
    } = {},
  ): Promise<Read> {
    const { method = 'GET', headers = {}, body } = options
    return await new Promise((resolve, reject) => {
      const asking = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path,
          method,
          agent: false,
          headers: { host: NAME, ...headers },
        },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              rawHeaders: answer.rawHeaders,
              body: Buffer.concat(chunks).toString(),
              trailers: answer.trailers,
            }),
          )
        },
      )
      asking.on('error', reject)
      asking.end(body)
    })
  }
}
