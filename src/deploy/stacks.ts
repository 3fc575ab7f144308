// Owns CloudFormation stacks as a deployment sees them: bring one to a template, or take it away.
import {
  ContinueUpdateRollbackCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStacks,
  UpdateTerminationProtectionCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation'

import { isAwsCode, messageOf, UserError } from '../base/errors.ts'
import { deepEqual } from '../base/json.ts'
import { isRefused } from '../rules/eksctl/loss.ts'
import { isStackNameOf } from '../rules/eksctl/stack-names.ts'
import {
  describeChange,
  discardChanges,
  executeChanges,
  isOvertaken,
  proposeChanges,
  stackRequest,
  type StackChange,
} from './change-set.ts'
import { isAdopted, isOurStack, makerOf, stackMarks, tagsOf, type Tags } from './ownership.ts'
import type { StepResult } from './progress.ts'
import { describeFailures, failedResources, watchStack } from './stack-events.ts'
import type { StackContext, StackPlan } from './stack-plan.ts'
import type { Template } from './templates/template.ts'
import { waitFor } from './wait.ts'

// AWS takes a quarter of an hour for a control plane; longer than this means that something is stuck.
const STACK_TIMEOUT_MS = 40 * 60_000
// Another run may change the stack between our look and our step; each time we look again.
const ATTEMPTS = 5
/** States from which a stack can only be removed, not repaired. */
export const DEAD_STATES: ReadonlySet<string> = new Set([
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'CREATE_FAILED',
  'DELETE_FAILED',
])

type Detail = (text: string) => void
type StackResult = StepResult & { readonly stack: Stack }

/** The stack, or undefined when there is none of this name. */
export async function findStack(
  { cloud }: Pick<StackContext, 'cloud'>,
  name: string,
): Promise<Stack | undefined> {
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
 * Creates or updates the stack and waits for it; picks up where an earlier run was interrupted, and goes along with
 * another run that does the same.
 * @throws UserError with the reasons of the resources that failed; when the stack is somebody else's and was not to be
 *   adopted; when something would be lost that was not to be.
 */
export async function ensureStack(
  context: StackContext,
  plan: StackPlan,
  detail: Detail,
): Promise<StackResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptStack(context, plan, detail)
    } catch (error) {
      if (!isOvertaken(error) || attempt === ATTEMPTS) throw error
      detail('another run is at work on this stack')
    }
  }
}

async function attemptStack(context: StackContext, plan: StackPlan, detail: Detail): Promise<StackResult> {
  let stack = await findStack(context, plan.name)
  if (stack && isInProgress(stack)) stack = await settled(context, plan.name, detail)
  if (stack) assertMayChange(context, plan, stack)
  if (stack && DEAD_STATES.has(stack.StackStatus ?? '')) {
    detail(`removing what an earlier attempt left (${stack.StackStatus})`)
    await deleteStack(context, plan.name, detail)
    stack = undefined
  }
  if (stack?.StackStatus === 'UPDATE_ROLLBACK_FAILED') stack = await rolledBack(context, plan.name, detail)
  if (!stack) return { outcome: 'created', stack: await create(context, plan, detail) }
  const marked = markedPlan(plan, stack)
  if (await isUpToDate(context, marked, stack)) return { outcome: 'unchanged', stack }
  return update(context, marked, { stack, detail })
}

// REVIEW_IN_PROGRESS ends when somebody executes the change set that the stack consists of.
function isInProgress(stack: Stack): boolean {
  return (stack.StackStatus?.endsWith('_IN_PROGRESS') ?? false) && stack.StackStatus !== 'REVIEW_IN_PROGRESS'
}

function assertMayChange({ consent }: StackContext, plan: StackPlan, stack: Stack): void {
  const tags = tagsOf(stack.Tags)
  const isDead = DEAD_STATES.has(stack.StackStatus ?? '')
  if (isOurStack(tags, plan.cluster) || (consent.adopt && !isDead)) return
  throw new UserError(`the stack ${plan.name} was made by ${makerOf(tags)}, not by up: it is left alone`, {
    help: isDead
      ? `It is ${stack.StackStatus}: whoever made it has to remove it first.`
      : 'Give the cluster another name, or take the stack over with --adopt.',
  })
}

/** The plan with the marks that suit the stack: one that was adopted keeps the tags of whoever made it. */
export function markedPlan(plan: StackPlan, present: Stack | undefined): StackPlan {
  const tags = present && tagsOf(present.Tags)
  const marks = stackMarks(plan.cluster, tags)
  return { ...plan, tags: { ...(isAdopted(marks) ? tags : {}), ...plan.tags, ...marks } }
}

async function create(context: StackContext, plan: StackPlan, detail: Detail): Promise<Stack> {
  await context.cloud.cloudFormation.send(
    new CreateStackCommand({
      ...stackRequest(markedPlan(plan, undefined)),
      DisableRollback: false,
      EnableTerminationProtection: true,
    }),
  )
  return succeeded(context, plan.name, detail)
}

async function update(
  context: StackContext,
  plan: StackPlan,
  { stack, detail }: { readonly stack: Stack; readonly detail: Detail },
): Promise<StackResult> {
  const changeSet = await proposeChanges(context, plan)
  if (!changeSet) return { outcome: 'unchanged', stack }
  const refused = changeSet.changes.filter((change) => change.loss !== undefined)
  if (refused.length > 0 && !context.consent.allowReplacement) {
    await discardChanges(context, changeSet)
    throw lossRefused([{ stack: plan.name, changes: refused }])
  }
  await executeChanges(context, changeSet)
  return { outcome: 'updated', stack: await succeeded(context, plan.name, detail) }
}

/**
 * Ends a rollback that had failed: what stood in its way may be gone by now.
 * @throws UserError naming what still is, and how to go on without it.
 */
async function rolledBack(context: StackContext, name: string, detail: Detail): Promise<Stack | undefined> {
  detail('going on with a rollback that had failed')
  await context.cloud.cloudFormation.send(new ContinueUpdateRollbackCommand({ StackName: name }))
  const stack = await settled(context, name, detail)
  if (stack?.StackStatus !== 'UPDATE_ROLLBACK_FAILED') return stack
  const failures = await failedResources(context.cloud, name)
  const skipped = failures.map(({ logicalId }) => logicalId).join(' ')
  throw new UserError(`stack ${name} is UPDATE_ROLLBACK_FAILED again${describeFailures(failures)}`, {
    help: `Remove the cause and run the same command again. To leave what failed as it is: aws cloudformation continue-update-rollback --stack-name ${name} --resources-to-skip ${skipped}`,
  })
}

/** The refusal of updates that would lose something. */
export function lossRefused(
  stacks: readonly { readonly stack: string; readonly changes: readonly StackChange[] }[],
): UserError {
  const lines = stacks.flatMap(({ stack, changes }) => [
    `\n  stack ${stack}:`,
    ...changes.map((change) => `\n    ${describeChange(change)}`),
  ])
  return new UserError(`the change would lose something, so nothing was changed${lines.join('')}`, {
    help: stacks.some(({ changes }) => changes.some(isRefused))
      ? 'Undo the change, or give what would be replaced another name in the file: CloudFormation cannot replace what has a name.'
      : 'Undo the change in the files, or go on all the same with --allow-replacement.',
  })
}

/** True when the stack has this template and these tags already. */
export async function isUpToDate(
  { cloud }: Pick<StackContext, 'cloud'>,
  plan: StackPlan,
  stack: Stack,
): Promise<boolean> {
  const { TemplateBody } = await cloud.cloudFormation.send(
    new GetTemplateCommand({ StackName: plan.name, TemplateStage: 'Original' }),
  )
  // Only JSON is written by us; a template that does not parse is somebody else's and differs.
  return (
    TemplateBody !== undefined &&
    deepEqual(withoutSystemTags(tagsOf(stack.Tags)), plan.tags) &&
    deepEqual(parseOrUndefined(TemplateBody), toJson(plan.template))
  )
}

// Tags that begin so are AWS's own, and nobody can set them.
function withoutSystemTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('aws:')))
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

async function settled(context: StackContext, name: string, detail: Detail): Promise<Stack | undefined> {
  let last = ''
  const watch = watchStack(context, name)
  const probe = async (): Promise<{ stack: Stack | undefined } | undefined> => {
    const stack = await findStack(context, name)
    last = stack?.StackStatus ?? 'gone'
    const isPending = stack !== undefined && isInProgress(stack)
    detail(isPending ? await watch(last) : last)
    return isPending ? undefined : { stack }
  }
  const { stack } = await waitFor(probe, {
    clock: context.clock,
    pace: context.pace,
    timeoutMs: STACK_TIMEOUT_MS,
    describe: () => ({ message: `stack ${name} is still ${last}` }),
  })
  return stack
}

async function succeeded(context: StackContext, name: string, detail: Detail): Promise<Stack> {
  const stack = await settled(context, name, detail)
  const status = stack?.StackStatus ?? 'gone'
  if (stack && (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE')) return stack
  const failures = await failedResources(context.cloud, name)
  throw new UserError(`stack ${name} ended as ${status}${describeFailures(failures)}`, {
    help: 'Remove the cause and run the same command again: it goes on from here.',
  })
}

/**
 * Deletes the stack and waits until it is gone. Takes termination protection off only where `up` has put it on.
 * @returns false when there was none.
 */
export async function deleteStack(context: StackContext, name: string, detail: Detail): Promise<boolean> {
  const stack = await findStack(context, name)
  if (!stack) return false
  const client = context.cloud.cloudFormation
  if (stack.StackStatus !== 'DELETE_IN_PROGRESS') {
    if (stack.EnableTerminationProtection === true) {
      if (isProtectedByOthers(stack)) throw protectedStack(name)
      await client.send(
        new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
      )
    }
    await client.send(new DeleteStackCommand({ StackName: name }))
  }
  const left = await settled(context, name, detail)
  if (!left) return true
  const failures = await failedResources(context.cloud, name)
  const kept = failures.map(({ logicalId }) => logicalId).join(' ')
  throw new UserError(
    `stack ${name} could not be deleted: ${left.StackStatus}${describeFailures(failures)}`,
    {
      help: `Remove what is named by hand and run the same command again. To leave it behind: aws cloudformation delete-stack --stack-name ${name} --retain-resources ${kept}`,
    },
  )
}

/** True when the stack has a termination protection that `up` did not set. */
export function isProtectedByOthers(stack: Stack): boolean {
  return stack.EnableTerminationProtection === true && isAdopted(tagsOf(stack.Tags))
}

function protectedStack(name: string): UserError {
  return new UserError(`stack ${name} has termination protection that up did not set`, {
    help: unprotect(name),
  })
}

/** How to take the protection off by hand. */
export function unprotect(name: string): string {
  return `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name}`
}

/** All live stacks with a name by which eksctl would take them for parts of the cluster. */
export async function stacksNamedAfter(
  context: Pick<StackContext, 'cloud'>,
  cluster: string,
): Promise<readonly Stack[]> {
  const names: string[] = []
  for await (const page of paginateListStacks({ client: context.cloud.cloudFormation }, {})) {
    for (const { StackName = '', StackStatus } of page.StackSummaries ?? []) {
      if (StackStatus !== 'DELETE_COMPLETE' && isStackNameOf(cluster, StackName)) names.push(StackName)
    }
  }
  const found = await Promise.all(names.map((name) => findStack(context, name)))
  return found.filter((stack) => stack !== undefined)
}
