// Owns the problems of Services and Ingresses whose load balancer would not be made, or have no targets.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { TARGET_TYPE } from '../rules/load-balancer/claim.ts'
import { isAutoMode } from '../rules/eksctl/auto-mode.ts'
import { isCloudNetwork } from '../rules/load-balancer/classic.ts'
import { CONTROLLER_NAME, hasControllerRole } from '../rules/load-balancer/controller-role.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import { selects } from './service.ts'

/** Reports load balancers that would look for Fargate pods behind the ports of nodes, where there are none. */
export function checkTargetTypes({ services, placed }: PlanFacts): Problem[] {
  return services.flatMap((service) => {
    // The ports of nodes lead to pods on Fargate, too.
    if (service.targetType === 'ip' || service.isClassic) return []
    const onFargate = placed.filter(
      (each) => each.placement.compute === 'fargate' && selects(service, each.workload),
    )
    const [first] = onFargate
    if (!first) return []
    const given = service.targetTypeGiven ? 'has target type instance' : 'has no target type, so instance'
    const message = `Service ${service.namespace}/${service.name} ${given}, and selects ${nameOf(first)} on Fargate: it would have no targets`
    const at = service.manifest.locate(['metadata', 'annotations', TARGET_TYPE])
    return [problem('fargate-target-instance', message, at)]
  })
}

/** Reports load balancers that nothing will make. */
export function checkLoadBalancerController(facts: PlanFacts): Problem[] {
  const { located, services, ingresses, manifests } = facts
  const [first] = [
    ...services
      .filter(({ isClassic }) => !isClassic)
      .map((each) => ({ ...each, kind: 'Service', path: ['spec', 'type'] })),
    ...ingresses.map((each) => ({ ...each, kind: 'Ingress', path: ['spec', 'ingressClassName'] })),
  ]
  if (!first || hasLoadBalancerController(located.config, manifests)) return []
  const { kind, namespace, name, manifest, path } = first
  const message = `${kind} ${namespace}/${name} needs the AWS Load Balancer Controller, which has no IAM role`
  return [problem('no-load-balancer-controller', message, manifest.locate(path))]
}

/** Reports Services that get a load balancer of the first generation for want of a controller, and those with no nodes behind it. */
export function checkClassicBalancers({ services, groups, auto }: PlanFacts): Problem[] {
  return services
    .filter(({ isClassic }) => isClassic)
    .map(({ namespace, name, manifest, object }) => {
      const at = manifest.locate(['spec', 'type'])
      const kind = isCloudNetwork(object) ? 'Network' : 'Classic'
      const who = `Service ${namespace}/${name}`
      return groups.length === 0 && !auto
        ? problem(
            'no-load-balancer-controller',
            `${who} needs the AWS Load Balancer Controller: with Fargate alone, the ${kind} Load Balancer that EKS would make stays <pending>`,
            at,
          )
        : problem(
            'classic-load-balancer',
            isCloudNetwork(object)
              ? `${who} gets its Network Load Balancer from EKS's own cloud controller, since the AWS Load Balancer Controller has no IAM role`
              : `${who} gets a Classic Load Balancer, since the AWS Load Balancer Controller has no IAM role`,
            at,
          )
    })
}

/** Whether something in the cluster takes Services of type LoadBalancer that name no class. */
export function hasLoadBalancerController(config: ClusterConfig, manifests: readonly Manifest[]): boolean {
  return isAutoMode(config) || hasControllerRole(config) || manifests.some(isController)
}

function isController({ object }: Manifest): boolean {
  return object.kind === 'Deployment' && object.metadata.name === CONTROLLER_NAME
}
