// Owns starting, stopping and rebooting instances.
import type {
  InstanceStateChange,
  RebootInstancesRequest,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { named } from './filters.ts'
import { isProtected, stateOf } from './instances.ts'
import type { Ec2State, InstanceRecord } from './state.ts'

/** A change of one instance: what it becomes; undefined when it is there already. */
type Change = (record: InstanceRecord) => InstanceRecord | undefined

// One that cannot change keeps all from it.
function changeAll(
  tx: Writer,
  ec2: Ec2State,
  { ids, change }: { readonly ids: readonly string[] | undefined; readonly change: Change },
): InstanceStateChange[] {
  return named('instance', ec2.instances.list(), ids ?? []).map((record) => {
    const next = change(record)
    if (next) ec2.instances.putIn(tx, record.id, next)
    return {
      InstanceId: record.id,
      PreviousState: stateOf(record.state),
      CurrentState: stateOf((next ?? record).state),
    }
  })
}

/**
 * StopInstances. The instance keeps its addresses and volumes; `Force` ends it no sooner.
 * @throws AwsError InvalidInstanceID.NotFound, IncorrectInstanceState, UnsupportedOperation
 */
export const stopInstances = operation<Ec2State, StopInstancesRequest, StopInstancesResult>()({
  honours: ['InstanceIds'],
  keeps: ['Force'],
  handle: async (input, ec2) => {
    const change = (record: InstanceRecord): InstanceRecord | undefined => stopped(ec2, record)
    const StoppingInstances = await ec2.deps.store.transact((tx) =>
      changeAll(tx, ec2, { ids: input.InstanceIds, change }),
    )
    return { StoppingInstances }
  },
})

function stopped(ec2: Ec2State, record: InstanceRecord): InstanceRecord | undefined {
  const { id, state } = record
  if (state === 'stopping' || state === 'stopped') return undefined
  if (state !== 'pending' && state !== 'running') {
    throw new AwsError(
      'IncorrectInstanceState',
      `This instance '${id}' is not in a state from which it can be stopped.`,
    )
  }
  if (record.settings?.noStop) throw isProtected(id, 'stopped', 'disableApiStop')
  if (record.isSpot) {
    throw new AwsError(
      'UnsupportedOperation',
      `You can't stop the Spot Instance '${id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
    )
  }
  return {
    ...record,
    state: 'stopping',
    stateSinceMs: ec2.deps.clock.now(),
    stateReason: 'Client.UserInitiatedShutdown',
  }
}

/**
 * StartInstances.
 * @throws AwsError InvalidInstanceID.NotFound, IncorrectInstanceState
 */
export const startInstances = operation<Ec2State, StartInstancesRequest, StartInstancesResult>()({
  honours: ['InstanceIds'],
  handle: async (input, ec2) => {
    const change = (record: InstanceRecord): InstanceRecord | undefined => started(ec2, record)
    const StartingInstances = await ec2.deps.store.transact((tx) =>
      changeAll(tx, ec2, { ids: input.InstanceIds, change }),
    )
    return { StartingInstances }
  },
})

function started(ec2: Ec2State, record: InstanceRecord): InstanceRecord | undefined {
  const { stateReason: _reason, ...rest } = record
  if (record.state === 'pending' || record.state === 'running') return undefined
  if (record.state !== 'stopped') {
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${record.id}' is not in a state from which it can be started.`,
    )
  }
  const now = ec2.deps.clock.now()
  // LaunchTime is that of the latest start.
  return { ...rest, state: 'pending', stateSinceMs: now, launchedAtMs: now, boots: nextBoot(record) }
}

/**
 * RebootInstances: asked for, and done a little later. The state stays `running`.
 * @throws AwsError InvalidInstanceID.NotFound, IncorrectInstanceState
 */
export const rebootInstances = operation<Ec2State, RebootInstancesRequest, void>()({
  honours: ['InstanceIds'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      changeAll(tx, ec2, { ids: input.InstanceIds, change: rebooted })
    })
  },
})

function rebooted(record: InstanceRecord): InstanceRecord | undefined {
  if (record.state === 'pending') return undefined
  if (record.state !== 'running') {
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${record.id}' is not in a state from which it can be rebooted.`,
    )
  }
  return { ...record, boots: nextBoot(record) }
}

function nextBoot({ boots = 0 }: InstanceRecord): number {
  return boots + 1
}
