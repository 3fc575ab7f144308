// Owns CreateStack.
import type { CreateStackInput, CreateStackOutput } from '@aws-sdk/client-cloudformation'

import { clientToken } from '../../../protocol/client-token.ts'
import { operation } from '../../../protocol/operation.ts'
import type { RequestContext } from '../../../protocol/service.ts'
import { putStackIn } from '../engine/events.ts'
import { alreadyExists, tokenAlreadyExists, validationError } from '../errors.ts'
import type { CloudFormation, StackRecord } from '../state.ts'
import { checkStackPolicy } from '../template/stack-policy.ts'
import { lookUp } from './lookup.ts'
import { prepareSource } from './prepare-source.ts'
import { readSource } from './source.ts'

/** @throws AwsError AlreadyExists-, TokenAlreadyExists-, InsufficientCapabilitiesException, ValidationError */
export const createStack = operation<CloudFormation, CreateStackInput, CreateStackOutput>()({
  honours: [
    'StackName',
    'TemplateBody',
    'TemplateURL',
    'Parameters[].ParameterKey',
    'Parameters[].ParameterValue',
    'Capabilities',
    'Tags[].Key',
    'Tags[].Value',
    'DisableRollback',
    'OnFailure',
    'EnableTerminationProtection',
    'StackPolicyBody',
    'TimeoutInMinutes',
    'ClientRequestToken',
  ],
  // ResolvedValue is for answers: whoever sends back what DescribeStacks told gets along.
  keeps: ['RoleARN', 'Parameters[].ResolvedValue'],
  handle: async (input, cloudformation, request) => {
    const name = input.StackName ?? ''
    checkName(name)
    const { StackPolicyBody: policy } = input
    if (policy !== undefined) checkStackPolicy(policy)
    const { ClientRequestToken, ...rest } = input
    const token = clientToken(ClientRequestToken, rest)
    const prepared = await prepareSource(cloudformation, input, request.principal)
    const { parentId, Tags } = parentOf(input.Tags, request)
    // A name is free or taken in the same turn that takes it.
    return await cloudformation.deps.store.transact((tx) => {
      const existing = lookUp(cloudformation, name)
      if (existing) {
        if (!token || existing.token?.value !== token.value) throw alreadyExists(name)
        if (existing.token.fingerprint !== token.fingerprint) throw tokenAlreadyExists(token.value)
        return { StackId: existing.id }
      }
      const asked = { ...input, ...(Tags === undefined ? {} : { Tags }) }
      const stack = draftStack(cloudformation, { name, input: asked, request })
      const record: StackRecord = {
        ...stack,
        ...readSource(cloudformation, stack, { input: asked, prepared }),
        ...(parentId === undefined ? {} : { parentId }),
        ...(token ? { token } : {}),
        ...(policy === undefined ? {} : { policy }),
        ...(ClientRequestToken === undefined ? {} : { requestToken: ClientRequestToken }),
        status: 'CREATE_IN_PROGRESS',
        reason: 'User Initiated',
      }
      putStackIn(tx, cloudformation, record)
      return { StackId: record.id }
    })
  },
})

// CloudFormation itself makes nested stacks, and says by its tags which one they belong to.
function parentOf(
  tags: CreateStackInput['Tags'],
  { calledVia }: RequestContext,
): { parentId?: string | undefined; Tags?: CreateStackInput['Tags'] } {
  if (calledVia !== 'cloudformation.amazonaws.com') return { Tags: tags }
  const parentId = tags?.find(({ Key }) => Key === 'aws:cloudformation:stack-id')?.Value
  return { parentId, Tags: tags?.filter(({ Key = '' }) => !Key.startsWith('aws:')) }
}

/** @throws AwsError ValidationError */
export function checkName(name: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return
  throw validationError(
    `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  )
}

type DraftInput = Pick<
  CreateStackInput,
  | 'Tags'
  | 'Capabilities'
  | 'DisableRollback'
  | 'OnFailure'
  | 'EnableTerminationProtection'
  | 'RoleARN'
  | 'TimeoutInMinutes'
>

/** A new stack record with nothing in it. */
export function draftStack(
  cloudformation: CloudFormation,
  from: { name: string; input: DraftInput; request: RequestContext },
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
    deletesOnFailure: input.OnFailure === 'DELETE',
    terminationProtection: input.EnableTerminationProtection ?? false,
    outputs: [],
    principal: request.principal,
    ...(input.RoleARN ? { roleArn: input.RoleARN } : {}),
    ...(input.TimeoutInMinutes === undefined ? {} : { timeoutMs: input.TimeoutInMinutes * 60_000 }),
  }
}
