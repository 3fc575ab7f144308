// Owns beginning an update of a cluster: one at a time, recorded before it is answered.
import type { Update, UpdateParam } from '@aws-sdk/client-eks'

import type { Writer } from '../../../../store/store.ts'
import { inUse } from '../errors.ts'
import { findActiveCluster, findCluster } from '../lookup.ts'
import { type ClusterRecord, type Eks, startClock, restartClock, type UpdateRecord } from '../state.ts'
import { showUpdate } from './show.ts'

export interface UpdatePlan {
  readonly type: NonNullable<Update['type']>
  readonly params: UpdateParam[]
  readonly change: Partial<ClusterRecord['cluster']>
  /** How long AWS takes, in milliseconds. */
  readonly awsMs: number
  /** What is written with it. */
  readonly also?: (tx: Writer, updateId: string) => void
}

/** @throws AwsError ResourceInUseException while another change is under way */
export async function beginClusterUpdate(eks: Eks, clusterName: string, plan: UpdatePlan): Promise<Update> {
  return await eks.deps.store.transact((tx) => {
    const record = findCluster(eks, clusterName)
    if (record.cluster.status === 'UPDATING') throw busy(clusterName, plan.type, record.updateId)
    findActiveCluster(eks, clusterName)
    const id = eks.deps.ids.uuid()
    const update: UpdateRecord = {
      ...startClock(eks, plan.awsMs),
      update: { id, status: 'InProgress', type: plan.type, params: plan.params, errors: [] },
      change: plan.change,
    }
    eks.tables.updates.putIn(tx, `${clusterName}/${id}`, update)
    eks.tables.clusters.putIn(tx, clusterName, {
      ...record,
      ...restartClock(eks, plan.awsMs),
      updateId: id,
      cluster: { ...record.cluster, status: 'UPDATING' },
    })
    plan.also?.(tx, id)
    return showUpdate(update)
  })
}

// Words from rancher/eks-operator#547.
function busy(clusterName: string, type: UpdatePlan['type'], updateId = '') {
  return inUse(`Cannot ${type} because cluster ${clusterName} currently has update ${updateId} in progress`, {
    clusterName,
  })
}
