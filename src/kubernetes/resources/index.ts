// Owns the list of built-in kinds: a row here makes a kind part of every API server.
import { validatingAdmissionPolicyBindingKind, validatingAdmissionPolicyKind } from './admission-policy.ts'
import { configMapKind } from './config-map.ts'
import { cronJobKind } from './cron-job.ts'
import { customResourceDefinitionKind } from './custom-resource-definition.ts'
import { daemonSetKind } from './daemon-set.ts'
import { deploymentKind } from './deployment.ts'
import { endpointSliceKind } from './endpoint-slice.ts'
import { endpointsKind } from './endpoints.ts'
import { eventKind } from './event.ts'
import { eventViewKind } from './event-view.ts'
import { horizontalPodAutoscalerV1Kind } from './horizontal-pod-autoscaler-v1.ts'
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler.ts'
import { ingressClassKind } from './ingress-class.ts'
import { jobKind } from './job.ts'
import type { Kind } from './kind.ts'
import { leaseKind } from './lease.ts'
import { limitRangeKind } from './limit-range.ts'
import { namespaceKind } from './namespace.ts'
import { nodeKind } from './node.ts'
import { podDisruptionBudgetKind } from './pod-disruption-budget.ts'
import { podKind } from './pod.ts'
import { priorityClassKind } from './priority-class.ts'
import { clusterRoleBindingKind, clusterRoleKind, roleBindingKind, roleKind } from './rbac.ts'
import { replicaSetKind } from './replica-set.ts'
import { resourceQuotaKind } from './resource-quota.ts'
import { secretKind } from './secret.ts'
import { serviceAccountKind } from './service-account.ts'
import { serviceKind } from './service.ts'
import {
  mutatingWebhookConfigurationKind,
  validatingWebhookConfigurationKind,
} from './webhook-configuration.ts'

export const builtinKinds: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  eventViewKind,
  limitRangeKind,
  namespaceKind,
  nodeKind,
  podKind,
  resourceQuotaKind,
  secretKind,
  serviceAccountKind,
  serviceKind,
  daemonSetKind,
  deploymentKind,
  replicaSetKind,
  horizontalPodAutoscalerKind,
  horizontalPodAutoscalerV1Kind,
  cronJobKind,
  jobKind,
  podDisruptionBudgetKind,
  leaseKind,
  endpointSliceKind,
  ingressClassKind,
  clusterRoleBindingKind,
  clusterRoleKind,
  roleBindingKind,
  roleKind,
  mutatingWebhookConfigurationKind,
  validatingAdmissionPolicyKind,
  validatingAdmissionPolicyBindingKind,
  validatingWebhookConfigurationKind,
  customResourceDefinitionKind,
  priorityClassKind,
]
