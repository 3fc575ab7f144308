// Owns giving readiness gates to new pods, so that they count as ready only once a load balancer finds them healthy.
import type { Namespace, Pod } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import { namespaces, services } from '../../kubernetes/client/resources.ts'
import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { GATE_PREFIX } from './gates.ts'
import { targetGroupBindings, type TargetGroupBinding } from './target-group-bindings.ts'
import { selectsLabels } from '../../rules/scheduling/label-selector.ts'

const INJECT_LABEL = 'elbv2.k8s.aws/pod-readiness-gate-inject'

/**
 * The mpod webhook: pods that are created in a namespace labelled `elbv2.k8s.aws/pod-readiness-gate-inject=enabled`
 * get a gate for each TargetGroupBinding (type ip) of the Services that select them, whoever made it. Pods that were
 * there before it get none.
 */
export function createReadinessGateInjector({
  context,
}: {
  readonly context: ControllerContext
}): MutatingPlugin {
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
      const wanted = (await bindingsIn(context, namespace))
        .filter(({ spec }) => {
          const service = live.get(`${namespace}/${spec.serviceRef.name}`)
          return spec.targetType === 'ip' && selectsLabels(service?.spec.selector, pod.metadata.labels)
        })
        .map(({ metadata }) => ({ conditionType: GATE_PREFIX + metadata.name }))
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

/** None where the definition of the kind is not installed. */
async function bindingsIn(
  { client }: ControllerContext,
  namespace: string,
): Promise<readonly TargetGroupBinding[]> {
  try {
    return (await client.list(targetGroupBindings, { namespace })).items
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}
