// Owns what the EKS service remembers: one record a resource, in the shapes that the API shows without its dates.
import type {
  AccessEntry,
  Addon,
  AssociatedAccessPolicy,
  Cluster,
  FargateProfile,
  Nodegroup,
  OidcIdentityProviderConfig,
  PodIdentityAssociation,
  Update,
} from '@aws-sdk/client-eks'

import { Table } from '../../../store/table.ts'
import type { Store } from '../../../store/store.ts'
import type { ServiceDeps } from '../../protocol/service.ts'
import type { EksPorts } from './ports.ts'

/** What every record has beside the resource itself. */
export interface Timed {
  readonly createdAtMs: number
  readonly modifiedAtMs: number
  /** The transition that is under way may not end before this. */
  readonly dueAtMs: number
  /** clientRequestToken of the request that made it: the same request again gives the same answer. */
  /** See `requestToken`. */
  readonly token?: string
}

export interface ClusterRecord extends Timed {
  readonly cluster: Omit<Cluster, 'createdAt' | 'connectorConfig'> & {
    readonly name: string
    readonly arn: string
  }
  readonly creatorArn: string
  /** `eks-cluster-sg-NAME-DIGITS`, decided before the group is made, so that it is found again. */
  readonly securityGroupName: string
  readonly bootstrapAddons: boolean
  readonly bootstrapped: boolean
  /** The update that the reconciler carries out, one at a time. */
  readonly updateId?: string
}

export interface UpdateRecord extends Timed {
  readonly update: Omit<Update, 'createdAt'> & { readonly id: string }
  /** The node group or add-on the update is of; the cluster itself when absent. */
  readonly about?: string
  /** What the resource looks like when the update has succeeded. */
  readonly change: Partial<ClusterRecord['cluster']>
}

export interface NodegroupRecord extends Timed {
  readonly nodegroup: Omit<Nodegroup, 'createdAt' | 'modifiedAt'> & {
    readonly nodegroupName: string
    readonly clusterName: string
  }
  /** The launch template EKS makes from the caller's own, `eks-UUID`; the group has the same UUID. */
  readonly uuid: string
  /** The running update replaces the machines. */
  readonly roll?: Roll
  /** Labels that the running update takes off the nodes. */
  readonly removedLabels?: readonly string[]
  readonly updateId?: string
}

/** How far the replacement of a group's machines has come, so that it goes on after a kill. */
export interface Roll {
  /** True when the launch template changes: all machines older than the update go, whatever their image. */
  readonly all: boolean
  /** Pods that no disruption budget lets go are deleted when the time for them is over. */
  readonly force: boolean
  /** Since when each machine is being drained, by instance id; epoch milliseconds. */
  readonly drains: Readonly<Record<string, number>>
  /** What the group is again when the update fails. */
  readonly before: Pick<NodegroupRecord['nodegroup'], 'version' | 'releaseVersion' | 'launchTemplate'>
}

export interface FargateProfileRecord extends Timed {
  readonly profile: Omit<FargateProfile, 'createdAt'> & {
    readonly fargateProfileName: string
    readonly clusterName: string
    readonly podExecutionRoleArn: string
  }
  /** Why the profile launches nothing, in AWS's words. */
  readonly blocked?: string
}

export interface AddonRecord extends Timed {
  readonly addon: Omit<Addon, 'createdAt' | 'modifiedAt'> & {
    readonly addonName: string
    readonly clusterName: string
    readonly addonVersion: string
  }
  readonly resolveConflicts: 'NONE' | 'OVERWRITE' | 'PRESERVE'
  /** False until the manifests of this version and configuration are in the cluster. */
  readonly applied: boolean
  /** Leave the objects in the cluster when the record goes. */
  readonly preserve: boolean
  readonly updateId?: string
}

export interface AccessEntryRecord extends Timed {
  readonly entry: Omit<AccessEntry, 'createdAt' | 'modifiedAt'> & {
    readonly clusterName: string
    readonly principalArn: string
    readonly type: string
  }
  readonly policies: readonly (Omit<AssociatedAccessPolicy, 'associatedAt' | 'modifiedAt'> & {
    readonly policyArn: string
    readonly associatedAtMs: number
  })[]
}

export interface PodIdentityRecord extends Timed {
  readonly association: Omit<PodIdentityAssociation, 'createdAt' | 'modifiedAt'> & {
    readonly clusterName: string
    readonly namespace: string
    readonly serviceAccount: string
    readonly roleArn: string
    readonly associationId: string
    readonly associationArn: string
  }
}

export interface IdentityProviderRecord extends Timed {
  readonly config: OidcIdentityProviderConfig & {
    readonly identityProviderConfigName: string
    readonly clusterName: string
    readonly issuerUrl: string
    readonly clientId: string
  }
  /** The cluster's update that it was last changed by: it ends when that one ends. */
  readonly updateId: string
}

export type CheckStatus = 'PASSING' | 'WARNING' | 'ERROR'

/** What a check of a cluster has found. */
export interface CheckResult {
  readonly status: CheckStatus
  readonly reason: string
  readonly resources: readonly {
    readonly kubernetesResourceUri?: string
    readonly arn?: string
    /** Where it is better than the whole. */
    readonly status?: CheckStatus
  }[]
  readonly addons?: readonly { readonly name: string; readonly compatibleVersions: readonly string[] }[]
}

export interface FoundInsight extends CheckResult {
  readonly name: string
  /** Since when it has been so, epoch milliseconds. */
  readonly sinceMs: number
}

/** The insights of a cluster, all found at one time. */
export interface InsightsRecord {
  /** The version that the cluster had, and the one that an upgrade would lead to. */
  readonly version: string
  readonly next: string
  readonly atMs: number
  readonly insights: readonly FoundInsight[]
}

export interface EksTables {
  /** By cluster name. */
  readonly clusters: Table<ClusterRecord>
  /** By `cluster/update id`. */
  readonly updates: Table<UpdateRecord>
  /** By `cluster/name`, as the next two. */
  readonly nodegroups: Table<NodegroupRecord>
  readonly profiles: Table<FargateProfileRecord>
  readonly addons: Table<AddonRecord>
  /** By `cluster/principal ARN`. */
  readonly entries: Table<AccessEntryRecord>
  /** By `cluster/association id`; one for a service account, `cluster/namespace/name`. */
  readonly associations: Table<PodIdentityRecord, 'account'>
  /** By cluster name. */
  readonly insights: Table<InsightsRecord>
  /** By `cluster/config name`. */
  readonly identityProviders: Table<IdentityProviderRecord>
}

/** What every handler and reconciler of the service works with. */
export interface Eks {
  readonly deps: ServiceDeps
  readonly ports: EksPorts
  readonly tables: EksTables
}

/** What deciding who may do what in a cluster takes of it. */
export interface EksAccess extends Pick<Eks, 'deps' | 'tables'> {
  readonly ports: Pick<EksPorts, 'host' | 'credentials'>
}

/** The unique key of the association of a service account. */
export function accountKey(account: {
  readonly clusterName: string
  readonly namespace: string
  readonly serviceAccount: string
}): string {
  return `${account.clusterName}/${account.namespace}/${account.serviceAccount}`
}

/** The tables of the service in a store. */
export function createTables(store: Store): EksTables {
  return {
    clusters: new Table(store, 'aws/eks/clusters'),
    updates: new Table(store, 'aws/eks/updates'),
    nodegroups: new Table(store, 'aws/eks/nodegroups'),
    profiles: new Table(store, 'aws/eks/fargate-profiles'),
    addons: new Table(store, 'aws/eks/addons'),
    entries: new Table(store, 'aws/eks/access-entries'),
    insights: new Table(store, 'aws/eks/insights'),
    identityProviders: new Table(store, 'aws/eks/identity-providers'),
    associations: new Table(store, 'aws/eks/pod-identity-associations', {
      unique: { account: ({ association }) => accountKey(association) },
    }),
  }
}

/**
 * The time members of a new record.
 * @param awsMs how long AWS takes for the transition that begins, in milliseconds
 */
export function startClock(eks: Eks, awsMs: number, token?: string): Timed {
  const now = eks.deps.clock.now()
  return {
    createdAtMs: now,
    modifiedAtMs: now,
    dueAtMs: now + awsMs * eks.deps.pace,
    ...(token === undefined ? {} : { token }),
  }
}

/** The time members that change when a further transition begins, which takes AWS `awsMs` milliseconds. */
export function restartClock(eks: Eks, awsMs: number): Pick<Timed, 'modifiedAtMs' | 'dueAtMs'> {
  const now = eks.deps.clock.now()
  return { modifiedAtMs: now, dueAtMs: now + awsMs * eks.deps.pace }
}

/** Milliseconds until the record's transition may end; 0 when it may. */
export function waitMs(eks: Eks, record: Timed): number {
  return Math.max(0, record.dueAtMs - eks.deps.clock.now())
}
