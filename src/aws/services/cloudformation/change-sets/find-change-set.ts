// Owns finding a change set by its ARN, or by its name and its stack's.
import { changeSetNotFound, validationError } from '../errors.ts'
import { type CloudFormation, type ChangeSetRecord, keyOfStack } from '../state.ts'
import { findStack } from '../stacks/lookup.ts'

/** @throws AwsError ChangeSetNotFound, ValidationError */
export function findChangeSet(
  cloudformation: CloudFormation,
  asked: { ChangeSetName?: string | undefined; StackName?: string | undefined },
): { key: string; record: ChangeSetRecord } {
  const name = asked.ChangeSetName ?? ''
  if (asked.StackName === undefined && !name.startsWith('arn:')) {
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.')
  }
  const rows = asked.StackName
    ? cloudformation.tables.changeSets.rows(`${keyOfStack(findStack(cloudformation, asked.StackName).id)}/`)
    : cloudformation.tables.changeSets.rows()
  const row = rows.find(
    ({ value }) => value.id === name || (asked.StackName !== undefined && value.name === name),
  )
  if (!row) throw changeSetNotFound(name)
  return { key: row.key, record: row.value }
}
