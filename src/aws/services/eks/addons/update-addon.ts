// Owns UpdateAddon: a new version, configuration or role, applied by the reconciler.
import type { UpdateAddonRequest, UpdateAddonResponse, UpdateParam } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { inUse } from '../errors.ts'
import { findServingCluster } from '../lookup.ts'
import { checkRole } from '../roles.ts'
import { type AddonRecord, type Eks, restartClock, startClock, type UpdateRecord } from '../state.ts'
import { showUpdate } from '../clusters/show.ts'
import { checkValues, chooseVersion, findRecord, requireDefinition } from './check.ts'

const UPDATE_ADDON_MS = 60_000

/** @throws AwsError ResourceInUseException, InvalidParameterException, ResourceNotFoundException */
export const updateAddon = operation<Eks, UpdateAddonRequest, UpdateAddonResponse>()({
  honours: [
    'clusterName',
    'addonName',
    'addonVersion',
    'serviceAccountRoleArn',
    'resolveConflicts',
    'configurationValues',
  ],
  keeps: ['clientRequestToken'],
  handle: async (input, eks) => {
    const { cluster } = findServingCluster(eks, input.clusterName)
    const { key, record } = findRecord(eks, input.clusterName, input.addonName)
    const definition = requireDefinition(record.addon.addonName)
    if (input.serviceAccountRoleArn) await checkRole(eks, input.serviceAccountRoleArn)
    const addonVersion = input.addonVersion
      ? chooseVersion(definition, cluster.version ?? '', input.addonVersion)
      : record.addon.addonVersion
    const values = checkValues(definition, input.configurationValues)
    const id = eks.deps.ids.uuid()
    const update = draft(eks, { id, input, about: definition.name })
    await eks.tables.updates.put(`${cluster.name}/${id}`, update)
    const after = await eks.tables.addons.update(key, (current): AddonRecord | undefined =>
      isBusy(current)
        ? undefined
        : {
            ...current,
            ...restartClock(eks, UPDATE_ADDON_MS),
            applied: false,
            resolveConflicts: input.resolveConflicts ?? 'NONE',
            updateId: id,
            addon: {
              ...current.addon,
              status: 'UPDATING',
              addonVersion,
              ...(values === undefined ? {} : { configurationValues: values }),
              ...(input.serviceAccountRoleArn ? { serviceAccountRoleArn: input.serviceAccountRoleArn } : {}),
            },
          },
    )
    if (after?.updateId !== id) {
      await eks.tables.updates.delete(`${cluster.name}/${id}`)
      throw inUse(
        `Cannot update addon ${definition.name} because it is currently in status ${record.addon.status}`,
        {
          clusterName: cluster.name,
          addonName: definition.name,
        },
      )
    }
    return { update: showUpdate(update) }
  },
})

function isBusy(record: AddonRecord): boolean {
  return ['CREATING', 'UPDATING', 'DELETING'].includes(record.addon.status ?? '')
}

type AddonChange = Pick<
  UpdateAddonRequest,
  'addonVersion' | 'serviceAccountRoleArn' | 'resolveConflicts' | 'configurationValues'
>

function draft(eks: Eks, from: { id: string; input: AddonChange; about: string }): UpdateRecord {
  const params: UpdateParam[] = []
  if (from.input.addonVersion) params.push({ type: 'AddonVersion', value: from.input.addonVersion })
  if (from.input.serviceAccountRoleArn) {
    params.push({ type: 'ServiceAccountRoleArn', value: from.input.serviceAccountRoleArn })
  }
  if (from.input.resolveConflicts)
    params.push({ type: 'ResolveConflicts', value: from.input.resolveConflicts })
  if (from.input.configurationValues) {
    params.push({ type: 'ConfigurationValues', value: from.input.configurationValues })
  }
  return {
    ...startClock(eks, UPDATE_ADDON_MS),
    about: from.about,
    update: { id: from.id, status: 'InProgress', type: 'AddonUpdate', params, errors: [] },
    change: {},
  }
}
