// Owns node pools and node classes as users write them, and the two pools and one class that EKS Auto Mode brings.
// Source: karpenter.sh/v1 NodePool, eks.amazonaws.com/v1 NodeClass (EKS user guide, "Create a Node Class for Amazon EKS",
// "Enable or Disable Built-in NodePools").
import type { ObjectMeta, Taint } from '../../../generated/kubernetes.d.ts'
import type { Requirement } from './requirements.ts'

export interface NodeClaimTemplate {
  readonly nodeClassRef: { readonly group: string; readonly kind: string; readonly name: string }
  readonly requirements: readonly Requirement[]
  readonly taints?: readonly Taint[]
  /** They go once something on the node takes them off; pods need not tolerate them. */
  readonly startupTaints?: readonly Taint[]
  /** `336h`, or `Never` */
  readonly expireAfter?: string
  readonly terminationGracePeriod?: string
}

export interface DisruptionBudget {
  /** `10%` or a number */
  readonly nodes: string
  readonly reasons?: readonly string[]
  /** When it holds, as cron says it (UTC), and for how long; always without. */
  readonly schedule?: string
  readonly duration?: string
}

export interface NodePool {
  readonly apiVersion: 'karpenter.sh/v1'
  readonly kind: 'NodePool'
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly weight?: number
    /** A fixed number of nodes, whatever the pods ask for. */
    readonly replicas?: number
    readonly limits?: Readonly<Record<string, string | number>>
    readonly disruption?: {
      /** `30s`, or `Never` */
      readonly consolidateAfter?: string
      readonly consolidationPolicy?: string
      readonly budgets?: readonly DisruptionBudget[]
    }
    readonly template: {
      readonly metadata?: {
        readonly labels?: Readonly<Record<string, string>>
        readonly annotations?: Readonly<Record<string, string>>
      }
      readonly spec: NodeClaimTemplate
    }
  }
  readonly status?: Record<string, unknown>
}

/** An object before the server has seen it. */
export type Manifest<T extends { readonly metadata: ObjectMeta }> = Omit<T, 'metadata'> & {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> }
}

/** Terms that select subnets or security groups: all of one, one of several. */
export interface SelectorTerm {
  readonly id?: string
  readonly name?: string
  readonly tags?: Readonly<Record<string, string>>
}

export interface NodeClass {
  readonly apiVersion: 'eks.amazonaws.com/v1'
  readonly kind: 'NodeClass'
  readonly metadata: ObjectMeta
  readonly spec: {
    /** Name of the role of its nodes. */
    readonly role?: string
    readonly subnetSelectorTerms?: readonly SelectorTerm[]
    readonly securityGroupSelectorTerms?: readonly SelectorTerm[]
    readonly ephemeralStorage?: {
      /** `80Gi` */
      readonly size?: string
      readonly iops?: number
      readonly throughput?: number
      readonly kmsKeyID?: string
    }
    readonly tags?: Readonly<Record<string, string>>
    readonly [other: string]: unknown
  }
  readonly status?: Record<string, unknown>
}

/** The node pools that computeConfig.nodePools may name. */
export const BUILTIN_POOLS = ['general-purpose', 'system'] as const
export type BuiltinPool = (typeof BUILTIN_POOLS)[number]

/** "Do not name your custom node class `default`." */
export const DEFAULT_CLASS = 'default'
/** The group of Auto Mode's node classes: pools and claims of another group are Karpenter's. */
export const CLASS_GROUP = 'eks.amazonaws.com'
/** Root volume of a node whose class says nothing else. */
export const DEFAULT_STORAGE = '80Gi'

const managed = { 'app.kubernetes.io/managed-by': 'eks' }

/** A pool that EKS brings. Both take C, M and R types of the fifth generation and newer, on demand. */
export function builtinPool(name: BuiltinPool): Manifest<NodePool> {
  const isSystem = name === 'system'
  const requirement = (key: string, operator: Requirement['operator'], ...values: string[]): Requirement => ({
    key,
    operator,
    values,
  })
  return {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: { name, labels: managed },
    spec: {
      disruption: {
        budgets: [{ nodes: '10%' }],
        consolidateAfter: '30s',
        consolidationPolicy: 'WhenEmptyOrUnderutilized',
      },
      template: {
        spec: {
          expireAfter: '336h',
          nodeClassRef: { group: CLASS_GROUP, kind: 'NodeClass', name: DEFAULT_CLASS },
          requirements: [
            requirement('karpenter.sh/capacity-type', 'In', 'on-demand'),
            requirement('eks.amazonaws.com/instance-category', 'In', 'c', 'm', 'r'),
            requirement('eks.amazonaws.com/instance-generation', 'Gt', '4'),
            requirement('kubernetes.io/arch', 'In', 'amd64', ...(isSystem ? ['arm64'] : [])),
            requirement('kubernetes.io/os', 'In', 'linux'),
          ],
          ...(isSystem ? { taints: [{ key: 'CriticalAddonsOnly', effect: 'NoSchedule' as const }] } : {}),
          terminationGracePeriod: '24h0m0s',
        },
      },
    },
  }
}

/** The class that the built-in pools use: the cluster's own subnets and security group. */
export function defaultNodeClass(from: {
  readonly roleName: string
  readonly subnetIds: readonly string[]
  readonly securityGroupId: string
}): Manifest<NodeClass> {
  return {
    apiVersion: 'eks.amazonaws.com/v1',
    kind: 'NodeClass',
    metadata: { name: DEFAULT_CLASS, labels: managed },
    spec: {
      ephemeralStorage: { iops: 3000, size: DEFAULT_STORAGE, throughput: 125 },
      networkPolicy: 'DefaultAllow',
      networkPolicyEventLogs: 'Disabled',
      role: from.roleName,
      securityGroupSelectorTerms: [{ id: from.securityGroupId }],
      snatPolicy: 'Random',
      subnetSelectorTerms: from.subnetIds.map((id) => ({ id })),
    },
  }
}

/** True for pools whose nodes Auto Mode makes. */
export function isAutoPool({ spec }: Pick<NodePool, 'spec'>): boolean {
  return spec.template.spec.nodeClassRef.group === CLASS_GROUP
}
