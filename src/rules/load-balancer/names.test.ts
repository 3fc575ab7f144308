import { describe, expect, it } from 'vitest'

import { backendSecurityGroupName, loadBalancerName, securityGroupName, targetGroupName } from './names.ts'

const service = { namespace: 'default', name: 'nlb-ip-svc-tls', uid: 'bdca2bd0-bfc6-449a-88a3-03451f05f18c' }

// Vectors of the controller's own unit tests (pkg/service/model_builder_test.go, pkg/networking/backend_sg_provider_test.go).
describe('names', () => {
  it.each([
    ['internal', 'k8s-default-nlbipsvc-6b0ba8ff70'],
    ['internet-facing', 'k8s-default-nlbipsvc-4d831c6ca6'],
  ])('of an %s load balancer', (scheme, name) => {
    expect(loadBalancerName('my-cluster', service, scheme)).toBe(name)
  })

  it('of a load balancer of nobody', () => {
    const nobody = { namespace: 'foo', name: 'bar', uid: '' }
    expect(loadBalancerName('', nobody, 'internet-facing')).toBe('k8s-foo-bar-e053368fb2')
  })

  it('of a target group', () => {
    const group = {
      targetPort: 80,
      servicePort: 80,
      targetType: 'ip' as const,
      protocol: 'TCP',
      healthCheckProtocol: 'TCP',
      healthCheckInterval: 10,
    }
    expect(targetGroupName('my-cluster', service, group)).toBe('k8s-default-nlbipsvc-d4818dcd51')
  })

  it('of the shared security group', () => {
    expect(backendSecurityGroupName('testCluster')).toBe('k8s-traffic-testCluster-411a1bcdb1')
  })

  it('of a managed security group depends on what the Service is called', () => {
    const other = securityGroupName('my-cluster', { ...service, name: 'other' })
    expect(securityGroupName('my-cluster', service)).toMatch(/^k8s-default-nlbipsvc-[0-9a-f]{10}$/)
    expect(other).toMatch(/^k8s-default-other-[0-9a-f]{10}$/)
  })
})
