// Owns UpdateClusterVersion: one minor version up at a time.
import type { UpdateClusterVersionRequest, UpdateClusterVersionResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { invalidParameter } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { beginClusterUpdate } from './updates.ts'

const UPDATE_VERSION_MS = 10 * 60_000

/** @throws AwsError InvalidParameterException, ResourceInUseException, ResourceNotFoundException */
export const updateClusterVersion = operation<
  Eks,
  UpdateClusterVersionRequest,
  UpdateClusterVersionResponse
>()({
  honours: ['name', 'version'],
  keeps: ['force', 'clientRequestToken'],
  handle: async (input, eks) => {
    const { cluster } = findCluster(eks, input.name)
    const [from, to] = [cluster.version ?? '', input.version ?? '']
    const offered = eks.ports.versions.find((version) => version.version === to)
    if (!offered)
      throw invalidParameter(`unsupported Kubernetes version ${to}`, { clusterName: cluster.name })
    if (minorOf(to) !== minorOf(from) + 1) {
      throw invalidParameter(`Unsupported Kubernetes minor version update from ${from} to ${to}`, {
        clusterName: cluster.name,
      })
    }
    const platformVersion = offered.platformVersion ?? 'eks.1'
    const update = await beginClusterUpdate(eks, cluster.name, {
      type: 'VersionUpdate',
      params: [
        { type: 'Version', value: to },
        { type: 'PlatformVersion', value: platformVersion },
      ],
      change: { version: to, platformVersion },
      awsMs: UPDATE_VERSION_MS,
    })
    return { update }
  },
})

function minorOf(version: string): number {
  return Number(version.split('.')[1])
}
