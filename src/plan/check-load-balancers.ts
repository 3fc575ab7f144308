// Owns the problems of what Services ask of their load balancers: what the controller would refuse, ignore or not find.
import { nearest } from '../config/nearest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { PREFIX } from '../rules/load-balancer/annotations.ts'
import { classicProblems, serviceProblems, type ServiceProblem } from '../rules/load-balancer/check.ts'
import { portsCheckedByTcp } from '../rules/load-balancer/datagram-checks.ts'
import { ignoredAnnotations, readSuffixes } from '../rules/load-balancer/emulation.ts'
import type { PlanFacts } from './checks.ts'
import { asCreated, type LoadBalancerService } from './service.ts'

/** Reports what keeps a Service from getting its load balancer: the texts are those of its FailedBuildModel event. */
export function checkLoadBalancers({ services }: PlanFacts): Problem[] {
  return services.flatMap((service) =>
    problemsOf(service).map(({ message, path, isNotEmulated }) => {
      const code = isNotEmulated ? 'load-balancer-not-emulated' : 'load-balancer-invalid'
      const text = `Service ${service.namespace}/${service.name}: ${message}`
      return problem(code, text, service.manifest.locate([...path]))
    }),
  )
}

function problemsOf({ isClassic, object }: LoadBalancerService): ServiceProblem[] {
  return (isClassic ? classicProblems : serviceProblems)(asCreated(object))
}

/** Reports ports of UDP whose targets are checked by TCP where nothing may answer. */
export function checkDatagrams({ services }: PlanFacts): Problem[] {
  return services.flatMap(({ manifest, object, namespace, name, isClassic }) => {
    if (isClassic) return []
    const created = asCreated(object)
    if (serviceProblems(created).length > 0) return []
    return portsCheckedByTcp(created).map((port) => {
      const text = `Service ${namespace}/${name}: targets of port ${port}/UDP are checked by TCP at the same port`
      const index = created.spec.ports?.findIndex((one) => one.port === port) ?? 0
      return problem('udp-checked-by-tcp', text, manifest.locate(['spec', 'ports', index]))
    })
  })
}

/** Reports annotations that look like the controller's and that it does not read. */
export function checkIgnoredAnnotations({ services }: PlanFacts): Problem[] {
  return services.flatMap(({ manifest, object, namespace, name, isClassic }) =>
    (isClassic ? [] : ignoredAnnotations(object.metadata.annotations)).map((annotation) => {
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
