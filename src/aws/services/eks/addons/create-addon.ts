// Owns CreateAddon: records what is wanted; the reconciler installs it.
import type {
  AddonPodIdentityAssociations,
  CreateAddonRequest,
  CreateAddonResponse,
} from '@aws-sdk/client-eks'

import type { Writer } from '../../../../store/store.ts'
import { operation } from '../../../protocol/operation.ts'
import { requestToken } from '../client-token.ts'
import { inUse } from '../errors.ts'
import { findServingCluster } from '../lookup.ts'
import { checkRole } from '../roles.ts'
import { type AddonRecord, type Eks, startClock } from '../state.ts'
import { checkValues, chooseVersion, requireDefinition } from './check.ts'
import type { AddonDefinition } from './definition.ts'
import { checkIdentities, replaceIdentities } from './identities.ts'
import { showAddon } from './show.ts'

const CREATE_ADDON_MS = 60_000

/** @throws AwsError ResourceInUseException, InvalidParameterException, InvalidRequestException, ResourceNotFoundException */
export const createAddon = operation<Eks, CreateAddonRequest, CreateAddonResponse>()({
  honours: [
    'clusterName',
    'addonName',
    'addonVersion',
    'serviceAccountRoleArn',
    'resolveConflicts',
    'configurationValues',
    'tags',
    'clientRequestToken',
    'podIdentityAssociations[].serviceAccount',
    'podIdentityAssociations[].roleArn',
  ],
  handle: async (input, eks) => {
    const { cluster } = findServingCluster(eks, input.clusterName)
    const definition = requireDefinition(input.addonName)
    const addonVersion = chooseVersion(definition, cluster.version ?? '', input.addonVersion)
    const configurationValues = checkValues(definition, input.configurationValues)
    if (input.serviceAccountRoleArn) await checkRole(eks, input.serviceAccountRoleArn)
    await checkIdentities(eks, input.podIdentityAssociations)
    const { region, accountId, ids } = eks.deps
    const record: AddonRecord = {
      ...startClock(eks, CREATE_ADDON_MS, requestToken(input)),
      resolveConflicts: input.resolveConflicts ?? 'NONE',
      applied: false,
      preserve: false,
      addon: {
        addonName: definition.name,
        clusterName: cluster.name,
        status: 'CREATING',
        addonVersion,
        health: { issues: [] },
        addonArn: `arn:aws:eks:${region}:${accountId}:addon/${cluster.name}/${definition.name}/${ids.uuid()}`,
        tags: input.tags ?? {},
        ...(input.serviceAccountRoleArn ? { serviceAccountRoleArn: input.serviceAccountRoleArn } : {}),
        ...(configurationValues ? { configurationValues } : {}),
      },
    }
    const key = `${cluster.name}/${definition.name}`
    return await eks.deps.store.transact((tx) => {
      findServingCluster(eks, cluster.name)
      const existing = eks.tables.addons.get(key)
      if (!existing) {
        const made = withIdentities(eks, tx, { record, definition, wanted: input.podIdentityAssociations })
        eks.tables.addons.putIn(tx, key, made)
        return { addon: showAddon(made) }
      }
      if (existing.token === undefined || existing.token !== record.token) {
        throw inUse('Addon already exists.', { clusterName: cluster.name, addonName: definition.name })
      }
      return { addon: showAddon(existing) }
    })
  },
})

interface Identified {
  readonly record: AddonRecord
  readonly definition: AddonDefinition
  readonly wanted: readonly AddonPodIdentityAssociations[] | undefined
}

function withIdentities(eks: Eks, tx: Writer, { record, definition, wanted = [] }: Identified): AddonRecord {
  if (wanted.length === 0) return record
  const owner = { ...record.addon, namespace: definition.namespace }
  const arns = replaceIdentities(eks, tx, { owner, wanted })
  return { ...record, addon: { ...record.addon, podIdentityAssociations: arns } }
}
