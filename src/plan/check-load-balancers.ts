// Owns the problems of what Services ask of their load balancers: what the controller would refuse, ignore or not find.
import type { Service } from '../../generated/kubernetes.d.ts'
import { nearest } from '../config/nearest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { PREFIX } from '../rules/load-balancer/annotations.ts'
import { serviceProblems } from '../rules/load-balancer/check.ts'
import { ignoredAnnotations, readSuffixes } from '../rules/load-balancer/emulation.ts'
import type { PlanFacts } from './checks.ts'
import type { LoadBalancerService } from './service.ts'

/** Reports what keeps a Service from getting its load balancer: the texts are those of its FailedBuildModel event. */
export function checkLoadBalancers({ services }: PlanFacts): Problem[] {
  return services.flatMap((service) =>
    serviceProblems(asCreated(service)).map(({ message, path, isNotEmulated }) => {
      const code = isNotEmulated ? 'load-balancer-not-emulated' : 'load-balancer-invalid'
      const text = `Service ${service.namespace}/${service.name}: ${message}`
      return problem(code, text, service.manifest.locate([...path]))
    }),
  )
}

/** Reports annotations that look like the controller's and that it does not read. */
export function checkIgnoredAnnotations({ services }: PlanFacts): Problem[] {
  return services.flatMap(({ manifest, object, namespace, name }) =>
    ignoredAnnotations(object.metadata.annotations).map((annotation) => {
      const text = `Service ${namespace}/${name}: the AWS Load Balancer Controller does not read the annotation ${annotation}`
      const meant = nearest(annotation.slice(PREFIX.length), readSuffixes())
      const help = meant && `Did you mean ${PREFIX}${meant}?`
      return problem(
        'annotation-ignored',
        text,
        manifest.locateKey(['metadata', 'annotations', annotation]),
        help,
      )
    }),
  )
}

const SOME_NODE_PORT = 30_000

// The Service as the API will have it, as far as load balancers are concerned.
function asCreated({ object, namespace, name }: LoadBalancerService): Service {
  // Its fields were checked for their types before.
  const { metadata, spec = {} } = object as unknown as Partial<Service> & Pick<Service, 'metadata'>
  const hasNodePorts =
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, namespace, name, uid: '' },
    spec: {
      ...spec,
      type: spec.type ?? 'ClusterIP',
      ports: (spec.ports ?? []).map((port) => ({
        ...port,
        ...(hasNodePorts && { nodePort: port.nodePort ?? SOME_NODE_PORT }),
      })),
    },
  }
}
