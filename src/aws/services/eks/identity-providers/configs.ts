// Owns identity provider configs as records: finding one, showing one, which one a cluster authenticates by.
import type { IdentityProviderConfig, OidcIdentityProviderConfig } from '@aws-sdk/client-eks'

import { invalidParameter, notFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks, EksTables, IdentityProviderRecord } from '../state.ts'

/** The one kind of provider that EKS has (API reference, IdentityProviderConfig). */
export const OIDC = 'oidc'

/** The config of a cluster; EKS takes one at a time ("Grant users access to Kubernetes with an external OIDC provider"). */
export function configOf(
  tables: Pick<EksTables, 'identityProviders'>,
  clusterName: string,
): IdentityProviderRecord | undefined {
  return tables.identityProviders.list(`${clusterName}/`)[0]
}

/**
 * The config that a request names.
 * @returns undefined when the cluster has none of that name
 * @throws AwsError ResourceNotFoundException for the cluster, InvalidParameterException for another type
 */
export function findConfig(
  eks: Eks,
  clusterName: string | undefined,
  wanted: IdentityProviderConfig | undefined,
): IdentityProviderRecord | undefined {
  const { cluster } = findCluster(eks, clusterName)
  if (wanted?.type !== OIDC) {
    throw invalidParameter(`Identity provider config type ${wanted?.type ?? ''} is not supported`, {
      clusterName: cluster.name,
    })
  }
  return eks.tables.identityProviders.get(`${cluster.name}/${wanted.name ?? ''}`)
}

/** The refusal of a config that is not there. The words are Neargate's: those of AWS were not found. */
export function configNotFound(clusterName: string | undefined, name: string | undefined) {
  return notFound(`No identity provider config found with name: ${name ?? ''}.`, { clusterName })
}

/** The config as DescribeIdentityProviderConfig answers it. */
export function showConfig({ config }: IdentityProviderRecord): OidcIdentityProviderConfig {
  return config
}
