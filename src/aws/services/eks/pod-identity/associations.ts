// Owns pod identity associations as records: what a new one is, finding one, showing one.
import type { PodIdentityAssociation } from '@aws-sdk/client-eks'

import { associationNotFound, invalidParameter } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import { type Eks, type PodIdentityRecord, startClock } from '../state.ts'

export interface NewAssociation {
  readonly clusterName: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArn: string
  readonly tags?: Record<string, string> | undefined
  readonly disableSessionTags?: boolean | undefined
  readonly targetRoleArn?: string | undefined
  readonly policy?: string | undefined
  /** The add-on that it belongs to. */
  readonly ownerArn?: string | undefined
  readonly token?: string | undefined
}

/** A record with a fresh id. */
export function newAssociation(eks: Eks, from: NewAssociation): PodIdentityRecord {
  const { region, accountId, ids } = eks.deps
  const { clusterName, namespace, serviceAccount, roleArn, targetRoleArn, policy, ownerArn } = from
  const associationId = `a-${ids.upper(17).toLowerCase()}`
  return {
    ...startClock(eks, 0, from.token),
    association: {
      clusterName,
      namespace,
      serviceAccount,
      roleArn,
      associationArn: `arn:aws:eks:${region}:${accountId}:podidentityassociation/${clusterName}/${associationId}`,
      associationId,
      tags: from.tags ?? {},
      disableSessionTags: from.disableSessionTags ?? false,
      ...chain(eks, { clusterName, namespace, serviceAccount, targetRoleArn }),
      ...(policy ? { policy } : {}),
      ...(ownerArn ? { ownerArn } : {}),
    },
  }
}

/**
 * The members of an association that leads on to another role. The external id is that of the EKS user guide, "Access
 * AWS resources using EKS Pod Identity target IAM roles".
 */
export function chain(
  eks: Eks,
  of: Pick<NewAssociation, 'clusterName' | 'namespace' | 'serviceAccount' | 'targetRoleArn'>,
): { targetRoleArn?: string; externalId?: string } {
  if (!of.targetRoleArn) return {}
  const { region, accountId } = eks.deps
  const externalId = [region, accountId, of.clusterName, of.namespace, of.serviceAccount].join('/')
  return { targetRoleArn: of.targetRoleArn, externalId }
}

/** Refuses a session policy beside session tags (API reference, `policy`). @throws AwsError InvalidParameterException */
export function checkSession(session: {
  policy?: string | undefined
  disableSessionTags?: boolean | undefined
}) {
  if (!session.policy || session.disableSessionTags) return
  throw invalidParameter('disableSessionTags must be true when a policy is specified.')
}

/** @throws AwsError ResourceNotFoundException for the cluster or the association */
export function findAssociation(
  eks: Eks,
  clusterName: string | undefined,
  associationId: string | undefined,
): { key: string; record: PodIdentityRecord } {
  const { cluster } = findCluster(eks, clusterName)
  const key = `${cluster.name}/${associationId}`
  const record = eks.tables.associations.get(key)
  if (!record) throw associationNotFound(cluster.name, associationId ?? '')
  return { key, record }
}

/** The association as DescribePodIdentityAssociation answers it. */
export function showAssociation(record: PodIdentityRecord): PodIdentityAssociation {
  return {
    ...record.association,
    createdAt: new Date(record.createdAtMs),
    modifiedAt: new Date(record.modifiedAtMs),
  }
}
