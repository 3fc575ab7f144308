// Owns writing down what happens to a stack, in CloudFormation's words, together with the change itself.
import type { ResourceStatus, StackStatus } from '@aws-sdk/client-cloudformation'

import { type CloudFormation, keyOfStack, type ResourceRecord, type StackRecord } from '../state.ts'

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
  const now = clock.now()
  const order = `${String(now).padStart(15, '0')}-${String(cloudformation.nextEvent()).padStart(9, '0')}`
  await cloudformation.tables.events.put(`${keyOfStack(stack.id)}/${order}`, {
    StackId: stack.id,
    StackName: stack.name,
    EventId:
      event.type === 'AWS::CloudFormation::Stack'
        ? ids.uuid()
        : `${event.logicalId}-${event.status}-${order}`,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId ?? '',
    ResourceType: event.type,
    ResourceStatus: event.status,
    ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
    ...(event.properties === undefined ? {} : { ResourceProperties: event.properties }),
    atMs: now,
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
