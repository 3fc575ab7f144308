// Owns writing down what happens to a stack, in CloudFormation's words, together with the change itself.
import type { ResourceStatus } from '@aws-sdk/client-cloudformation'

import type { Clock } from '../../../../base/clock.ts'
import type { Writer } from '../../../../store/store.ts'
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

interface News {
  readonly logicalId: string
  readonly physicalId?: string
  readonly type: string
  readonly status: ResourceStatus
  readonly reason?: string
  readonly properties?: string
}

/** Writes an event as part of the transaction that writes what it tells of. */
function record(
  tx: Writer,
  cloudformation: CloudFormation,
  { stack, news }: { stack: Pick<StackRecord, 'id' | 'name' | 'requestToken'>; news: News },
): void {
  const { clock, ids } = cloudformation.deps
  const order = cloudformation.nextEvent()
  const event = {
    StackId: stack.id,
    StackName: stack.name,
    EventId:
      news.type === STACK_TYPE
        ? ids.uuid()
        : `${news.logicalId}-${news.status}-${new Date(order).toISOString()}`,
    LogicalResourceId: news.logicalId,
    PhysicalResourceId: news.physicalId ?? '',
    ResourceType: news.type,
    ResourceStatus: news.status,
    ...(news.reason === undefined ? {} : { ResourceStatusReason: news.reason }),
    ...(news.properties === undefined ? {} : { ResourceProperties: news.properties }),
    ...(stack.requestToken === undefined ? {} : { ClientRequestToken: stack.requestToken }),
    atMs: clock.now(),
  }
  cloudformation.tables.events.putIn(tx, `${keyOfStack(stack.id)}/${String(order).padStart(15, '0')}`, event)
}

const STACK_TYPE = 'AWS::CloudFormation::Stack'

/** Writes a stack as part of a transaction, with an event of its status. */
export function putStackIn(tx: Writer, cloudformation: CloudFormation, stack: StackRecord): void {
  cloudformation.tables.stacks.putIn(tx, keyOfStack(stack.id), stack)
  const news: News = {
    logicalId: stack.name,
    physicalId: stack.id,
    type: STACK_TYPE,
    // Statuses of stacks are a subset of what events may hold.
    status: stack.status as ResourceStatus,
    ...(stack.reason === undefined ? {} : { reason: stack.reason }),
  }
  record(tx, cloudformation, { stack, news })
}

/** Moves a stack to a status, unless it has moved on, and writes the event. @returns whether it moved */
export async function moveStack(
  cloudformation: CloudFormation,
  stack: StackRecord,
  change: Partial<StackRecord> & Pick<StackRecord, 'status'>,
): Promise<boolean> {
  return await cloudformation.deps.store.transact((tx) => {
    const current = cloudformation.tables.stacks.get(keyOfStack(stack.id))
    if (current?.status !== stack.status) return false
    const { reason: _reason, ...rest } = current
    putStackIn(tx, cloudformation, { ...rest, ...change, turn: cloudformation.nextEvent() })
    return true
  })
}

/** Writes a resource as `change` makes it of what is stored, with an event when its status or reason is new, or its id. */
export async function putResource(
  cloudformation: CloudFormation,
  stack: StackRecord,
  logicalId: string,
  change: (current: ResourceRecord | undefined) => ResourceRecord,
): Promise<ResourceRecord> {
  const { store, clock } = cloudformation.deps
  const { resources } = cloudformation.tables
  const key = `${keyOfStack(stack.id)}/${logicalId}`
  return await store.transact((tx) => {
    const before = resources.get(key)
    const next = { ...change(before), updatedAtMs: clock.now() }
    resources.putIn(tx, key, next)
    const isNews =
      before?.status !== next.status ||
      before.reason !== next.reason ||
      (next.physicalId !== undefined && before.physicalId !== next.physicalId)
    if (isNews) record(tx, cloudformation, { stack, news: newsOf(next) })
    return next
  })
}

/** Writes an event about a physical resource that its record no longer has. */
export async function recordResourceEvent(
  cloudformation: CloudFormation,
  stack: StackRecord,
  resource: ResourceRecord,
): Promise<void> {
  await cloudformation.deps.store.transact((tx) =>
    recordResourceEventIn(tx, cloudformation, { stack, resource }),
  )
}

/** The same, in a transaction that writes more. */
export function recordResourceEventIn(
  tx: Writer,
  cloudformation: CloudFormation,
  { stack, resource }: { readonly stack: StackRecord; readonly resource: ResourceRecord },
): void {
  record(tx, cloudformation, { stack, news: newsOf(resource) })
}

function newsOf({ logicalId, physicalId, type, status, reason, ...rest }: ResourceRecord): News {
  return {
    logicalId,
    type,
    status,
    properties: JSON.stringify(rest.target ?? rest.properties),
    ...(physicalId === undefined ? {} : { physicalId }),
    ...(reason === undefined ? {} : { reason }),
  }
}
