// Owns a Network Load Balancer alone in a process, for measurements: the port of the target as its argument, the port
// that it listens on as its first line.
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { createVpcs } from '../../src/network/dialer.ts'
import { createEdge } from '../../src/network/edge/edge.ts'
import { createLoadBalancerPlane } from '../../src/network/nlb/plane.ts'

const target = Number(process.argv[2])
const vpcs = createVpcs({ clock: systemClock })
vpcs.dialer('vpc').register('10.0.0.1', () => ({ host: '127.0.0.1', port: target }))
const edge = createEdge({
  clock: systemClock,
  log: silentLog,
  ports: { get: () => undefined, set: () => undefined },
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
})
await plane.applyLoadBalancer({
  arn: 'lb',
  dnsName: 'bench.elb.eu-west-1.localhost',
  admits: () => true,
  zones: ['a'],
  crossZone: true,
  listeners: [
    {
      arn: 'listener',
      port: 80,
      protocol: 'TCP',
      groups: [{ arn: 'tg', weight: 1 }],
      idleTimeoutSeconds: 350,
    },
  ],
})
// Its servers don't keep a process alive; the measurement ends it.
setInterval(() => undefined, 60_000)
process.stdout.write(`${plane.addresses('lb')[0]?.direct?.split(':')[1]}\n`)
