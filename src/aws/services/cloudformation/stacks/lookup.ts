// Owns finding stacks by name or ARN.
import { stackNotFound } from '../errors.ts'
import { type CloudFormation, keyOfStack, type StackRecord } from '../state.ts'

/** The stack with this ARN, deleted or not, or the living one with this name; undefined when there is none. */
export function lookUp(cloudformation: CloudFormation, nameOrId: string): StackRecord | undefined {
  if (nameOrId.startsWith('arn:')) return cloudformation.tables.stacks.get(keyOfStack(nameOrId))
  return cloudformation.tables.stacks.list(`${nameOrId}/`).find((stack) => stack.status !== 'DELETE_COMPLETE')
}

/** @throws AwsError ValidationError */
export function findStack(cloudformation: CloudFormation, nameOrId: string | undefined): StackRecord {
  const stack = lookUp(cloudformation, nameOrId ?? '')
  if (!stack) throw stackNotFound(nameOrId ?? '')
  return stack
}

/** True while something is being done to the stack. */
export function isBusy(stack: StackRecord): boolean {
  return stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS'
}
