// Owns the list of built-in kinds: a row here makes a kind part of every API server.
import { validatingAdmissionPolicyBindingKind, validatingAdmissionPolicyKind } from './admission-policy.ts'
import { certificateSigningRequestKind } from './certificate-signing-request.ts'
import { componentStatusKind } from './component-status.ts'
import { apiServiceKind } from './api-service.ts'
import { configMapKind } from './config-map.ts'
import { cronJobKind } from './cron-job.ts'
import { csiDriverKind } from './csi-driver.ts'
import { csiNodeKind } from './csi-node.ts'
import { csiStorageCapacityKind } from './csi-storage-capacity.ts'
import { customResourceDefinitionKind } from './custom-resource-definition.ts'
import { controllerRevisionKind } from './controller-revision.ts'
import { daemonSetKind } from './daemon-set.ts'
import { deploymentKind } from './deployment.ts'
import { endpointSliceKind } from './endpoint-slice.ts'
import { endpointsKind } from './endpoints.ts'
import { eventViewKind } from './event-view.ts'
import { eventKind } from './event.ts'
import { flowSchemaKind } from './flow-schema.ts'
import { horizontalPodAutoscalerV1Kind } from './horizontal-pod-autoscaler-v1.ts'
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler.ts'
import { ingressClassKind } from './ingress-class.ts'
import { ingressKind } from './ingress.ts'
import { ipAddressKind } from './ip-address.ts'
import { jobKind } from './job.ts'
import type { Kind } from './kind.ts'
import { leaseKind } from './lease.ts'
import { limitRangeKind } from './limit-range.ts'
import { namespaceKind } from './namespace.ts'
import { networkPolicyKind } from './network-policy.ts'
import { nodeKind } from './node.ts'
import { persistentVolumeClaimKind } from './persistent-volume-claim.ts'
import { persistentVolumeKind } from './persistent-volume.ts'
import { podDisruptionBudgetKind } from './pod-disruption-budget.ts'
import { podTemplateKind } from './pod-template.ts'
import { podKind } from './pod.ts'
import { priorityClassKind } from './priority-class.ts'
import { priorityLevelConfigurationKind } from './priority-level-configuration.ts'
import { clusterRoleBindingKind, clusterRoleKind, roleBindingKind, roleKind } from './rbac.ts'
import { replicaSetKind } from './replica-set.ts'
import { replicationControllerKind } from './replication-controller.ts'
import { resourceQuotaKind } from './resource-quota.ts'
import { runtimeClassKind } from './runtime-class.ts'
import { secretKind } from './secret.ts'
import { serviceAccountKind } from './service-account.ts'
import { serviceCidrKind } from './service-cidr.ts'
import { serviceKind } from './service.ts'
import { statefulSetKind } from './stateful-set.ts'
import { storageClassKind } from './storage-class.ts'
import { volumeAttachmentKind } from './volume-attachment.ts'
import { volumeAttributesClassKind } from './volume-attributes-class.ts'
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
  replicationControllerKind,
  resourceQuotaKind,
  secretKind,
  serviceAccountKind,
  serviceKind,
  controllerRevisionKind,
  daemonSetKind,
  deploymentKind,
  replicaSetKind,
  statefulSetKind,
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
  apiServiceKind,
  mutatingWebhookConfigurationKind,
  validatingAdmissionPolicyKind,
  validatingAdmissionPolicyBindingKind,
  validatingWebhookConfigurationKind,
  customResourceDefinitionKind,
  priorityClassKind,
  componentStatusKind,
  csiDriverKind,
  csiNodeKind,
  csiStorageCapacityKind,
  ingressKind,
  ipAddressKind,
  networkPolicyKind,
  persistentVolumeKind,
  persistentVolumeClaimKind,
  podTemplateKind,
  runtimeClassKind,
  serviceCidrKind,
  storageClassKind,
  volumeAttachmentKind,
  volumeAttributesClassKind,
  flowSchemaKind,
  priorityLevelConfigurationKind,
  certificateSigningRequestKind,
]
