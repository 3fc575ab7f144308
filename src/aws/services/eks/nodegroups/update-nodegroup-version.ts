// Owns UpdateNodegroupVersion: a newer Kubernetes version for a group's nodes, which are replaced one by one.
import type { UpdateNodegroupVersionRequest, UpdateNodegroupVersionResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { showUpdate } from '../clusters/show.ts'
import { inUse, invalidParameter, notEmulated } from '../errors.ts'
import { findServingCluster } from '../lookup.ts'
import { type Eks, restartClock, startClock, type UpdateRecord } from '../state.ts'
import { findNodegroup } from './find-nodegroup.ts'
import { chooseRelease } from './release.ts'

const UPDATE_VERSION_MS = 5 * 60_000

/** @throws AwsError InvalidParameterException, ResourceInUseException, ResourceNotFoundException */
export const updateNodegroupVersion = operation<
  Eks,
  UpdateNodegroupVersionRequest,
  UpdateNodegroupVersionResponse
>()({
  honours: ['clusterName', 'nodegroupName', 'version', 'releaseVersion'],
  keeps: ['force', 'clientRequestToken'],
  handle: async (input, eks) => {
    const { cluster } = findServingCluster(eks, input.clusterName)
    const { key, record } = findNodegroup(eks, input.clusterName, input.nodegroupName)
    const { clusterName, nodegroupName, amiType } = record.nodegroup
    if (amiType === 'CUSTOM') throw notEmulated('A new version of a node group with an image of its own')
    const version = input.version ?? cluster.version ?? ''
    if (minorOf(version) > minorOf(cluster.version ?? '')) {
      throw invalidParameter(
        `Requested Nodegroup version ${version} is greater than the cluster version ${cluster.version}`,
      )
    }
    const release = chooseRelease(eks, version, input.releaseVersion)
    const id = eks.deps.ids.uuid()
    const update: UpdateRecord = {
      ...startClock(eks, UPDATE_VERSION_MS),
      about: nodegroupName,
      update: {
        id,
        status: 'InProgress',
        type: 'VersionUpdate',
        params: [
          { type: 'Version', value: version },
          { type: 'ReleaseVersion', value: release },
        ],
        errors: [],
      },
      change: {},
    }
    await eks.tables.updates.put(`${clusterName}/${id}`, update)
    const after = await eks.tables.nodegroups.update(key, (current) =>
      current.nodegroup.status === 'ACTIVE'
        ? {
            ...current,
            ...restartClock(eks, UPDATE_VERSION_MS),
            updateId: id,
            nodegroup: { ...current.nodegroup, status: 'UPDATING', version, releaseVersion: release },
          }
        : undefined,
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

function minorOf(version: string): number {
  return Number(version.split('.')[1])
}
