// Owns CloudFormation stacks as a deployment sees them: bring one to a template, or take it away.
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStacks,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  type Capability,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation'

import type { Clock } from '../base/clock.ts'
import { isAwsCode, messageOf, UserError } from '../base/errors.ts'
import { deepEqual } from '../base/json.ts'
import type { Cloud } from './cloud.ts'
import type { StepResult } from './progress.ts'
import type { Template } from './templates/template.ts'
import { waitFor } from './wait.ts'

// AWS takes a quarter of an hour for a control plane; longer than this means that something is stuck.
const STACK_TIMEOUT_MS = 40 * 60_000
// States from which a stack can only be removed, not mended.
const DEAD_STATES: ReadonlySet<string> = new Set([
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'CREATE_FAILED',
  'DELETE_FAILED',
])

export interface StackPlan {
  readonly name: string
  readonly template: Template
  readonly capabilities: readonly Capability[]
  readonly tags: Readonly<Record<string, string>>
}

export interface StackContext {
  readonly cloud: Cloud
  readonly clock: Clock
}

/** The stack, or undefined when there is none of this name. */
export async function findStack({ cloud }: StackContext, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloud.cloudFormation.send(new DescribeStacksCommand({ StackName: name }))
    return Stacks?.find((stack) => stack.StackStatus !== 'DELETE_COMPLETE')
  } catch (error) {
    if (isAwsCode(error, 'ValidationError') && messageOf(error).includes('does not exist')) return undefined
    throw error
  }
}

/** Outputs of a stack by key. */
export function outputsOf(stack: Stack): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (stack.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue ?? '']),
  )
}

/**
 * Creates or updates the stack and waits for it; picks up where an earlier run was interrupted.
 * @throws UserError with the reasons of the resources that failed.
 */
export async function ensureStack(
  context: StackContext,
  plan: StackPlan,
  detail: (text: string) => void,
): Promise<StepResult & { readonly stack: Stack }> {
  let stack = await findStack(context, plan.name)
  if (stack && isInProgress(stack)) stack = await settled(context, plan.name, detail)
  if (stack && DEAD_STATES.has(stack.StackStatus ?? '')) {
    detail(`removing what an earlier attempt left (${stack.StackStatus})`)
    await deleteStack(context, plan.name, detail)
    stack = undefined
  }
  if (!stack) return { outcome: 'created', stack: await create(context, plan, detail) }
  if (await isUpToDate(context, plan, stack)) return { outcome: 'unchanged', stack }
  return update(context, plan, { stack, detail })
}

function isInProgress(stack: Stack): boolean {
  return stack.StackStatus?.endsWith('_IN_PROGRESS') ?? false
}

async function create(
  context: StackContext,
  plan: StackPlan,
  detail: (text: string) => void,
): Promise<Stack> {
  await context.cloud.cloudFormation.send(
    new CreateStackCommand({
      ...request(plan),
      DisableRollback: false,
      EnableTerminationProtection: true,
    }),
  )
  return succeeded(context, plan.name, detail)
}

interface UpdateOptions {
  readonly stack: Stack
  readonly detail: (text: string) => void
}

async function update(
  context: StackContext,
  plan: StackPlan,
  { stack, detail }: UpdateOptions,
): Promise<StepResult & { readonly stack: Stack }> {
  try {
    await context.cloud.cloudFormation.send(new UpdateStackCommand(request(plan)))
  } catch (error) {
    if (messageOf(error).includes('No updates are to be performed')) return { outcome: 'unchanged', stack }
    throw new UserError(`CloudFormation refuses to update the stack ${plan.name}: ${messageOf(error)}`, {
      help: 'Undo the change in the file, or take the cluster down and up again.',
      cause: error,
    })
  }
  return { outcome: 'updated', stack: await succeeded(context, plan.name, detail) }
}

function request(plan: StackPlan): {
  StackName: string
  TemplateBody: string
  Capabilities: Capability[]
  Tags: { Key: string; Value: string }[]
} {
  return {
    StackName: plan.name,
    TemplateBody: JSON.stringify(plan.template),
    Capabilities: [...plan.capabilities],
    Tags: Object.entries(plan.tags).map(([Key, Value]) => ({ Key, Value })),
  }
}

async function isUpToDate({ cloud }: StackContext, plan: StackPlan, stack: Stack): Promise<boolean> {
  const { TemplateBody } = await cloud.cloudFormation.send(
    new GetTemplateCommand({ StackName: plan.name, TemplateStage: 'Original' }),
  )
  const present = Object.fromEntries((stack.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))
  const tagsMatch = Object.entries(plan.tags).every(([key, value]) => present[key] === value)
  // Only JSON is written by us; a template that does not parse is somebody else's and differs.
  return (
    tagsMatch &&
    TemplateBody !== undefined &&
    deepEqual(parseOrUndefined(TemplateBody), toJson(plan.template))
  )
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toJson(template: Template): unknown {
  return JSON.parse(JSON.stringify(template))
}

async function settled(
  context: StackContext,
  name: string,
  detail: (text: string) => void,
): Promise<Stack | undefined> {
  let last = ''
  const probe = async (): Promise<{ stack: Stack | undefined } | undefined> => {
    const stack = await findStack(context, name)
    last = stack?.StackStatus ?? 'gone'
    detail(last)
    return stack && isInProgress(stack) ? undefined : { stack }
  }
  const { stack } = await waitFor(probe, {
    clock: context.clock,
    timeoutMs: STACK_TIMEOUT_MS,
    describe: () => ({ message: `stack ${name} is still ${last}` }),
  })
  return stack
}

async function succeeded(
  context: StackContext,
  name: string,
  detail: (text: string) => void,
): Promise<Stack> {
  const stack = await settled(context, name, detail)
  const status = stack?.StackStatus ?? 'gone'
  if (stack && (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE')) return stack
  const reasons = await failureReasons(context, name)
  throw new UserError(
    `stack ${name} ended as ${status}${reasons.map((reason) => `\n  ${reason}`).join('')}`,
    {
      help: 'Mend the cause and run the same command again: it goes on from here.',
    },
  )
}

async function failureReasons({ cloud }: StackContext, name: string): Promise<readonly string[]> {
  const { StackEvents = [] } = await cloud.cloudFormation.send(
    new DescribeStackEventsCommand({ StackName: name }),
  )
  return eventsOfLastOperation(StackEvents)
    .filter(
      (event) =>
        event.ResourceStatus?.endsWith('_FAILED') && !event.ResourceStatusReason?.includes('cancelled'),
    )
    .map((event) => `${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason ?? ''}`)
    .toReversed()
}

const OPERATION_STARTS: ReadonlySet<string> = new Set([
  'CREATE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
])

// The newest come first, and what failed in an earlier update is still among them.
function eventsOfLastOperation(events: readonly StackEvent[]): readonly StackEvent[] {
  const start = events.findIndex(
    ({ ResourceType, ResourceStatus }) =>
      ResourceType === 'AWS::CloudFormation::Stack' && OPERATION_STARTS.has(ResourceStatus ?? ''),
  )
  return start < 0 ? events : events.slice(0, start)
}

/** Deletes the stack and waits until it is gone. @returns false when there was none. */
export async function deleteStack(
  context: StackContext,
  name: string,
  detail: (text: string) => void,
): Promise<boolean> {
  if (!(await findStack(context, name))) return false
  const client = context.cloud.cloudFormation
  await client.send(
    new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
  )
  await client.send(new DeleteStackCommand({ StackName: name }))
  const stack = await settled(context, name, detail)
  if (stack) {
    const reasons = await failureReasons(context, name)
    throw new UserError(
      `stack ${name} could not be deleted: ${stack.StackStatus}${reasons.map((reason) => `\n  ${reason}`).join('')}`,
    )
  }
  return true
}

/** Names of all live stacks of a cluster, by eksctl's naming. */
export async function stacksOfCluster({ cloud }: StackContext, cluster: string): Promise<readonly string[]> {
  const names: string[] = []
  for await (const page of paginateListStacks({ client: cloud.cloudFormation }, {})) {
    for (const summary of page.StackSummaries ?? []) {
      const isLive = summary.StackStatus !== 'DELETE_COMPLETE'
      if (isLive && summary.StackName?.startsWith(`eksctl-${cluster}-`)) names.push(summary.StackName)
    }
  }
  return names
}
