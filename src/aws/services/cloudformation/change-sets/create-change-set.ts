// Owns CreateChangeSet: what would change, decided at once and kept until it is executed.
import type { CreateChangeSetInput, CreateChangeSetOutput } from '@aws-sdk/client-cloudformation'

import { AwsError } from '../../../../base/errors.ts'
import { deepEqual } from '../../../../base/json.ts'
import type { RequestContext } from '../../../protocol/service.ts'
import { needsReplacement } from '../engine/work.ts'
import { planOf, propertiesOf } from '../engine/plan.ts'
import { recordStackEvent } from '../engine/events.ts'
import { validationError } from '../errors.ts'
import { findProvider } from '../resources/index.ts'
import {
  type ChangeSetRecord,
  type CloudFormation,
  keyOfStack,
  resourcesOf,
  type StackRecord,
  type StackSource,
} from '../state.ts'
import { checkName, draftStack } from '../stacks/create-stack.ts'
import { findStack, lookUp } from '../stacks/lookup.ts'
import { readSource } from '../stacks/source.ts'
import { isUnchanged, requireUpdatable } from '../stacks/update-stack.ts'

const UNCHANGED =
  "The submitted information didn't contain changes. Submit different information to create a change set."

/** @throws AwsError ValidationError, AlreadyExistsException, InsufficientCapabilitiesException */
export async function createChangeSet(
  input: CreateChangeSetInput,
  cloudformation: CloudFormation,
  request: RequestContext,
): Promise<CreateChangeSetOutput> {
  const type = input.ChangeSetType ?? 'UPDATE'
  if (type === 'IMPORT') throw validationError('ChangeSetType IMPORT is not emulated by Neargate.')
  const stack = await stackFor(input, cloudformation, request)
  const name = input.ChangeSetName ?? ''
  const key = `${keyOfStack(stack.id)}/${name}`
  if (cloudformation.tables.changeSets.has(key)) {
    throw new AwsError(
      'AlreadyExistsException',
      `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Template`,
    )
  }
  const source = readSource(cloudformation, stack, input)
  const { region, accountId, ids, clock } = cloudformation.deps
  const isEmpty = type === 'UPDATE' && isUnchanged(stack, source)
  const record: ChangeSetRecord = {
    ...source,
    id: `arn:aws:cloudformation:${region}:${accountId}:changeSet/${name}/${ids.uuid()}`,
    name,
    stackId: stack.id,
    stackName: stack.name,
    type,
    status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
    executionStatus: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
    createdAtMs: clock.now(),
    capabilities: input.Capabilities ?? [],
    changes: isEmpty ? [] : changesOf(cloudformation, stack, source),
    ...(isEmpty ? { reason: UNCHANGED } : {}),
    ...(input.Description ? { description: input.Description } : {}),
  }
  await cloudformation.tables.changeSets.put(key, record)
  return { Id: record.id, StackId: stack.id }
}

async function stackFor(
  input: CreateChangeSetInput,
  cloudformation: CloudFormation,
  request: RequestContext,
): Promise<StackRecord> {
  const name = input.StackName ?? ''
  if (input.ChangeSetType !== 'CREATE') {
    const stack = findStack(cloudformation, name)
    requireUpdatable(stack)
    return stack
  }
  const existing = lookUp(cloudformation, name)
  if (existing?.status === 'REVIEW_IN_PROGRESS') return existing
  if (existing)
    throw validationError(
      `Stack [${name}] already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`,
    )
  checkName(name)
  const { OnStackFailure: _, ...rest } = input
  const stack = draftStack(cloudformation, { name, input: rest, request })
  await cloudformation.tables.stacks.create(keyOfStack(stack.id), stack)
  await recordStackEvent(cloudformation, stack, 'REVIEW_IN_PROGRESS', 'User Initiated')
  return stack
}

function changesOf(
  cloudformation: CloudFormation,
  stack: StackRecord,
  source: StackSource,
): ChangeSetRecord['changes'] {
  const plan = planOf(cloudformation, stack, source)
  const existing = resourcesOf(cloudformation, stack.id)
  const changes: ChangeSetRecord['changes'][number][] = []
  for (const logicalId of plan.needs.keys()) {
    const record = existing.get(logicalId)
    const type = plan.template.resources[logicalId]?.type ?? ''
    if (!record) {
      changes.push({ action: 'Add', logicalId, type })
      continue
    }
    const properties = tryProperties(plan, logicalId)
    if (properties && deepEqual(properties, record.properties)) continue
    const provider = findProvider(type)
    const isReplaced =
      !properties || (provider !== undefined && needsReplacement(provider, record.properties, properties))
    changes.push({
      action: 'Modify',
      logicalId,
      type,
      ...(record.physicalId ? { physicalId: record.physicalId } : {}),
      replacement: isReplaced ? 'True' : 'False',
    })
  }
  for (const record of existing.values()) {
    if (plan.needs.has(record.logicalId) || record.status === 'DELETE_COMPLETE') continue
    const physical = record.physicalId ? { physicalId: record.physicalId } : {}
    changes.push({ action: 'Remove', logicalId: record.logicalId, type: record.type, ...physical })
  }
  return changes
}

// A property that refers to a resource which is yet to be added has no value now.
function tryProperties(plan: ReturnType<typeof planOf>, logicalId: string) {
  try {
    return propertiesOf(plan, logicalId)
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}
