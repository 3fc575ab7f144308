// Owns CreateAddon: records what is wanted; the reconciler installs it.
import type { CreateAddonRequest, CreateAddonResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { inUse } from '../errors.ts'
import { findServingCluster } from '../lookup.ts'
import { checkRole } from '../roles.ts'
import { type AddonRecord, type Eks, startClock } from '../state.ts'
import { checkValues, chooseVersion, requireDefinition } from './check.ts'
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
  ],
  handle: async (input, eks) => {
    const { cluster } = findServingCluster(eks, input.clusterName)
    const definition = requireDefinition(input.addonName)
    const addonVersion = chooseVersion(definition, cluster.version ?? '', input.addonVersion)
    const configurationValues = checkValues(definition, input.configurationValues)
    if (input.serviceAccountRoleArn) await checkRole(eks, input.serviceAccountRoleArn)
    const { region, accountId, ids } = eks.deps
    const record: AddonRecord = {
      ...startClock(eks, CREATE_ADDON_MS, input.clientRequestToken),
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
    if (await eks.tables.addons.create(key, record)) return { addon: showAddon(record) }
    const existing = eks.tables.addons.get(key)
    if (existing?.token && existing.token === input.clientRequestToken) return { addon: showAddon(existing) }
    throw inUse('Addon already exists.', { clusterName: cluster.name, addonName: definition.name })
  },
})
