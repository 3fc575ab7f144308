// Owns a member of a group of Ingresses for tests: one path to a Service that there is not.
import type { IngressClassParamsSpec } from '../class-params.ts'
import type { GroupMember } from '../group.ts'

/** An Ingress of the namespace `shop` whose class has these parameters. */
export function ingressGroupMember(name: string, params: IngressClassParamsSpec): GroupMember {
  const backend = { service: { name: 'frontend', port: { number: 80 } } }
  return {
    params,
    ingress: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name,
        namespace: 'shop',
        uid: name,
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
        annotations: { 'alb.ingress.kubernetes.io/group.name': 'shared' },
      },
      spec: { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
    },
  }
}
