import { describe, expect, it } from 'vitest'

import { healthCheckOf } from './health-check.ts'
import { sampleService, type Variation } from './testing/sample-service.ts'

const local = { externalTrafficPolicy: 'Local' as const, healthCheckNodePort: 31000 }

describe('the health check', () => {
  it('connects to the port of the traffic by default', () => {
    expect(healthCheckOf(sampleService(), 'ip')).toEqual({
      HealthCheckProtocol: 'TCP',
      HealthCheckPort: 'traffic-port',
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 10,
      HealthyThresholdCount: 3,
      UnhealthyThresholdCount: 3,
    })
  })

  it('asks kube-proxy when only nodes with a pod may get traffic', () => {
    expect(healthCheckOf(sampleService({ spec: local }), 'instance')).toEqual({
      HealthCheckProtocol: 'HTTP',
      HealthCheckPort: '31000',
      HealthCheckPath: '/healthz',
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 6,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      Matcher: { HttpCode: '200-399' },
    })
    // Pods are asked themselves.
    expect(healthCheckOf(sampleService({ spec: local }), 'ip')).toMatchObject({ HealthCheckProtocol: 'TCP' })
  })

  it('is what the annotations say', () => {
    const annotations = {
      'healthcheck-protocol': 'https',
      'healthcheck-port': '8080',
      'healthcheck-path': '/ready',
      'healthcheck-interval': '5',
      'healthcheck-timeout': '4',
      'healthcheck-healthy-threshold': '6',
      'healthcheck-unhealthy-threshold': '7',
      'healthcheck-success-codes': '204',
    }
    for (const spec of [{}, local]) {
      expect(healthCheckOf(sampleService({ annotations, spec }), 'instance')).toEqual({
        HealthCheckProtocol: 'HTTPS',
        HealthCheckPort: '8080',
        HealthCheckPath: '/ready',
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 4,
        HealthyThresholdCount: 6,
        UnhealthyThresholdCount: 7,
        Matcher: { HttpCode: '204' },
      })
    }
  })
})

describe('a port by name', () => {
  const ports = [
    { name: 'web', port: 80, targetPort: 8080, nodePort: 30080 },
    { name: 'named', port: 81, targetPort: 'http', nodePort: 30081 },
    { name: 'plain', port: 82, nodePort: 30082 },
  ]
  const asking = (port: string): Variation => ({ annotations: { 'healthcheck-port': port }, spec: { ports } })

  it.each([
    ['web', 'ip', '8080'],
    ['web', 'instance', '30080'],
    ['named', 'instance', '30081'],
    ['plain', 'ip', '82'],
    ['traffic-port', 'ip', 'traffic-port'],
    ['9090', 'ip', '9090'],
  ] as const)('%s of targets of type %s is %s', (port, targetType, expected) => {
    expect(healthCheckOf(sampleService(asking(port)), targetType).HealthCheckPort).toBe(expected)
  })

  it.each([
    ['named', "cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port"],
    ['other', 'failed to resolve healthCheckPort: unable to find port other on service shop/web'],
  ])('%s: %s', (port, message) => {
    expect(() => healthCheckOf(sampleService(asking(port)), 'ip')).toThrow(message)
  })
})

it('a protocol that is none is named as it was written', () => {
  const service = sampleService({ annotations: { 'healthcheck-protocol': 'udp' } })
  expect(() => healthCheckOf(service, 'ip')).toThrow('unsupported health check protocol udp')
})
