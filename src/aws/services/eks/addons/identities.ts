// Owns the pod identity associations that an add-on brings: they are made, replaced and removed with it.
// Source: EKS user guide, "Assign IAM roles to Amazon EKS add-ons with Pod Identity".
import type { AddonPodIdentityAssociations } from '@aws-sdk/client-eks'

import type { Writer } from '../../../../store/store.ts'
import { inUse } from '../errors.ts'
import { newAssociation } from '../pod-identity/associations.ts'
import { checkPodRole } from '../roles.ts'
import { accountKey, type Eks, type PodIdentityRecord } from '../state.ts'

/** What owns the associations: the add-on, with the namespace of its pods. */
export interface IdentityOwner {
  readonly addonArn?: string | undefined
  readonly addonName: string
  readonly clusterName: string
  readonly namespace: string
}

/** Refuses roles that pods cannot have. @throws AwsError InvalidParameterException */
export async function checkIdentities(
  eks: Eks,
  wanted: readonly AddonPodIdentityAssociations[] | undefined,
): Promise<void> {
  for (const { roleArn = '' } of wanted ?? []) await checkPodRole(eks, roleArn)
}

/**
 * Puts these associations in the place of those that the add-on has, within the transaction.
 * @returns their ARNs, as the add-on shows them
 * @throws AwsError ResourceInUseException when another association has one of the accounts
 */
export function replaceIdentities(
  eks: Eks,
  tx: Writer,
  {
    owner,
    wanted,
  }: { readonly owner: IdentityOwner; readonly wanted: readonly AddonPodIdentityAssociations[] },
): string[] {
  removeIdentities(eks, tx, owner)
  const { addonArn, addonName, clusterName, namespace } = owner
  return wanted.map(({ serviceAccount = '', roleArn = '' }) => {
    const record = newAssociation(eks, {
      clusterName,
      namespace,
      serviceAccount,
      roleArn,
      ownerArn: addonArn,
    })
    const known = eks.tables.associations.find('account', accountKey(record.association))
    if (known) {
      throw inUse(`Association already exists: ${known.association.associationId}`, {
        clusterName,
        addonName,
      })
    }
    eks.tables.associations.putIn(tx, `${clusterName}/${record.association.associationId}`, record)
    return record.association.associationArn
  })
}

/** Removes the associations of the add-on, within the transaction. */
export function removeIdentities(
  eks: Eks,
  tx: Writer,
  { addonArn, clusterName }: Pick<IdentityOwner, 'addonArn' | 'clusterName'>,
): void {
  const isOwned = ({ association }: PodIdentityRecord): boolean => association.ownerArn === addonArn
  for (const record of eks.tables.associations.list(`${clusterName}/`).filter(isOwned)) {
    eks.tables.associations.deleteIn(tx, `${clusterName}/${record.association.associationId}`)
  }
}
