import { describe, expect, it } from 'vitest'

import type { ServicePort } from '../../../generated/kubernetes.d.ts'
import { serviceProblems } from './check.ts'
import { listenerPorts } from './listener-ports.ts'
import { buildModel } from './model.ts'
import { networkingOf, type BackendSource } from './target-group-binding.ts'
import { sampleService } from './testing/sample-service.ts'

const tcp: ServicePort = { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 }
const udp: ServicePort = { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }
const web: ServicePort = { name: 'web', port: 80, targetPort: 8080 }
const merged = { 'enable-tcp-udp-listener': 'true', 'nlb-target-type': 'ip' }

function listeners(ports: readonly ServicePort[], annotations: Record<string, string> = {}) {
  return listenerPorts(sampleService({ annotations, spec: { ports: [...ports] } })).map(
    ({ port, listener }) => [port.port, listener.protocol, listener.groupProtocol],
  )
}

describe('the listeners of a Service', () => {
  it('are one a port, of its protocol; certificates are for TCP', () => {
    expect(listeners([web, udp])).toEqual([
      [80, 'TCP', 'TCP'],
      [53, 'UDP', 'UDP'],
    ])
    expect(listeners([web, udp], { 'ssl-cert': 'arn:a' })).toEqual([
      [80, 'TLS', 'TCP'],
      [53, 'UDP', 'UDP'],
    ])
  })

  it('are shared by TCP and UDP of one number where the annotation says so', () => {
    expect(listeners([udp, tcp, web], merged)).toEqual([
      [53, 'TCP_UDP', 'TCP_UDP'],
      [80, 'TCP', 'TCP'],
    ])
  })

  it('are otherwise what ELBv2 refuses: the last listener in front of the first group', () => {
    expect(listeners([tcp, udp])).toEqual([[53, 'UDP', 'TCP']])
    expect(listeners([udp, tcp], { 'enable-tcp-udp-listener': 'maybe' })).toEqual([[53, 'TCP', 'UDP']])
  })

  it.each<[readonly ServicePort[], string]>([
    [[tcp, udp, { ...udp, protocol: 'SCTP' }], 'can only merge two ports, not 3'],
    [[tcp, { ...udp, protocol: 'SCTP' }], 'unsupported protocol for merging: SCTP'],
  ])('are refused when more is to be shared: %j', (ports, message) => {
    expect(() => listeners(ports, merged)).toThrow(message)
  })
})

describe('who reaches the targets of datagrams', () => {
  const group: BackendSource = { groupId: 'sg-1' }
  const blocks: BackendSource = { cidrs: ['10.0.0.0/24'], clients: ['0.0.0.0/0'], isForAll: true }
  const rules = (
    ports: readonly ServicePort[],
    annotations: Record<string, string>,
    source: BackendSource,
  ) => {
    const [model] = buildModel(
      'demo',
      sampleService({
        annotations: { 'nlb-target-type': 'ip', ...annotations },
        spec: { ports: [...ports] },
      }),
    ).targetGroups
    return networkingOf(model!, source).map(({ from, ports: allowed }) => [
      from.map(({ ipBlock, securityGroup }) => ipBlock?.cidr ?? securityGroup?.groupID).join(),
      allowed.map(({ protocol, port }) => `${protocol}/${port}`).join(' '),
    ])
  }

  it.each<[readonly ServicePort[], Record<string, string>, BackendSource, string[][]]>([
    [[udp], {}, group, [['sg-1', 'UDP/53 TCP/53']]],
    [[udp], { 'healthcheck-port': '8080' }, group, [['sg-1', 'UDP/53 TCP/8080']]],
    [[udp, tcp], merged, group, [['sg-1', 'UDP/53 TCP/53']]],
    [[udp, tcp], { ...merged, 'healthcheck-port': '8080' }, group, [['sg-1', 'UDP/53 TCP/53 TCP/8080']]],
    [
      [udp],
      {},
      blocks,
      [
        ['0.0.0.0/0', 'UDP/53'],
        ['10.0.0.0/24', 'TCP/53'],
      ],
    ],
    [[udp, tcp], merged, blocks, [['0.0.0.0/0', 'TCP/53 UDP/53']]],
    [[web], {}, blocks, [['10.0.0.0/24', 'TCP/8080']]],
  ])('of %j with %j from %j', (ports, annotations, source, expected) => {
    expect(rules(ports, annotations, source)).toEqual(expected)
  })
})

describe('a Service of UDP', () => {
  const attributes = (text: string) =>
    serviceProblems(
      sampleService({
        annotations: { 'nlb-target-type': 'ip', 'target-group-attributes': text },
        spec: { ports: [udp] },
      }),
    ).map(({ message }) => message)

  it('lets everybody in by UDP', () => {
    const { securityGroups } = buildModel(
      'demo',
      sampleService({ spec: { ports: [{ ...udp, nodePort: 30053 }] } }),
    )
    expect(securityGroups).toMatchObject({
      rules: [{ protocol: 'udp', fromPort: 53, toPort: 53, source: { cidr: '0.0.0.0/0' } }],
    })
  })

  it('keeps the addresses of its clients, and has no PROXY header here', () => {
    expect(attributes('preserve_client_ip.enabled=true,stickiness.enabled=true')).toEqual([])
    expect(attributes('preserve_client_ip.enabled=false')).toEqual([
      "'preserve_client_ip.enabled' cannot be disabled for target groups with the UDP or TCP_UDP protocol",
    ])
    expect(attributes('proxy_protocol_v2.enabled=true')).toEqual([
      'proxy_protocol_v2.enabled=true is not emulated by Neargate',
    ])
    expect(attributes('target_health_state.unhealthy.connection_termination.enabled=false')).toEqual([
      "Target group attribute key 'target_health_state.unhealthy.connection_termination.enabled' is not recognized",
    ])
  })
})
