// Owns AssociateIdentityProviderConfig: an OpenID Connect provider whose users the cluster knows.
import type {
  AssociateIdentityProviderConfigRequest,
  AssociateIdentityProviderConfigResponse,
  OidcIdentityProviderConfigRequest,
} from '@aws-sdk/client-eks'

import { own } from '../../../../base/json.ts'
import { operation } from '../../../protocol/operation.ts'
import { requestToken } from '../client-token.ts'
import { beginClusterUpdate } from '../clusters/updates.ts'
import { showUpdate } from '../clusters/show.ts'
import { inUse, invalidParameter, invalidRequest } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import { type ClusterRecord, type Eks, type IdentityProviderRecord, startClock } from '../state.ts'
import { configOf, OIDC } from './configs.ts'

/** "The association takes … to complete": 15 to 35 minutes are seen, the provider of Terraform waits for 40. */
const ASSOCIATE_MS = 15 * 60_000
const RESERVED = 'system:'

/** @throws AwsError InvalidParameter-, InvalidRequest-, ResourceInUse-, ResourceNotFoundException */
export const associateIdentityProviderConfig = operation<
  Eks,
  AssociateIdentityProviderConfigRequest,
  AssociateIdentityProviderConfigResponse
>()({
  honours: [
    'clusterName',
    'oidc.identityProviderConfigName',
    'oidc.issuerUrl',
    'oidc.clientId',
    'oidc.usernameClaim',
    'oidc.usernamePrefix',
    'oidc.groupsClaim',
    'oidc.groupsPrefix',
    'oidc.requiredClaims',
    'tags',
    'clientRequestToken',
  ],
  handle: async (input, eks) => {
    const { cluster } = findCluster(eks, input.clusterName)
    const { oidc = {} } = input as { oidc?: Partial<OidcIdentityProviderConfigRequest> }
    checkProvider(cluster, oidc)
    const token = requestToken(input)
    const known = configOf(eks.tables, cluster.name)
    const tags = input.tags ?? {}
    if (known) {
      const update = eks.tables.updates.get(`${cluster.name}/${known.updateId}`)
      if (token !== undefined && known.token === token && update) return { update: showUpdate(update), tags }
      throw taken(cluster.name, known, oidc.identityProviderConfigName)
    }
    const update = await beginClusterUpdate(eks, cluster.name, {
      type: 'AssociateIdentityProviderConfig',
      params: [{ type: 'IdentityProviderConfig', value: JSON.stringify([oidc]) }],
      change: {},
      awsMs: ASSOCIATE_MS,
      also: (tx, updateId) => {
        const record = newConfig(eks, cluster.name, { oidc, tags, token, updateId })
        const { identityProviderConfigName: name } = record.config
        eks.tables.identityProviders.putIn(tx, `${cluster.name}/${name}`, record)
      },
    })
    return { update, tags }
  },
})

function newConfig(
  eks: Eks,
  clusterName: string,
  from: {
    readonly oidc: Partial<OidcIdentityProviderConfigRequest>
    readonly tags: Record<string, string>
    readonly token: string | undefined
    readonly updateId: string
  },
): IdentityProviderRecord {
  const { region, accountId, ids } = eks.deps
  const { identityProviderConfigName = '', issuerUrl = '', clientId = '', ...rest } = from.oidc
  const path = [clusterName, OIDC, identityProviderConfigName, ids.uuid()].join('/')
  return {
    ...startClock(eks, ASSOCIATE_MS, from.token),
    updateId: from.updateId,
    config: {
      ...rest,
      identityProviderConfigName,
      identityProviderConfigArn: `arn:aws:eks:${region}:${accountId}:identityproviderconfig/${path}`,
      clusterName,
      issuerUrl,
      clientId,
      tags: from.tags,
      status: 'CREATING',
    },
  }
}

// EKS user guide, "Grant users access to Kubernetes with an external OIDC provider".
function checkProvider(
  cluster: ClusterRecord['cluster'],
  oidc: Partial<OidcIdentityProviderConfigRequest>,
): void {
  const clusterName = cluster.name
  const { issuerUrl = '' } = oidc
  const url = URL.parse(issuerUrl)
  if (url?.protocol !== 'https:' || url.search !== '' || url.hash !== '') {
    throw invalidParameter(`Issuer URL must be an https URL without a query: ${issuerUrl}`, { clusterName })
  }
  // The API server would take every service account's token for one of the provider's.
  if (issuerUrl === cluster.identity?.oidc?.issuer) {
    throw invalidParameter(`Issuer URL must not be the cluster's own OIDC issuer: ${issuerUrl}`, {
      clusterName,
    })
  }
  for (const member of ['usernamePrefix', 'groupsPrefix'] as const) {
    const prefix = own(oidc, member)
    if (typeof prefix === 'string' && prefix.includes(RESERVED)) {
      throw invalidParameter(`${member} must not contain ${RESERVED}`, { clusterName })
    }
  }
}

// The words are Neargate's: those of AWS were not found.
function taken(clusterName: string, { config }: IdentityProviderRecord, name: string | undefined) {
  return name === config.identityProviderConfigName
    ? inUse(`Identity provider config already exists with name: ${name}`, { clusterName })
    : invalidRequest(
        `Cluster ${clusterName} already has an identity provider config: ${config.identityProviderConfigName}`,
        { clusterName },
      )
}
