// Owns the problems of what Ingresses ask of their load balancers: what the controller would refuse.
import type { Ingress, Service } from '../../generated/kubernetes.d.ts'
import type { Manifest, ManifestObject } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { withoutEmpty } from '../config/yaml.ts'
import type { BuildError } from '../rules/load-balancer/annotations.ts'
import { groupOf, sorted, type IngressGroup } from '../rules/load-balancer/ingress/group.ts'
import { buildIngressModel } from '../rules/load-balancer/ingress/model.ts'
import type { PlanFacts } from './checks.ts'
import { ingressGroups, refusal, type BalancedIngress } from './ingress.ts'
import { asCreated } from './service.ts'

/** Reports what keeps a group of Ingresses from its load balancer, the first thing of each, in the controller's words. */
export function checkIngresses({ located, ingresses, manifests }: PlanFacts): Problem[] {
  const cluster = located.config.metadata.name
  const services = servicesOf(manifests)
  const ungrouped = ingresses.flatMap((each) => {
    const error = refusal(() => groupOf(each.ingress))
    return error ? problemsOf(error, [each]) : []
  })
  const refused = ingressGroups(ingresses).flatMap((group) => {
    if (!group.members.every(({ ingress }) => isComplete(ingress))) return []
    const error = refusal(() => build(group, cluster, services))
    const about = ingresses.filter(({ ingress }) =>
      group.members.some((member) => member.ingress === ingress),
    )
    return error ? problemsOf(error, about) : []
  })
  return [...ungrouped, ...refused]
}

/** A Service that the files have not: the cluster may have it, so that nothing can be said of what leads there. */
class UnknownService extends Error {}

function build({ id, members }: IngressGroup, cluster: string, services: ReadonlyMap<string, Service>): void {
  const service = (key: string): Service => {
    const found = services.get(key)
    if (!found) throw new UnknownService(key)
    return found
  }
  try {
    // Which certificates there are is not known before the cluster is.
    buildIngressModel({ id, members: sorted(members) }, { cluster, service, discover: () => [] })
  } catch (error) {
    if (!(error instanceof UnknownService)) throw error
  }
}

function servicesOf(manifests: readonly Manifest[]): ReadonlyMap<string, Service> {
  const found = manifests
    .filter(({ object }) => object.kind === 'Service' && object.apiVersion === 'v1')
    // A manifest is an object, and stays one.
    .map(({ object }) => asCreated(withoutEmpty(object) as ManifestObject))
  return new Map(found.map((service) => [`${service.metadata.namespace}/${service.metadata.name}`, service]))
}

// The API refuses a path without a backend before the controller sees it.
function isComplete({ spec }: Ingress): boolean {
  const paths: readonly { readonly backend?: object }[] = (spec.rules ?? []).flatMap(
    (rule) => rule.http?.paths ?? [],
  )
  return paths.every(({ backend }) => backend !== undefined)
}

// At the annotation that it is about, of the first Ingress that has it.
function problemsOf(
  { message, path, isNotEmulated }: BuildError,
  [first, ...others]: readonly BalancedIngress[],
): Problem[] {
  if (!first) return []
  const [, , annotation = ''] = path
  const culprit =
    [first, ...others].find(
      ({ ingress }) => ingress.metadata.annotations?.[String(annotation)] !== undefined,
    ) ?? first
  const code = isNotEmulated ? 'load-balancer-not-emulated' : 'load-balancer-invalid'
  const text = `Ingress ${culprit.namespace}/${culprit.name}: ${message}`
  return [problem(code, text, culprit.manifest.locate([...path]))]
}
