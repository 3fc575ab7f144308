import { describe, expect, test } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { cloudNetworkModel, cloudTargetGroupName } from './cloud-network.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

function service(annotations: Record<string, string> = {}, spec: Partial<Service['spec']> = {}): Service {
  const prefixed = Object.entries({ type: 'nlb', ...annotations }).map(
    ([suffix, value]): [string, string] => [PREFIX + suffix, value],
  )
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      resourceVersion: '',
      creationTimestamp: '',
      uid: '01234567-89ab-cdef-0123-456789abcdef',
      annotations: Object.fromEntries(prefixed),
    },
    spec: {
      type: 'LoadBalancer',
      ports: [
        { name: 'https', port: 443, nodePort: 31_443 },
        { name: 'http', port: 80, nodePort: 31_080 },
      ],
      ...spec,
    },
  }
}

describe('the Network Load Balancer of a Service of type nlb', () => {
  test.each<[Record<string, string>, Partial<Service['spec']>, string[]]>([
    [{}, {}, ['TCP>TCP', 'TCP>TCP']],
    [{ 'ssl-cert': 'arn', 'ssl-ports': 'https' }, {}, ['TLS>TCP', 'TCP>TCP']],
    [{ 'ssl-cert': 'arn', 'backend-protocol': 'ssl' }, {}, ['TLS>TLS', 'TLS>TLS']],
    [{ 'ssl-cert': 'arn' }, { ports: [{ port: 53, nodePort: 30_053, protocol: 'UDP' }] }, ['UDP>UDP']],
  ])('with %j and %j has listeners %j', (annotations, spec, expected) => {
    const { ports } = cloudNetworkModel(service(annotations, spec))
    expect(ports.map(({ protocol, targetProtocol }) => `${protocol}>${targetProtocol}`)).toEqual(expected)
  })

  test.each<[Record<string, string>, Partial<Service['spec']>, object]>([
    [{}, {}, { protocol: 'TCP', port: 'traffic-port', path: '', interval: 30, healthyThreshold: 3 }],
    [
      { 'healthcheck-protocol': 'http', 'healthcheck-port': '8080', 'healthcheck-interval': '10' },
      {},
      { protocol: 'HTTP', port: '8080', path: '/', interval: 10 },
    ],
    [
      {},
      { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_999 },
      { protocol: 'HTTP', port: '30999', path: '/healthz', interval: 10, unhealthyThreshold: 2 },
    ],
  ])('with %j and %j checks %j', (annotations, spec, expected) => {
    expect(cloudNetworkModel(service(annotations, spec)).healthCheck).toMatchObject(expected)
  })

  test.each<[Record<string, string>, string]>([
    [{ 'healthcheck-protocol': 'grpc' }, 'Unsupported health check protocol GRPC'],
    [{ 'healthcheck-port': 'web' }, "Invalid health check port 'web'"],
    [{ 'healthcheck-interval': 'x' }, `failed to parse annotation ${PREFIX}healthcheck-interval=x`],
    [
      { 'target-group-attributes': 'stickiness.enabled=true' },
      'error validating target group attributes: the attribute "stickiness.enabled" is not supported by the controller or is invalid',
    ],
    [
      { 'target-group-attributes': 'proxy_protocol_v2.enabled=yes' },
      'error validating target group attributes: invalid attribute value for "proxy_protocol_v2.enabled": yes',
    ],
  ])('is refused with %j', (annotations, words) => {
    expect(() => cloudNetworkModel(service(annotations))).toThrow(words)
  })

  test('has target groups of names that change with what cannot be changed in them', () => {
    const { ports, healthCheck: check } = cloudNetworkModel(service())
    const [port] = ports
    if (!port) throw new Error('no port')
    const name = cloudTargetGroupName('demo', 'shop/web-frontend', { port, check })
    expect(name).toMatch(/^k8s-shop-webfront-[0-9a-f]{10}$/)
    const other = cloudTargetGroupName('demo', 'shop/web-frontend', {
      port,
      check: { ...check, interval: 10 },
    })
    expect(other).not.toBe(name)
  })
})
