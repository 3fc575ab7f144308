// Owns the surface of the EKS service: its operations, its reconcilers, and what a region's clusters need of it.
import type { Controller } from '../../../reconcile/controller.ts'
import type { FargateProfiles } from '../../../controllers/fargate/ports.ts'
import type { Authorizer, TokenAuthenticator } from '../../../kubernetes/server/ports.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { createAuthorizer } from './access/authorizer.ts'
import { createProfilesView } from './fargate/profiles.ts'
import { type NodegroupShape, nodegroupShape } from './nodegroups/labels.ts'
import { controllersOf } from './controllers.ts'
import type { EksPorts } from './ports.ts'
import {
  accountKey,
  createTables,
  type Eks,
  type EksAccess,
  type EksTables,
  type PodIdentityRecord,
} from './state.ts'

export type { NodegroupShape } from './nodegroups/labels.ts'
export type { EksPorts } from './ports.ts'
export { offeredVersions, type VersionCalendar } from './versions.ts'

/** What the API server of a cluster asks of EKS. */
export interface ClusterAccess {
  readonly clusters: EksTables['clusters']
  /** Turns `k8s-aws-v1.` tokens into users of a cluster. */
  clusterAuthenticator(clusterName: string): TokenAuthenticator
  /** Turns tokens of the cluster's own OpenID Connect provider into users. */
  providerAuthenticator(clusterName: string): TokenAuthenticator
  /** What access policies allow in a cluster, beside RBAC. */
  clusterAuthorizer(clusterName: string): Authorizer
  fargateProfiles(clusterName: string): FargateProfiles
  /** True when whoever has the role may join the cluster as a node. */
  admitsNode(clusterName: string, roleArn: string): Promise<boolean>
  /** The role that EKS Pod Identity gives a service account; undefined for one without an association. */
  podIdentity(account: ServiceAccountKey): PodIdentityRecord['association'] | undefined
}

export interface ServiceAccountKey {
  readonly clusterName: string
  readonly namespace: string
  readonly serviceAccount: string
}

/** Access to clusters, for whoever runs them: it needs less than the service, which needs that one. */
export function createClusterAccess(deps: ServiceDeps, ports: EksAccess['ports']): ClusterAccess {
  const access: EksAccess = { deps, ports, tables: createTables(deps.store) }
  const { tables } = access
  return {
    clusters: tables.clusters,
    clusterAuthenticator: (clusterName) =>
      loadedByNeed(async () =>
        (await import('./access/authenticator.ts')).createAuthenticator(access, clusterName),
      ),
    providerAuthenticator: (clusterName) =>
      loadedByNeed(async () =>
        (await import('./identity-providers/authenticator.ts')).createProviderAuthenticator(
          access,
          clusterName,
        ),
      ),
    clusterAuthorizer: (clusterName) => createAuthorizer(tables, clusterName),
    admitsNode: async (clusterName, roleArn) =>
      (await import('./access/admits-node.ts')).admitsNode(access, clusterName, roleArn),
    fargateProfiles: (clusterName) => createProfilesView(tables, clusterName),
    podIdentity: (account) => tables.associations.find('account', accountKey(account))?.association,
  }
}

// With the first token: a region may have no cluster.
function loadedByNeed(load: () => Promise<TokenAuthenticator>): TokenAuthenticator {
  let loaded: Promise<TokenAuthenticator> | undefined
  return { authenticate: async (token) => await (await (loaded ??= load())).authenticate(token) }
}

export interface EksService extends ClusterAccess {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
  readonly tables: EksTables
  /** Labels, taints and image release of a managed group's nodes; undefined when there is no such group. */
  nodegroupShape(clusterName: string, nodegroupName: string): NodegroupShape | undefined
}

/** Builds the EKS service of one region. */
export function createEks(deps: ServiceDeps, ports: EksPorts): EksService {
  const tables = createTables(deps.store)
  const eks: Eks = { deps, ports, tables }
  return {
    ...createClusterAccess(deps, ports),
    service: defineService('eks', async () => (await import('./operations.ts')).operationsOf(eks)),
    controllers: controllersOf(eks),
    tables,
    nodegroupShape: (clusterName, nodegroupName) => nodegroupShape(tables, clusterName, nodegroupName),
  }
}
