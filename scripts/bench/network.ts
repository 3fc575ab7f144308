// Owns the figures of the load balancer data plane, each beside those of a plain socket proxy in the same run.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { createVpcs } from '../../src/network/dialer.ts'
import { createEdge, type Edge } from '../../src/network/edge/edge.ts'
import { createLoadBalancerPlane } from '../../src/network/nlb/plane.ts'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly note?: string
}

const TRANSFER_MB = 512
const CONNECTIONS = 2000
const PARALLEL = 32
const BLOCK = Buffer.alloc(256 * 1024, 'x')
const DNS_NAME = 'bench.elb.eu-west-1.localhost'
const HELLO = `GET / HTTP/1.1\r\nHost: ${DNS_NAME}\r\n\r\n`

/** Throughput and connection rate of the NLB through the edge, and of the plainest proxy that Node can be. */
export async function benchNetwork(): Promise<Figure[]> {
  // A target that sends what it was asked for: `GET` gets one answer and the end, everything else is swallowed.
  const target = await serve((socket) => {
    socket.once('data', (first) => {
      if (first.subarray(0, 3).toString() === 'GET' && first.length === HELLO.length) socket.end('ok')
      else socket.resume().on('end', () => socket.end('done'))
    })
  })
  const plain = await serve((socket) => {
    const upstream = connect({ port: portOf(target), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    socket.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => socket.destroy()).pipe(socket)
  })
  const edge = await startPlane(portOf(target))
  try {
    const direct = await measure(portOf(plain))
    const balanced = await measure(edge.sharedPort)
    return [
      figure('nlb_throughput', balanced.megabytes, 'MB/s', direct.megabytes),
      figure('nlb_connections', balanced.connections, 'connections/s', direct.connections),
      { name: 'plain_proxy_throughput', value: round(direct.megabytes), unit: 'MB/s' },
      { name: 'plain_proxy_connections', value: round(direct.connections), unit: 'connections/s' },
    ]
  } finally {
    await edge.close()
    plain.close()
    target.close()
  }
}

function figure(name: string, value: number, unit: string, plain: number): Figure {
  return {
    name,
    value: round(value),
    unit,
    note: `${Math.round((100 * value) / plain)}% of a plain socket proxy`,
  }
}

function round(value: number): number {
  return Math.round(value)
}

async function startPlane(targetPort: number): Promise<Edge> {
  const vpcs = createVpcs({ clock: systemClock })
  vpcs.dialer('vpc').register('10.0.0.1', () => ({ host: '127.0.0.1', port: targetPort }))
  const ports = { get: () => undefined, set: () => undefined }
  const edge = createEdge({
    clock: systemClock,
    log: silentLog,
    ports,
    addresses: {
      get: () => undefined,
      keys: () => [],
      claim: async () => true,
      release: async () => undefined,
    },
    sharedPort: 0,
    isTryingOwnPorts: false,
  })
  await edge.start()
  const plane = createLoadBalancerPlane({ vpcs, edge, clock: systemClock, log: silentLog })
  plane.applyTargetGroup({
    arn: 'tg',
    vpcId: 'vpc',
    targets: [{ ip: '10.0.0.1', port: 80, zone: 'a' }],
    healthCheck: {
      protocol: 'TCP',
      port: 'traffic-port',
      path: '/',
      intervalSeconds: 10,
      timeoutSeconds: 10,
      healthyThreshold: 3,
      unhealthyThreshold: 3,
      successCodes: '200-399',
    },
    deregistrationDelaySeconds: 300,
    proxyProtocolV2: false,
  })
  const listener = { arn: 'listener', port: 80, protocol: 'TCP' as const, targetGroupArn: 'tg' }
  await plane.applyLoadBalancer({
    arn: 'lb',
    dnsName: DNS_NAME,
    admits: () => true,
    zones: ['a'],
    crossZone: true,
    listeners: [listener],
  })
  return edge
}

async function measure(port: number): Promise<{ megabytes: number; connections: number }> {
  await transfer(port, 16)
  const startMs = performance.now()
  await transfer(port, TRANSFER_MB)
  const megabytes = TRANSFER_MB / ((performance.now() - startMs) / 1000)
  const connectMs = performance.now()
  let left = CONNECTIONS
  const worker = async (): Promise<void> => {
    while (left-- > 0) await exchange(port)
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return { megabytes, connections: CONNECTIONS / ((performance.now() - connectMs) / 1000) }
}

async function transfer(port: number, megabytes: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const finished = drained(socket)
  // The head names the load balancer; the rest of the same write makes it no plain request to the target.
  socket.write(Buffer.concat([Buffer.from(HELLO), BLOCK]))
  for (let sent = BLOCK.length; sent < megabytes * 1e6; sent += BLOCK.length) {
    if (!socket.write(BLOCK)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  socket.end()
  await finished
}

async function exchange(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.write(HELLO)
  await drained(socket)
  socket.end()
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('end', resolve)
    socket.resume()
  })
}

async function serve(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, resolve))
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
