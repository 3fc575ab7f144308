// Owns change sets: what an update of a stack would do, asked of CloudFormation before it is done.
import {
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  type Capability,
  type Change,
  type DescribeChangeSetCommandOutput,
} from '@aws-sdk/client-cloudformation'

import { isAwsCode, messageOf, UserError } from '../base/errors.ts'
import { lossOf, type ResourceChange } from '../rules/eksctl/loss.ts'
import { tagList } from './ownership.ts'
import type { StackContext, StackPlan } from './stack-plan.ts'
import { waitFor } from './wait.ts'

const CHANGE_SET_TIMEOUT_MS = 5 * 60_000
// What CloudFormation says when there is nothing to change; the second where only a template's layout differs.
const NO_CHANGES = ["didn't contain changes", 'No updates are to be performed']

/** One resource that an update would touch. */
export interface StackChange extends ResourceChange {
  readonly logicalId: string
  /** What would be lost; undefined when nothing would. */
  readonly loss: string | undefined
}

export interface ChangeSet {
  readonly stack: string
  readonly name: string
  readonly changes: readonly StackChange[]
}

/** What CloudFormation takes for creating a stack and for changing one. */
export interface StackRequest {
  readonly StackName: string
  readonly TemplateBody: string
  readonly Capabilities: Capability[]
  readonly Tags: { Key: string; Value: string }[]
}

export function stackRequest(plan: StackPlan): StackRequest {
  return {
    StackName: plan.name,
    TemplateBody: JSON.stringify(plan.template),
    Capabilities: [...plan.capabilities],
    Tags: tagList(plan.tags),
  }
}

/**
 * Asks what bringing the stack to the plan would change; nothing is changed yet.
 * @returns undefined when it would change nothing.
 * @throws UserError when CloudFormation refuses the template.
 */
export async function proposeChanges(context: StackContext, plan: StackPlan): Promise<ChangeSet | undefined> {
  const { cloudFormation } = context.cloud
  const name = `neargate-${context.ids.uuid()}`
  await cloudFormation.send(
    new CreateChangeSetCommand({ ...stackRequest(plan), ChangeSetName: name, ChangeSetType: 'UPDATE' }),
  )
  const { status, reason, changes } = await described(context, plan.name, name)
  if (status !== 'FAILED') return { stack: plan.name, name, changes: changes.flatMap(readChange) }
  await discardChanges(context, { stack: plan.name, name })
  if (NO_CHANGES.some((text) => reason.includes(text))) return undefined
  throw new UserError(`CloudFormation refuses to update the stack ${plan.name}: ${reason}`, {
    help: 'Undo the change in the file, or take the cluster down and up again.',
  })
}

interface Described {
  readonly status: string
  readonly reason: string
  readonly changes: readonly Change[]
}

async function described(context: StackContext, stack: string, name: string): Promise<Described> {
  let last: DescribeChangeSetCommandOutput | undefined
  return waitFor(
    async () => {
      const changes: Change[] = []
      let token: string | undefined
      do {
        last = await context.cloud.cloudFormation.send(
          new DescribeChangeSetCommand({
            StackName: stack,
            ChangeSetName: name,
            ...(token === undefined ? {} : { NextToken: token }),
          }),
        )
        changes.push(...(last.Changes ?? []))
        token = last.NextToken
      } while (token !== undefined)
      const { Status = '', StatusReason = '' } = last
      const isDone = !Status.endsWith('_PENDING') && !Status.endsWith('_IN_PROGRESS')
      return isDone ? { status: Status, reason: StatusReason, changes } : undefined
    },
    {
      clock: context.clock,
      pace: context.pace,
      timeoutMs: CHANGE_SET_TIMEOUT_MS,
      describe: () => ({ message: `the change set of ${stack} is still ${last?.Status}` }),
    },
  )
}

function readChange({ ResourceChange: change }: Change): StackChange[] {
  if (change?.Action === undefined) return []
  const { Action: action, ResourceType: type = '', Replacement: replacement } = change
  const read: ResourceChange = { action, type, ...(replacement === undefined ? {} : { replacement }) }
  return [{ ...read, logicalId: change.LogicalResourceId ?? '', loss: lossOf(read) }]
}

/** Begins the update. */
export async function executeChanges(
  { cloud }: StackContext,
  { stack, name }: Pick<ChangeSet, 'stack' | 'name'>,
): Promise<void> {
  await cloud.cloudFormation.send(new ExecuteChangeSetCommand({ StackName: stack, ChangeSetName: name }))
}

/** Leaves no trace of a change set that is not carried out. */
export async function discardChanges(
  { cloud }: StackContext,
  { stack, name }: Pick<ChangeSet, 'stack' | 'name'>,
): Promise<void> {
  await cloud.cloudFormation.send(new DeleteChangeSetCommand({ StackName: stack, ChangeSetName: name }))
}

/** True when somebody else changes the stack at the same time: look at it again and go on from there. */
export function isOvertaken(error: unknown): boolean {
  if (isAwsCode(error, 'AlreadyExistsException', ...OVERTAKEN_CODES)) return true
  return isAwsCode(error, 'ValidationError') && /is in \S*_IN_PROGRESS state/.test(messageOf(error))
}

// Executing one change set makes the others of a stack obsolete. SDK clients say Exception, the wire does not.
const OVERTAKEN_CODES = [
  'ChangeSetNotFound',
  'ChangeSetNotFoundException',
  'InvalidChangeSetStatus',
  'InvalidChangeSetStatusException',
]

/** A line about one change, e.g. `ControlPlane (AWS::EKS::Cluster) would be replaced, with every Kubernetes object in it`. */
export function describeChange({ action, type, replacement, logicalId, loss }: StackChange): string {
  const lost = loss === undefined ? '' : `, with ${loss}`
  return `${logicalId} (${type}) ${verbOf(action, replacement)}${lost}`
}

function verbOf(action: ResourceChange['action'], replacement: ResourceChange['replacement']): string {
  if (action === 'Add') return 'would be added'
  if (action === 'Remove') return 'would be removed'
  if (replacement === 'True') return 'would be replaced'
  return replacement === 'Conditional' ? 'might be replaced' : 'would change in place'
}
