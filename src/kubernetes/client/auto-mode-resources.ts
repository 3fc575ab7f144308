// Owns the names of the resources of EKS Auto Mode for typed clients; a cluster serves them once Auto Mode is on.
import type { ObjectMeta, Taint } from '../../../generated/kubernetes.d.ts'
import { CLASS_GROUP, type NodeClass, type NodePool } from '../../rules/auto-mode/node-pool.ts'
import type { Requirement } from '../../rules/auto-mode/requirements.ts'
import type { Resource } from './client.ts'

export interface NodeClaimCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
}

/** A machine that is wanted, and what became of it (karpenter.sh/v1). */
export interface NodeClaim {
  readonly apiVersion: 'karpenter.sh/v1'
  readonly kind: 'NodeClaim'
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly nodeClassRef: { readonly group: string; readonly kind: string; readonly name: string }
    readonly requirements: readonly Requirement[]
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
    readonly taints?: readonly Taint[]
    readonly startupTaints?: readonly Taint[]
    readonly expireAfter?: string
    readonly terminationGracePeriod?: string
  }
  readonly status?: {
    readonly conditions?: readonly NodeClaimCondition[]
    /** `aws:///us-east-1a/i-…` */
    readonly providerID?: string
    readonly nodeName?: string
    readonly imageID?: string
    readonly capacity?: Readonly<Record<string, string>>
    readonly allocatable?: Readonly<Record<string, string>>
    /** When a pod came to it or left it last. */
    readonly lastPodEventTime?: string
  }
}

/** True for claims whose nodes Auto Mode makes; others are Karpenter's. */
export function isAutoClaim({ spec }: Pick<NodeClaim, 'spec'>): boolean {
  return spec.nodeClassRef.group === CLASS_GROUP
}

export const nodePools: Resource<NodePool> = {
  group: 'karpenter.sh',
  version: 'v1',
  plural: 'nodepools',
  kind: 'NodePool',
  namespaced: false,
}

export const nodeClaims: Resource<NodeClaim> = {
  group: 'karpenter.sh',
  version: 'v1',
  plural: 'nodeclaims',
  kind: 'NodeClaim',
  namespaced: false,
}

export const nodeClasses: Resource<NodeClass> = {
  group: 'eks.amazonaws.com',
  version: 'v1',
  plural: 'nodeclasses',
  kind: 'NodeClass',
  namespaced: false,
}
