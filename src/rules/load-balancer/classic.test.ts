import { describe, expect, test } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { becomesClassic, classicModel, cloudBalancerName } from './classic.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

function service(annotations: Record<string, string> = {}, spec: Partial<Service['spec']> = {}): Service {
  const prefixed = Object.entries(annotations).map(([suffix, value]): [string, string] => [
    PREFIX + suffix,
    value,
  ])
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
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

describe('the Classic Load Balancer of a Service', () => {
  test('has the name that the cloud controller gives', () => {
    expect(cloudBalancerName('01234567-89ab-cdef-0123-456789abcdef')).toBe('a0123456789abcdef0123456789abcde')
  })

  // buildListener: protocol of the listener and of the instance, by certificate and backend protocol.
  test.each<[Record<string, string>, string[]]>([
    [{}, ['TCP>TCP', 'TCP>TCP']],
    [{ 'backend-protocol': 'http' }, ['HTTP>HTTP', 'HTTP>HTTP']],
    [{ 'backend-protocol': 'https' }, ['TCP>TCP', 'TCP>TCP']],
    [{ 'ssl-cert': 'arn' }, ['SSL>TCP', 'SSL>TCP']],
    [{ 'ssl-cert': 'arn', 'ssl-ports': '443' }, ['SSL>TCP', 'TCP>TCP']],
    [{ 'ssl-cert': 'arn', 'ssl-ports': 'https', 'backend-protocol': 'http' }, ['HTTPS>HTTP', 'HTTP>HTTP']],
    [{ 'ssl-cert': 'arn', 'ssl-ports': '*', 'backend-protocol': 'ssl' }, ['SSL>SSL', 'SSL>SSL']],
    [{ 'ssl-cert': 'arn', 'backend-protocol': 'https' }, ['HTTPS>HTTPS', 'HTTPS>HTTPS']],
  ])('with %j has listeners %j', (annotations, expected) => {
    const { listeners } = classicModel(service(annotations))
    expect(listeners.map(({ Protocol, InstanceProtocol }) => `${Protocol}>${InstanceProtocol}`)).toEqual(
      expected,
    )
  })

  test.each<[Record<string, string>, Partial<Service['spec']>, string]>([
    [{}, {}, 'TCP:31443'],
    [{ 'backend-protocol': 'ssl' }, {}, 'SSL:31443'],
    [{ 'healthcheck-protocol': 'HTTP', 'healthcheck-path': '/ready' }, {}, 'HTTP:31443/ready'],
    [{ 'healthcheck-port': '32000' }, {}, 'TCP:32000'],
    [{}, { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_999 }, 'HTTP:30999/healthz'],
    [
      { 'healthcheck-port': 'traffic-port' },
      { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_999 },
      'HTTP:31443/healthz',
    ],
  ])('with %j and %j checks %s', (annotations, spec, target) => {
    expect(classicModel(service(annotations, spec)).healthCheck.Target).toBe(target)
  })

  test.each<[Record<string, string>, Partial<Service['spec']>, string]>([
    [
      { 'ssl-cert': 'arn', 'backend-protocol': 'grpc' },
      {},
      `Invalid backend protocol grpc for arn in ${PREFIX}backend-protocol`,
    ],
    [
      { 'connection-idle-timeout': 'long' },
      {},
      `error parsing service annotation: ${PREFIX}connection-idle-timeout=long`,
    ],
    [
      { 'proxy-protocol': 'true' },
      {},
      `annotation "${PREFIX}proxy-protocol"="true" detected, but the only value supported currently is '*'`,
    ],
    [
      { 'access-log-enabled': 'perhaps' },
      {},
      `error parsing service annotation: ${PREFIX}access-log-enabled=perhaps`,
    ],
    [
      { 'ssl-negotiation-policy': 'ELBSecurityPolicy-2015-05' },
      {},
      'ELBSecurityPolicy-2015-05 is not emulated by Neargate',
    ],
    [{}, { loadBalancerIP: '192.0.2.1' }, 'LoadBalancerIP cannot be specified for AWS ELB'],
    [
      {},
      {
        ports: [
          { port: 1, protocol: 'TCP' },
          { port: 2, protocol: 'UDP' },
        ],
      },
      'mixed protocol is not supported for LoadBalancer',
    ],
  ])('is refused with %j and %j', (annotations, spec, words) => {
    expect(() => classicModel(service(annotations, spec))).toThrow(words)
  })

  test('tells instances whose connection it is, negotiates and logs as the annotations say', () => {
    expect(
      classicModel(
        service({
          'proxy-protocol': '*',
          'ssl-negotiation-policy': 'ELBSecurityPolicy-TLS-1-2-2017-01',
          'access-log-enabled': 'true',
          'access-log-emit-interval': '5',
          'access-log-s3-bucket-name': 'logs',
          'access-log-s3-bucket-prefix': 'web',
        }),
      ),
    ).toMatchObject({
      isProxied: true,
      sslPolicy: 'ELBSecurityPolicy-TLS-1-2-2017-01',
      attributes: {
        AccessLog: { Enabled: true, EmitInterval: 5, S3BucketName: 'logs', S3BucketPrefix: 'web' },
      },
    })
  })

  test.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ internal: 'true' }, true],
    [{ type: 'external' }, false],
    [{ 'nlb-target-type': 'ip' }, false],
  ])('is what a Service with %j gets: %j', (annotations, expected) => {
    expect(becomesClassic(service(annotations))).toBe(expected)
  })
})
