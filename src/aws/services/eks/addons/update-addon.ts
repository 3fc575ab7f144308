// Owns UpdateAddon: a new version, configuration or role, applied by the reconciler.
import type { UpdateAddonRequest, UpdateAddonResponse, UpdateParam } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { inUse } from '../errors.ts'
import { findServingCluster } from '../lookup.ts'
import { checkRole } from '../roles.ts'
import { type Eks, restartClock, startClock, type UpdateRecord } from '../state.ts'
import { showUpdate } from '../clusters/show.ts'
import { checkValues, chooseVersion, findRecord, requireDefinition } from './check.ts'
import { checkIdentities, replaceIdentities } from './identities.ts'

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
    'podIdentityAssociations[].serviceAccount',
    'podIdentityAssociations[].roleArn',
  ],
  keeps: ['clientRequestToken'],
  handle: async (input, eks) => {
    const { cluster } = findServingCluster(eks, input.clusterName)
    const { key, record } = findRecord(eks, input.clusterName, input.addonName)
    const definition = requireDefinition(record.addon.addonName)
    if (input.serviceAccountRoleArn) await checkRole(eks, input.serviceAccountRoleArn)
    await checkIdentities(eks, input.podIdentityAssociations)
    const addonVersion = input.addonVersion
      ? chooseVersion(definition, cluster.version ?? '', input.addonVersion)
      : record.addon.addonVersion
    const values = checkValues(definition, input.configurationValues)
    const id = eks.deps.ids.uuid()
    const update = draft(eks, { id, input, about: definition.name })
    const { podIdentityAssociations: wanted } = input
    await eks.deps.store.transact((tx) => {
      const current = eks.tables.addons.get(key) ?? record
      const status = current.addon.status ?? ''
      if (['CREATING', 'UPDATING', 'DELETING'].includes(status)) {
        throw inUse(`Cannot update addon ${definition.name} because it is currently in status ${status}`, {
          clusterName: cluster.name,
          addonName: definition.name,
        })
      }
      const owner = { ...current.addon, namespace: definition.namespace }
      const arns = wanted && replaceIdentities(eks, tx, { owner, wanted })
      eks.tables.updates.putIn(tx, `${cluster.name}/${id}`, update)
      eks.tables.addons.putIn(tx, key, {
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
          ...(arns === undefined ? {} : { podIdentityAssociations: arns }),
        },
      })
    })
    return { update: showUpdate(update) }
  },
})

type AddonChange = Pick<
  UpdateAddonRequest,
  | 'addonVersion'
  | 'serviceAccountRoleArn'
  | 'resolveConflicts'
  | 'configurationValues'
  | 'podIdentityAssociations'
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
  if (from.input.podIdentityAssociations) {
    const value = JSON.stringify(from.input.podIdentityAssociations)
    params.push({ type: 'PodIdentityAssociations', value })
  }
  return {
    ...startClock(eks, UPDATE_ADDON_MS),
    about: from.about,
    update: { id: from.id, status: 'InProgress', type: 'AddonUpdate', params, errors: [] },
    change: {},
  }
}
