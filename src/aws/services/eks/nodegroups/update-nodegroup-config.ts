// Owns UpdateNodegroupConfig: sizes, labels and taints of a group.
import type {
  Taint,
  UpdateNodegroupConfigRequest,
  UpdateNodegroupConfigResponse,
  UpdateParam,
  UpdateTaintsPayload,
} from '@aws-sdk/client-eks'

import { operation, type Declared } from '../../../protocol/operation.ts'
import { showUpdate } from '../clusters/show.ts'
import { inUse } from '../errors.ts'
import { type Eks, type NodegroupRecord, restartClock, startClock, type UpdateRecord } from '../state.ts'
import { checkLabels } from './check.ts'
import { findNodegroup } from './find-nodegroup.ts'
import { REPAIR } from './repair.ts'
import { chooseScaling, type Scaling } from './scaling.ts'

const UPDATE_CONFIG_MS = 30_000
const HONOURED = [
  'clusterName',
  'nodegroupName',
  'labels.addOrUpdateLabels',
  'labels.removeLabels',
  'taints.addOrUpdateTaints[].key',
  'taints.addOrUpdateTaints[].value',
  'taints.addOrUpdateTaints[].effect',
  'taints.removeTaints[].key',
  'taints.removeTaints[].value',
  'taints.removeTaints[].effect',
  'scalingConfig.minSize',
  'scalingConfig.maxSize',
  'scalingConfig.desiredSize',
  'updateConfig.maxUnavailable',
  'updateConfig.maxUnavailablePercentage',
  'updateConfig.updateStrategy',
] as const
const KEPT = ['clientRequestToken', ...REPAIR] as const

type Input = Declared<UpdateNodegroupConfigRequest, (typeof HONOURED | typeof KEPT)[number]>

/** @throws AwsError InvalidParameterException, ResourceInUseException, ResourceNotFoundException */
export const updateNodegroupConfig = operation<
  Eks,
  UpdateNodegroupConfigRequest,
  UpdateNodegroupConfigResponse
>()({
  honours: HONOURED,
  keeps: KEPT,
  handle: async (input, eks) => {
    const { key, record } = findNodegroup(eks, input.clusterName, input.nodegroupName)
    const { clusterName, nodegroupName } = record.nodegroup
    checkLabels(input.labels?.addOrUpdateLabels)
    const scalingConfig = chooseScaling(
      input.scalingConfig,
      record.nodegroup.scalingConfig as Scaling | undefined,
    )
    const id = eks.deps.ids.uuid()
    const update: UpdateRecord = {
      ...startClock(eks, UPDATE_CONFIG_MS),
      about: nodegroupName,
      update: { id, status: 'InProgress', type: 'ConfigUpdate', params: paramsOf(input), errors: [] },
      change: {},
    }
    await eks.tables.updates.put(`${clusterName}/${id}`, update)
    const after = await eks.tables.nodegroups.update(key, (current) =>
      current.nodegroup.status === 'ACTIVE' ? changed({ eks, current, input, scalingConfig, id }) : undefined,
    )
    if (after?.updateId !== id) {
      await eks.tables.updates.delete(`${clusterName}/${id}`)
      throw inUse(`Nodegroup cannot be updated as it is currently not in Active State`, {
        clusterName,
        nodegroupName,
      })
    }
    return { update: showUpdate(update) }
  },
})

function changed(from: {
  eks: Eks
  current: NodegroupRecord
  input: Input
  scalingConfig: Scaling
  id: string
}): NodegroupRecord {
  const { eks, current, input, scalingConfig, id } = from
  const removedLabels = input.labels?.removeLabels ?? []
  const labels = { ...current.nodegroup.labels, ...input.labels?.addOrUpdateLabels }
  for (const label of removedLabels) delete labels[label]
  return {
    ...current,
    ...restartClock(eks, UPDATE_CONFIG_MS),
    updateId: id,
    removedLabels,
    nodegroup: {
      ...current.nodegroup,
      status: 'UPDATING',
      scalingConfig,
      labels,
      taints: mergeTaints(current.nodegroup.taints ?? [], input.taints),
      updateConfig: input.updateConfig ?? current.nodegroup.updateConfig,
      ...(input.nodeRepairConfig ? { nodeRepairConfig: input.nodeRepairConfig } : {}),
    },
  }
}

function mergeTaints(current: readonly Taint[], change: UpdateTaintsPayload | undefined): Taint[] {
  const isSame = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect
  const dropped = [...(change?.removeTaints ?? []), ...(change?.addOrUpdateTaints ?? [])]
  const kept = current.filter((taint) => !dropped.some((other) => isSame(taint, other)))
  return [...kept, ...(change?.addOrUpdateTaints ?? [])]
}

function paramsOf(input: Input): UpdateParam[] {
  const params: UpdateParam[] = []
  const { minSize, maxSize, desiredSize } = input.scalingConfig ?? {}
  if (minSize !== undefined) params.push({ type: 'MinSize', value: String(minSize) })
  if (maxSize !== undefined) params.push({ type: 'MaxSize', value: String(maxSize) })
  if (desiredSize !== undefined) params.push({ type: 'DesiredSize', value: String(desiredSize) })
  if (input.labels?.addOrUpdateLabels) {
    params.push({ type: 'LabelsToAdd', value: JSON.stringify(input.labels.addOrUpdateLabels) })
  }
  if (input.labels?.removeLabels?.length) {
    params.push({ type: 'LabelsToRemove', value: JSON.stringify(input.labels.removeLabels) })
  }
  if (input.taints?.addOrUpdateTaints?.length) {
    params.push({ type: 'TaintsToAdd', value: JSON.stringify(input.taints.addOrUpdateTaints) })
  }
  if (input.taints?.removeTaints?.length) {
    params.push({ type: 'TaintsToRemove', value: JSON.stringify(input.taints.removeTaints) })
  }
  return params
}
