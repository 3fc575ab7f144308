import { describe, expect, it } from 'vitest'

import { listenerOf } from './listener.ts'
import { buildTargetGroup, type TargetGroupModel } from './target-group.ts'
import { sampleService, type Variation } from './testing/sample-service.ts'

function groupOf(variation: Variation = {}): TargetGroupModel {
  const service = sampleService(variation)
  const [port] = service.spec.ports ?? []
  return buildTargetGroup({
    cluster: 'demo',
    service,
    ipAddressType: 'ipv4',
    port: port!,
    listener: listenerOf(service, port!),
    tags: () => ({}),
  })
}

const ip = { 'nlb-target-type': 'ip' }

describe('attributes', () => {
  it.each<[Record<string, string>, Record<string, string>]>([
    [{}, { 'proxy_protocol_v2.enabled': 'false' }],
    [{ 'proxy-protocol': '*' }, { 'proxy_protocol_v2.enabled': 'true' }],
    [
      { 'proxy-protocol': '*', 'proxy-protocol-per-target-group': '81' },
      { 'proxy_protocol_v2.enabled': 'true' },
    ],
    [
      { 'target-group-attributes': 'proxy_protocol_v2.enabled=true,preserve_client_ip.enabled=false' },
      { 'proxy_protocol_v2.enabled': 'true', 'preserve_client_ip.enabled': 'false' },
    ],
    [
      {
        'target-group-attributes': 'deregistration_delay.timeout_seconds=30,stickiness.enabled=false',
        'target-group-attributes.80': 'deregistration_delay.timeout_seconds=5,stickiness.enabled=',
        'target-group-attributes.81': 'deregistration_delay.timeout_seconds=7',
      },
      {
        'proxy_protocol_v2.enabled': 'false',
        'deregistration_delay.timeout_seconds': '5',
        'stickiness.enabled': 'false',
      },
    ],
  ])('of %j', (annotations, expected) => {
    expect(groupOf({ annotations }).attributes).toEqual(expected)
  })

  it.each<[Record<string, string>, string]>([
    [
      { 'proxy-protocol': 'yes' },
      'invalid value yes for Load Balancer proxy protocol v2 annotation, only value currently supported is *',
    ],
    [
      { 'proxy-protocol-per-target-group': '80,web' },
      'invalid port number in proxy-protocol-per-target-group: web',
    ],
    [
      { 'target-group-attributes': 'preserve_client_ip.enabled=maybe' },
      'failed to parse attribute preserve_client_ip.enabled=maybe: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
  ])('%j are refused', (annotations, message) => {
    expect(() => groupOf({ annotations })).toThrow(message)
  })
})

describe('what cannot be', () => {
  it.each<[string, Variation, string, readonly (string | number)[]]>([
    [
      'SCTP',
      { spec: { ports: [{ port: 53, protocol: 'SCTP', nodePort: 30053 }] } },
      'port 53/SCTP: load balancers carry TCP and UDP only',
      ['spec', 'ports', 0, 'protocol'],
    ],
    [
      'IPv6',
      { spec: { ipFamilies: ['IPv6'] } },
      'unsupported IPv6 configuration, lb not dual-stack',
      ['spec', 'ipFamilies'],
    ],
    [
      'nodes behind a ClusterIP',
      { spec: { type: 'ClusterIP' } },
      'unsupported service type "ClusterIP" for load balancer target type "instance"',
      ['spec', 'type'],
    ],
    [
      'node ports that are not given out',
      { spec: { ports: [{ port: 80 }], allocateLoadBalancerNodePorts: false } },
      'unable to support instance target type with an unallocated NodePort',
      ['spec', 'allocateLoadBalancerNodePorts'],
    ],
    [
      'no node port',
      { spec: { ports: [{ port: 80 }] } },
      "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'",
      ['spec', 'type'],
    ],
  ])('%s', (_, variation, message, path) => {
    expect(() => groupOf(variation)).toThrow(expect.objectContaining({ message, path }) as Error)
  })
})

it('pods need no node port, and Services of any type may have them', () => {
  expect(groupOf({ annotations: ip, spec: { type: 'ClusterIP', ports: [{ port: 80 }] } }).port).toBe(80)
})

it('labels choose nodes, not pods', () => {
  const annotations = { 'target-node-labels': 'tier=edge' }
  expect(groupOf({ annotations }).nodeLabels).toEqual({ tier: 'edge' })
  expect(groupOf({ annotations: { ...annotations, ...ip } }).nodeLabels).toEqual({})
})
