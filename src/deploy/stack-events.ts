// Owns what the events of a stack say: how far an operation is, and why one has failed.
import { paginateDescribeStackEvents, type StackEvent } from '@aws-sdk/client-cloudformation'

import type { Clock } from '../base/clock.ts'
import { isAwsCode } from '../base/errors.ts'
import type { Cloud } from './cloud.ts'

const STACK_TYPE = 'AWS::CloudFormation::Stack'
const OPERATION_STARTS: ReadonlySet<string> = new Set([
  'CREATE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
])
// Reading events is a call more a look; stacks near are done before it is worth it.
const WATCHED_AFTER_MS = 2_000

/** A resource that failed. */
export interface FailedResource {
  readonly logicalId: string
  readonly type: string
  readonly reason: string
}

/** The resources that failed in the last operation of a stack, first cause first; the stack itself where none did. */
export async function failedResources(cloud: Cloud, name: string): Promise<readonly FailedResource[]> {
  const events = await eventsOfLastOperation(cloud, name)
  const failed = failuresIn(events)
  if (failed.length > 0) return failed
  // What is wrong with the stack as a whole, an output say, stands in its own events, the cause in the oldest.
  const own = events.findLast(
    ({ ResourceType, ResourceStatusReason }) => ResourceType === STACK_TYPE && ResourceStatusReason,
  )
  return own ? [{ logicalId: name, type: STACK_TYPE, reason: own.ResourceStatusReason ?? '' }] : []
}

/** What CloudFormation says of each, indented for a message. */
export function describeFailures(failures: readonly FailedResource[]): string {
  return failures.map(({ logicalId, type, reason }) => `\n  ${logicalId} (${type}): ${reason}`).join('')
}

/** Tells how far an operation is, again and again, as one line; nothing in the first moments. */
export function watchStack(
  { cloud, clock }: { readonly cloud: Cloud; readonly clock: Clock },
  name: string,
): (status: string) => Promise<string> {
  const startedMs = clock.now()
  return async (status) => {
    if (clock.now() - startedMs < WATCHED_AFTER_MS) return status
    try {
      return `${status}${howFar(await eventsOfLastOperation(cloud, name))}`
    } catch (error) {
      // A stack that is gone by now has no events under its name.
      if (isAwsCode(error, 'ValidationError')) return status
      throw error
    }
  }
}

function howFar(events: readonly StackEvent[]): string {
  // The newest event of a resource is the first.
  const latest = new Map<string, StackEvent>()
  for (const event of events) {
    const { LogicalResourceId = '', ResourceType } = event
    if (ResourceType !== STACK_TYPE && !latest.has(LogicalResourceId)) latest.set(LogicalResourceId, event)
  }
  const all = [...latest.values()]
  const done = all.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_COMPLETE')).length
  const pending = all.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_IN_PROGRESS'))
  const [failure] = failuresIn(events)
  const parts = [
    ...(all.length > 0 ? [`${done} of ${all.length} begun`] : []),
    ...pending.slice(0, 1).map((event) => `at ${event.LogicalResourceId}`),
    ...(failure ? [`${failure.logicalId} failed: ${failure.reason}`] : []),
  ]
  return parts.map((part) => `, ${part}`).join('')
}

function failuresIn(events: readonly StackEvent[]): readonly FailedResource[] {
  return events
    .filter(
      ({ ResourceStatus, ResourceStatusReason, ResourceType }) =>
        ResourceType !== STACK_TYPE &&
        ResourceStatus?.endsWith('_FAILED') &&
        !ResourceStatusReason?.includes('cancelled'),
    )
    .map(({ LogicalResourceId = '', ResourceType = '', ResourceStatusReason = '' }) => ({
      logicalId: LogicalResourceId,
      type: ResourceType,
      reason: ResourceStatusReason,
    }))
    .toReversed()
}

// The newest come first, a hundred a page, and what failed in an earlier update is still among them.
async function eventsOfLastOperation(
  { cloudFormation }: Cloud,
  name: string,
): Promise<readonly StackEvent[]> {
  const events: StackEvent[] = []
  for await (const page of paginateDescribeStackEvents({ client: cloudFormation }, { StackName: name })) {
    for (const event of page.StackEvents ?? []) {
      const isOwn = event.ResourceType === STACK_TYPE && event.PhysicalResourceId === event.StackId
      if (isOwn && OPERATION_STARTS.has(event.ResourceStatus ?? '')) return events
      events.push(event)
    }
  }
  return events
}
