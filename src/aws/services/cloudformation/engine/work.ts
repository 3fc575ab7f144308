// Owns one piece of work on one resource: begin it, look how far it is, end it.
import { AwsError, messageOf } from '../../../../base/errors.ts'
import { deepEqual } from '../../../../base/json.ts'
import { findProvider } from '../resources/index.ts'
import type { ProviderContext, ResourceProvider } from '../resources/provider.ts'
import type { CloudFormation, ResourceRecord, StackRecord } from '../state.ts'
import type { TemplateObject } from '../template/template.ts'
import { InternalError } from '../../../../base/errors.ts'
import { putResource } from './events.ts'

export type Progress = 'done' | 'pending' | 'failed'

interface Work {
  readonly cloudformation: CloudFormation
  readonly stack: StackRecord
}

function providerOf(type: string): ResourceProvider {
  const provider = findProvider(type)
  if (!provider) throw new InternalError(`a stack holds a resource of type ${type}, which was never accepted`)
  return provider
}

function contextOf({ cloudformation, stack }: Work, record: ResourceRecord): ProviderContext {
  const { region, accountId, caller } = cloudformation.deps
  const tags = [
    ...stack.tags.map((tag) => ({ Key: tag.Key ?? '', Value: tag.Value ?? '' })),
    { Key: 'aws:cloudformation:stack-name', Value: stack.name },
    { Key: 'aws:cloudformation:logical-id', Value: record.logicalId },
    { Key: 'aws:cloudformation:stack-id', Value: stack.id },
  ]
  return {
    stackId: stack.id,
    stackName: stack.name,
    logicalId: record.logicalId,
    region,
    accountId,
    token: record.token,
    isRepeat: false,
    tags,
    call: (service, operation, input) =>
      caller.call(service, operation, input, { principal: stack.principal }),
  }
}

/** Whether an error is the answer of a service, which ends the work, or an accident, which is tried again. */
function isRefusal(error: unknown): error is AwsError {
  return error instanceof AwsError && error.status < 500
}

// What CloudFormation writes as the reason of a failure: the service's words and its error code.
function reasonOf(error: AwsError, record: ResourceRecord): string {
  const handler = error.code === 'NotStabilized' ? 'NotStabilized' : 'GeneralServiceException'
  return `Resource handler returned message: "${messageOf(error)}" (RequestToken: ${record.token}, HandlerErrorCode: ${handler})`
}

/**
 * Writes a new resource down with its token, before its service hears of it: whoever goes on after a kill finds by it
 * what was made.
 */
export async function beginResource(work: Work, record: ResourceRecord): Promise<ResourceRecord> {
  return await put(work, { ...record, status: 'CREATE_IN_PROGRESS' })
}

/** Creates a resource that has been begun, or goes on creating it. */
export async function createResource(
  work: Work,
  record: ResourceRecord,
  { isRepeat }: { isRepeat: boolean },
): Promise<Progress> {
  const provider = providerOf(record.type)
  const context = { ...contextOf(work, record), isRepeat }
  let current = record
  try {
    if (current.physicalId === undefined) {
      const physicalId = await provider.create(current.properties, context)
      current = await put(work, { ...current, physicalId, reason: 'Resource creation Initiated' })
    }
    const { state, attributes } = await provider.read(current.physicalId ?? '', context, current.properties)
    if (state === 'pending') return 'pending'
    await put(work, { ...withoutReason(current), status: 'CREATE_COMPLETE', attributes })
    return 'done'
  } catch (error) {
    if (!isRefusal(error)) throw error
    await put(work, { ...current, status: 'CREATE_FAILED', reason: reasonOf(error, record) })
    return 'failed'
  }
}

/** Brings a resource that is there to the properties asked for: in place, or by a new one beside it. */
export async function updateResource(
  work: Work,
  record: ResourceRecord,
  properties: TemplateObject,
): Promise<Progress> {
  const provider = providerOf(record.type)
  const isRunning = record.status === 'UPDATE_IN_PROGRESS'
  let current = record
  try {
    if (!deepEqual(record.properties, properties)) {
      current = await begin(work, { provider, record, properties })
    } else if (!isRunning) {
      return 'done'
    }
    const context = contextOf(work, current)
    if (current.physicalId === undefined) {
      current = await put(work, { ...current, physicalId: await provider.create(properties, context) })
    }
    const { state, attributes } = await provider.read(current.physicalId ?? '', context, properties)
    if (state === 'pending') return 'pending'
    await put(work, { ...withoutReason(current), status: 'UPDATE_COMPLETE', attributes })
    return 'done'
  } catch (error) {
    if (!isRefusal(error)) throw error
    await put(work, { ...current, status: 'UPDATE_FAILED', reason: reasonOf(error, record) })
    return 'failed'
  }
}

async function begin(
  work: Work,
  from: { provider: ResourceProvider; record: ResourceRecord; properties: TemplateObject },
): Promise<ResourceRecord> {
  const { provider, record, properties } = from
  if (!needsReplacement(provider, record.properties, properties)) {
    const started = await put(work, { ...withoutReason(record), status: 'UPDATE_IN_PROGRESS' })
    await provider.update?.(
      { physicalId: record.physicalId ?? '', before: record.properties, after: properties },
      contextOf(work, record),
    )
    return await put(work, { ...started, properties })
  }
  const { physicalId = '', ...rest } = withoutReason(record)
  return await put(work, {
    ...rest,
    status: 'UPDATE_IN_PROGRESS',
    reason: 'Requested update requires the creation of a new physical resource; hence creating one.',
    properties,
    token: work.cloudformation.deps.ids.uuid(),
    replaced: { physicalId, properties: record.properties },
  })
}

/** True when the change cannot be made in place. */
export function needsReplacement(
  provider: ResourceProvider,
  before: TemplateObject,
  after: TemplateObject,
): boolean {
  if (!provider.update) return true
  return provider.replacedBy?.some((name) => !deepEqual(before[name], after[name])) ?? false
}

/** Removes a resource. A service that still needs it is asked again later. */
export async function deleteResource(work: Work, record: ResourceRecord): Promise<Progress> {
  if (record.status === 'DELETE_COMPLETE' || record.physicalId === undefined) {
    await put(work, { ...withoutReason(record), status: 'DELETE_COMPLETE' })
    return 'done'
  }
  let current = record
  try {
    if (current.status !== 'DELETE_IN_PROGRESS') {
      current = await put(work, { ...withoutReason(current), status: 'DELETE_IN_PROGRESS' })
    }
    const isGone = await providerOf(record.type).delete(
      record.physicalId,
      contextOf(work, record),
      record.properties,
    )
    if (!isGone) return 'pending'
    await put(work, { ...current, status: 'DELETE_COMPLETE' })
    return 'done'
  } catch (error) {
    if (!isRefusal(error)) throw error
    await put(work, { ...current, status: 'DELETE_FAILED', reason: reasonOf(error, record) })
    return 'failed'
  }
}

/** Removes what a replacement has left behind. */
export async function deleteReplaced(work: Work, record: ResourceRecord): Promise<Progress> {
  const { replaced, ...rest } = record
  if (!replaced) return 'done'
  const isGone =
    replaced.physicalId === '' ||
    replaced.physicalId === record.physicalId ||
    (await providerOf(record.type).delete(replaced.physicalId, contextOf(work, record), replaced.properties))
  if (!isGone) return 'pending'
  await put(work, rest)
  return 'done'
}

function put({ cloudformation, stack }: Work, record: ResourceRecord): Promise<ResourceRecord> {
  return putResource(cloudformation, stack, record)
}

function withoutReason({ reason: _reason, ...record }: ResourceRecord): ResourceRecord {
  return record
}
