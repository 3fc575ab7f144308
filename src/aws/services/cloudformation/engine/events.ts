// Owns writing down what happens to a stack, in CloudFormation's words, together with the change itself.
import type { ResourceStatus, StackStatus } from '@aws-sdk/client-cloudformation'

import type { Clock } from '../../../../base/clock.ts'
import {
  type CloudFormation,
  keyOfStack,
  type ResourceRecord,
  type StackRecord,
  type Tables,
} from '../state.ts'

/**
 * Gives each event its place: milliseconds that never repeat and never go back, not even when the region starts again
 * or the clock is set. Keys of events end in them.
 */
export function eventClock(clock: Clock, { events }: Pick<Tables, 'events'>): () => number {
  const placeOf = (key: string): number => Number.parseInt(key.slice(key.lastIndexOf('/') + 1), 10)
  let last = events.rows().reduce((most, { key }) => Math.max(most, placeOf(key)), 0)
  return () => (last = Math.max(last + 1, clock.now()))
}

async function record(
  cloudformation: CloudFormation,
  stack: Pick<StackRecord, 'id' | 'name'>,
  event: {
    logicalId: string
    physicalId?: string
    type: string
    status: ResourceStatus
    reason?: string
    properties?: string
  },
): Promise<void> {
  const { clock, ids } = cloudformation.deps
  const order = cloudformation.nextEvent()
  await cloudformation.tables.events.put(`${keyOfStack(stack.id)}/${String(order).padStart(15, '0')}`, {
    StackId: stack.id,
    StackName: stack.name,
    EventId:
      event.type === 'AWS::CloudFormation::Stack'
        ? ids.uuid()
        : `${event.logicalId}-${event.status}-${new Date(order).toISOString()}`,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId ?? '',
    ResourceType: event.type,
    ResourceStatus: event.status,
    ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
    ...(event.properties === undefined ? {} : { ResourceProperties: event.properties }),
    atMs: clock.now(),
  })
}

/** Writes an event about the stack itself. */
export async function recordStackEvent(
  cloudformation: CloudFormation,
  stack: Pick<StackRecord, 'id' | 'name'>,
  status: StackStatus,
  reason?: string,
): Promise<void> {
  await record(cloudformation, stack, {
    logicalId: stack.name,
    physicalId: stack.id,
    type: 'AWS::CloudFormation::Stack',
    // Stack statuses are a subset of what events may hold.
    status: status as ResourceStatus,
    ...(reason === undefined ? {} : { reason }),
  })
}

/** Moves a stack to a status, unless it has moved on, and writes the event. @returns whether it moved */
export async function moveStack(
  cloudformation: CloudFormation,
  stack: StackRecord,
  change: Partial<StackRecord> & Pick<StackRecord, 'status'>,
): Promise<boolean> {
  const next = await cloudformation.tables.stacks.update(
    keyOfStack(stack.id),
    ({ reason: _reason, ...current }) =>
      current.status === stack.status ? { ...current, ...change } : undefined,
  )
  if (next?.status !== change.status) return false
  await recordStackEvent(cloudformation, stack, change.status, change.reason)
  return true
}

/** Writes a resource as it is now, with an event when its status or reason is new. */
export async function putResource(
  cloudformation: CloudFormation,
  stack: StackRecord,
  next: ResourceRecord,
): Promise<ResourceRecord> {
  const key = `${keyOfStack(stack.id)}/${next.logicalId}`
  const before = cloudformation.tables.resources.get(key)
  const stamped = { ...next, updatedAtMs: cloudformation.deps.clock.now() }
  await cloudformation.tables.resources.put(key, stamped)
  const isNews =
    before?.status !== next.status || before.reason !== next.reason || before.physicalId !== next.physicalId
  if (isNews) {
    await record(cloudformation, stack, {
      logicalId: next.logicalId,
      type: next.type,
      status: next.status,
      properties: JSON.stringify(next.properties),
      ...(next.physicalId === undefined ? {} : { physicalId: next.physicalId }),
      ...(next.reason === undefined ? {} : { reason: next.reason }),
    })
  }
  return stamped
}
