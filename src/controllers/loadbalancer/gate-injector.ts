// Owns giving readiness gates to new pods, so that they count as ready only once a load balancer finds them healthy.
import type { Namespace, Pod, Service } from '../../../generated/kubernetes.d.ts'
import { namespaces, services } from '../../kubernetes/client/resources.ts'
import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import { isClaimed } from '../../rules/load-balancer/claim.ts'
import { GATE_PREFIX } from './gates.ts'
import { buildModel } from '../../rules/load-balancer/model.ts'
import { selectsLabels } from '../../rules/scheduling/label-selector.ts'

const INJECT_LABEL = 'elbv2.k8s.aws/pod-readiness-gate-inject'

/**
 * The mpod webhook: pods that are created in a namespace labelled `elbv2.k8s.aws/pod-readiness-gate-inject=enabled`
 * get a gate for each target group (type ip) of the Services that select them. Pods that were there before the
 * load balancer get none.
 */
export function createReadinessGateInjector(options: {
  readonly context: ControllerContext
  readonly clusterName: string
}): MutatingPlugin {
  const { context, clusterName } = options
  const [live, scopes] = [context.informer(services), context.informer(namespaces)]
  return {
    name: 'mpod.elbv2.k8s.aws',
    async admit({ operation, group, resource, subresource, namespace, object }) {
      if (operation !== 'CREATE' || group !== '' || resource !== 'pods' || subresource !== '')
        return undefined
      if (!object || !isEnabled(scopes.get(namespace))) return undefined
      // The resource says what the object is.
      const pod = object as Pod
      const gates = pod.spec.readinessGates ?? []
      const wanted = live
        .list(namespace)
        .filter(
          (service) =>
            isClaimed(service) &&
            hasLoadBalancer(service) &&
            selectsLabels(service.spec.selector, pod.metadata.labels),
        )
        .flatMap((service) => groupNames(clusterName, service))
        .map((name) => ({ conditionType: GATE_PREFIX + name }))
        .filter(({ conditionType }) => !gates.some((gate) => gate.conditionType === conditionType))
      if (wanted.length === 0) return undefined
      const changed: Pod = { ...pod, spec: { ...pod.spec, readinessGates: [...gates, ...wanted] } }
      return changed
    },
  }
}

function isEnabled(namespace: Namespace | undefined): boolean {
  return namespace?.metadata.labels?.[INJECT_LABEL] === 'enabled'
}

function hasLoadBalancer({ status }: Service): boolean {
  return (status?.loadBalancer?.ingress?.length ?? 0) > 0
}

function groupNames(clusterName: string, service: Service): string[] {
  try {
    return buildModel(clusterName, service)
      .targetGroups.filter(({ targetType }) => targetType === 'ip')
      .map(({ name }) => name)
  } catch (error) {
    // The Service was changed to something that cannot be; its own pass says so.
    if (error instanceof BuildError) return []
    throw error
  }
}
