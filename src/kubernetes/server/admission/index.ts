// Owns the table of the built-in steps of admission, in the order of the API server.
// Source: pkg/kubeapiserver/options/plugins.go.
import type { Clock } from '../../../base/clock.ts'
import type { Authorization } from '../api.ts'
import type { AdmissionPlugin } from '../ports.ts'
import { certificateAdmission } from './certificates.ts'
import type { ChainParts } from './chain.ts'
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts'
import { declaredUsageCheck } from './declared-usage.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { nodeTaint } from './node-taint.ts'
import { podSecurity } from './pod-security.ts'
import { validatingPolicies } from './policies.ts'
import { priorityAdmission } from './priority.ts'
import { resourceQuotaAdmission } from './resource-quota.ts'
import { runtimeClassAdmission } from './runtime-class.ts'
import { serviceAccountAdmission } from './service-account.ts'
import { mutatingWebhooks, validatingWebhooks, type WebhookParts } from './webhooks.ts'
import { claimResize, storageObjectInUseProtection } from './storage-protection.ts'

export interface AdmissionParts extends WebhookParts {
  readonly clock: Clock
  /** Of Kubernetes at the moment: 35 for 1.35. */
  readonly minor: () => number
  readonly authorization: Pick<Authorization, 'decide'>
  /** Steps of this server alone; they come before what has to see their result. */
  readonly added: readonly AdmissionPlugin[]
}

/** The steps of every API server. */
export function builtinAdmission(parts: AdmissionParts): ChainParts {
  const { storage, ids, clock, minor, added } = parts
  return {
    first: [
      namespaceLifecycle(storage),
      limitRanger(storage),
      serviceAccountAdmission(storage, ids),
      nodeRestriction(storage),
      nodeTaint,
      podSecurity(storage, minor),
      priorityAdmission(storage),
      defaultTolerations,
      defaultStorageClass(storage),
      storageObjectInUseProtection,
      claimResize(storage),
      runtimeClassAdmission(storage),
      ...certificateAdmission(parts),
      defaultIngressClass(storage),
      declaredUsageCheck,
      ...added,
    ],
    last: [
      mutatingWebhooks(parts),
      validatingPolicies(parts),
      validatingWebhooks(parts),
      resourceQuotaAdmission(storage, clock),
    ],
  }
}
