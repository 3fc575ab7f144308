// Owns the Service that the tests of load balancer rules vary.
import type { Service } from '../../../../generated/kubernetes.d.ts'
import { PREFIX } from '../annotations.ts'

/** What differs from a Service of one TCP port; annotations by their suffix, or by their full name. */
export interface Variation {
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Partial<Service['spec']>
}

/** `shop/web`, claimed by class, port 80 to 8080, node port 30080. */
export function sampleService({ annotations = {}, spec = {} }: Variation = {}): Service {
  const named = Object.entries(annotations).map(([key, value]) => [
    key.includes('/') ? key : PREFIX + key,
    value,
  ])
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: 'shop',
      name: 'web',
      uid: 'bdca2bd0-bfc6-449a-88a3-03451f05f18c',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: Object.fromEntries(named) as Record<string, string>,
    },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'service.k8s.aws/nlb',
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }],
      ...spec,
    },
  }
}
