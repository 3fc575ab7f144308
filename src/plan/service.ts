// Owns what the plan knows of Services: which ask for a load balancer, of what target type, and which pods they select.
import type { Service } from '../../generated/kubernetes.d.ts'
import { isObject } from '../base/json.ts'
import type { Manifest, ManifestObject } from '../config/manifest.ts'
import { withoutEmpty } from '../config/yaml.ts'
import {
  isClaimedOnceCreated,
  TARGET_TYPE,
  targetTypeOf,
  type ClaimableService,
} from '../rules/load-balancer/claim.ts'
import { becomesClassic } from '../rules/load-balancer/classic.ts'
import type { Workload } from './workload.ts'
import { valueAt } from './workload.ts'
import { selectsLabels } from '../rules/scheduling/label-selector.ts'

export interface LoadBalancerService {
  readonly namespace: string
  readonly name: string
  readonly targetType: 'ip' | 'instance'
  /** False when nothing says the target type, so that the controller's default applies. */
  readonly targetTypeGiven: boolean
  /** EKS's cloud controller makes it a Classic Load Balancer, since no other controller takes it. */
  readonly isClassic: boolean
  readonly selector: Readonly<Record<string, string>>
  readonly manifest: Manifest
  /** The Service without its empty fields. */
  readonly object: ManifestObject
}

/**
 * The Services that get a load balancer: a network one by the AWS Load Balancer Controller, where it is in the cluster or they
 * ask for it, else a classic one.
 */
export function loadBalancerServices(
  manifests: readonly Manifest[],
  hasController: boolean,
): LoadBalancerService[] {
  return manifests.flatMap((manifest) => loadBalancerService(manifest, hasController) ?? [])
}

/** True when the Service's selector matches the pods of the workload. */
export function selects(service: LoadBalancerService, workload: Workload): boolean {
  return (
    service.namespace === workload.namespace && selectsLabels(service.selector, workload.pod.metadata.labels)
  )
}

const SOME_NODE_PORT = 30_000

/** The Service as the API will have it, as far as load balancers are concerned. */
export function asCreated(object: ManifestObject): Service {
  // Its fields were checked for their types before.
  const { metadata, spec = {} } = object as unknown as Partial<Service> & Pick<Service, 'metadata'>
  const hasNodePorts =
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, namespace: metadata.namespace ?? 'default', uid: '' },
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

function loadBalancerService(manifest: Manifest, hasController: boolean): LoadBalancerService | undefined {
  if (manifest.object.kind !== 'Service' || manifest.object.apiVersion !== 'v1') return undefined
  // A manifest is an object, and stays one.
  const object = withoutEmpty(manifest.object) as ManifestObject
  // What stands under `spec` was checked for its type before.
  const spec = object['spec'] as ClaimableService['spec']
  const claimable = { metadata: object.metadata, spec: spec ?? null }
  if (!isClaimedOnceCreated(claimable)) return undefined
  const annotations = object.metadata.annotations ?? {}
  const targetType = targetTypeOf(annotations)
  const selector = valueAt(object, ['spec', 'selector'])
  return {
    namespace: object.metadata.namespace ?? 'default',
    name: object.metadata.name,
    targetType,
    targetTypeGiven: targetType === 'ip' || annotations[TARGET_TYPE] === 'instance',
    isClassic: !hasController && becomesClassic(claimable),
    selector: isObject(selector) ? (selector as Record<string, string>) : {},
    manifest,
    object,
  }
}
