// Owns the table of kinds: a row here makes a kind part of the API.
import { configMapKind } from './config-map.ts'
import { customResourceDefinitionKind } from './custom-resource-definition.ts'
import { daemonSetKind } from './daemon-set.ts'
import { deploymentKind } from './deployment.ts'
import { endpointSliceKind } from './endpoint-slice.ts'
import { endpointsKind } from './endpoints.ts'
import { eventKind } from './event.ts'
import { eventViewKind } from './event-view.ts'
import { ingressClassKind } from './ingress-class.ts'
import type { Kind } from './kind.ts'
import { leaseKind } from './lease.ts'
import { namespaceKind } from './namespace.ts'
import { nodeKind } from './node.ts'
import { podKind } from './pod.ts'
import { priorityClassKind } from './priority-class.ts'
import { clusterRoleBindingKind, clusterRoleKind, roleBindingKind, roleKind } from './rbac.ts'
import { replicaSetKind } from './replica-set.ts'
import { secretKind } from './secret.ts'
import { serviceAccountKind } from './service-account.ts'
import { serviceKind } from './service.ts'

export const kinds: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  eventViewKind,
  namespaceKind,
  nodeKind,
  podKind,
  secretKind,
  serviceAccountKind,
  serviceKind,
  daemonSetKind,
  deploymentKind,
  replicaSetKind,
  leaseKind,
  endpointSliceKind,
  ingressClassKind,
  clusterRoleBindingKind,
  clusterRoleKind,
  roleBindingKind,
  roleKind,
  customResourceDefinitionKind,
  priorityClassKind,
] as readonly Kind[]

/** The kind behind a resource of the API; undefined when there is none. */
export function findKind(group: string, version: string, plural: string): Kind | undefined {
  return kinds.find(
    ({ resource }) => resource.plural === plural && resource.group === group && resource.version === version,
  )
}
