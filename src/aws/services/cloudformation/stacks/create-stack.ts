// Owns CreateStack.
import type { CreateStackInput, CreateStackOutput } from '@aws-sdk/client-cloudformation'

import type { RequestContext } from '../../../protocol/service.ts'
import { putStackIn } from '../engine/events.ts'
import { alreadyExists, validationError } from '../errors.ts'
import type { CloudFormation, StackRecord } from '../state.ts'
import { lookUp } from './lookup.ts'
import { readSource } from './source.ts'

/** @throws AwsError AlreadyExistsException, ValidationError, InsufficientCapabilitiesException */
export async function createStack(
  input: CreateStackInput,
  cloudformation: CloudFormation,
  request: RequestContext,
): Promise<CreateStackOutput> {
  const name = input.StackName ?? ''
  checkName(name)
  // A name is free or taken in the same turn that takes it.
  return await cloudformation.deps.store.transact((tx) => {
    const existing = lookUp(cloudformation, name)
    if (existing) {
      if (existing.token && existing.token === input.ClientRequestToken) return { StackId: existing.id }
      throw alreadyExists(name)
    }
    const stack = draftStack(cloudformation, { name, input, request })
    const record: StackRecord = {
      ...stack,
      ...readSource(cloudformation, stack, input),
      status: 'CREATE_IN_PROGRESS',
      reason: 'User Initiated',
    }
    putStackIn(tx, cloudformation, record)
    return { StackId: record.id }
  })
}

/** @throws AwsError ValidationError */
export function checkName(name: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return
  throw validationError(
    `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  )
}

/** A new stack record with nothing in it. */
export function draftStack(
  cloudformation: CloudFormation,
  from: { name: string; input: Partial<CreateStackInput>; request: RequestContext },
): StackRecord {
  const { region, accountId, ids, clock } = cloudformation.deps
  const { name, input, request } = from
  return {
    id: `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${ids.uuid()}`,
    name,
    status: 'REVIEW_IN_PROGRESS',
    createdAtMs: clock.now(),
    templateBody: '',
    parameters: [],
    tags: input.Tags ?? [],
    capabilities: input.Capabilities ?? [],
    disableRollback: input.DisableRollback ?? input.OnFailure === 'DO_NOTHING',
    terminationProtection: input.EnableTerminationProtection ?? false,
    outputs: [],
    principal: request.principal,
    ...(input.RoleARN ? { roleArn: input.RoleARN } : {}),
    ...(input.ClientRequestToken ? { token: input.ClientRequestToken } : {}),
  }
}
