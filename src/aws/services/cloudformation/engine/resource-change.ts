// Owns making and changing one resource: each pass goes on where the record says the one before has got to.
import { AwsError, isRefusal } from '../../../../base/errors.ts'
import { deepEqual } from '../../../../base/json.ts'
import { textAt } from '../resources/members.ts'
import { notEmulated, planChange, PROPERTY_VALIDATION } from '../resources/plan-change.ts'
import { pickPaths, withPaths } from '../resources/property-path.ts'
import type { ResourceType, Step } from '../resources/resource-type.ts'
import type { ReplacedResource, ResourceRecord } from '../state.ts'
import { refusedByPolicy, type UpdateAction } from '../template/stack-policy.ts'
import type { TemplateObject } from '../template/template.ts'
import { awaitSignals } from './creation-signals.ts'
import { putResource } from './events.ts'
import { contextOf, type Progress, reasonOf, typeOf, type Work } from './resource-work.ts'

/**
 * Makes a resource that the work's record has just been written for, or goes on making it.
 * @param isRepeat whether an earlier attempt may have made it
 */
export async function createResource(
  work: Work,
  record: ResourceRecord,
  { isRepeat }: { isRepeat: boolean },
): Promise<Progress> {
  return await attempt(work, record, () => bring(work, record, { isRepeat }))
}

/** Brings a resource that is there to the properties asked for: in place, or by a new one beside it. */
export async function updateResource(
  work: Work,
  record: ResourceRecord,
  wanted: TemplateObject,
): Promise<Progress> {
  const isSettled = record.target === undefined && record.attempt === undefined
  if (isSettled && deepEqual(record.properties, wanted) && !canGoBack(work, record, wanted)) return 'done'
  return await attempt(work, record, async () => {
    const isGoingOn = record.status.endsWith('_IN_PROGRESS') && deepEqual(record.target, wanted)
    const begun = isGoingOn ? record : await begin(work, record, wanted)
    return await bring(work, begun, { isRepeat: isGoingOn })
  })
}

async function attempt(work: Work, record: ResourceRecord, run: () => Promise<Progress>): Promise<Progress> {
  try {
    return await run()
  } catch (error) {
    if (!isRefusal(error)) throw error
    await fail(work, record, error)
    return 'failed'
  }
}

/** Writes down that a resource has failed, and why; how far it had got stays. */
export async function fail(work: Work, record: ResourceRecord, error: AwsError): Promise<void> {
  const { cloudformation, stack } = work
  await putResource(cloudformation, stack, record.logicalId, (current = record) => ({
    ...current,
    status: /^CREATE_(IN_PROGRESS|FAILED)$/.test(current.status) ? 'CREATE_FAILED' : 'UPDATE_FAILED',
    reason: reasonOf(error, current),
  }))
}

async function begin(work: Work, record: ResourceRecord, wanted: TemplateObject): Promise<ResourceRecord> {
  if (canGoBack(work, record, wanted)) return await goBack(work, record, wanted)
  const { replacing, stuck } = planChange(typeOf(record), record.properties, wanted)
  const isReplaced = replacing.length > 0 || isReplacedByPolicy(record, wanted)
  const action = isReplaced ? 'Update:Replace' : 'Update:Modify'
  if (refusalOf(work, record, action) !== undefined) return await refuse(work, record, { action, wanted })
  if (isReplaced) return await beginReplacement(work, record, wanted)
  const begun = await put(work, { ...withoutReason(record), status: 'UPDATE_IN_PROGRESS', target: wanted })
  if (stuck[0] !== undefined) throw notEmulated(`Changing the property ${stuck[0]} of ${record.type}`)
  return begun
}

function isReplacedByPolicy(record: ResourceRecord, wanted: TemplateObject): boolean {
  const { updatePolicy = {}, properties } = record
  return typeOf(record).isReplacedBy?.(updatePolicy, properties, wanted) ?? false
}

/** Why the stack's policy keeps the update that is under way from doing this; undefined when it does not. */
export function refusalOf({ stack }: Work, record: ResourceRecord, action: UpdateAction): string | undefined {
  const policy = stack.policyDuringUpdate ?? stack.policy
  // A rollback brings back what was allowed before.
  if (policy === undefined || stack.status !== 'UPDATE_IN_PROGRESS') return undefined
  return refusedByPolicy(policy, action, record)
}

/** Begins what is refused, so that a rollback has something to turn back. @throws AwsError always */
export async function refuse(
  work: Work,
  record: ResourceRecord,
  { action, wanted }: { readonly action: UpdateAction; readonly wanted: TemplateObject },
): Promise<never> {
  await put(work, { ...withoutReason(record), status: 'UPDATE_IN_PROGRESS', target: wanted })
  throw new AwsError(PROPERTY_VALIDATION, refusalOf(work, record, action) ?? '')
}

async function beginReplacement(
  work: Work,
  record: ResourceRecord,
  wanted: TemplateObject,
): Promise<ResourceRecord> {
  const { ids, clock } = work.cloudformation.deps
  const { customName } = typeOf(record)
  const name = customName === undefined ? undefined : textAt(wanted, customName)
  if (name !== undefined && customName !== undefined && textAt(record.properties, customName) === name) {
    await put(work, { ...withoutReason(record), status: 'UPDATE_IN_PROGRESS', target: wanted })
    throw new AwsError(
      PROPERTY_VALIDATION,
      `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`,
    )
  }
  // The event of it is the old resource's.
  const {
    physicalId: _id,
    attempt: _attempt,
    ...rest
  } = await put(work, {
    ...record,
    status: 'UPDATE_IN_PROGRESS',
    reason: 'Requested update requires the creation of a new physical resource; hence creating one.',
  })
  return await put(work, {
    ...rest,
    properties: {},
    target: wanted,
    token: ids.uuid(),
    begunAtMs: clock.now(),
    replaced: [...(record.replaced ?? []), ...older(record)],
  })
}

function older(record: ResourceRecord): ReplacedResource[] {
  const { physicalId, token, begunAtMs } = record
  return physicalId === undefined ? [] : [{ physicalId, properties: lastKnown(record), token, begunAtMs }]
}

/** Everything that a resource may have: a change that was under way may have set it or not. */
export function lastKnown({ target = {}, attempt: begun, properties }: ResourceRecord): TemplateObject {
  return [begun?.to ?? {}, target].reduce(union, properties)
}

function union(properties: TemplateObject, more: TemplateObject): TemplateObject {
  const all = { ...more, ...properties }
  for (const [name, value] of Object.entries(more)) {
    const own = properties[name]
    if (!Array.isArray(own) || !Array.isArray(value)) continue
    all[name] = [...own, ...value.filter((item) => !own.some((other) => deepEqual(item, other)))]
  }
  return all
}

/** A rollback takes back what a replacement has left, instead of making a third one. */
function canGoBack({ stack }: Work, record: ResourceRecord, wanted: TemplateObject): boolean {
  const last = record.replaced?.at(-1)
  if (stack.status !== 'UPDATE_ROLLBACK_IN_PROGRESS' || !last) return false
  const isBack = record.target === undefined && deepEqual(record.properties, wanted)
  return !isBack && planChange(typeOf(record), last.properties, wanted).replacing.length === 0
}

async function goBack(work: Work, record: ResourceRecord, wanted: TemplateObject): Promise<ResourceRecord> {
  const [back, ...rest] = (record.replaced ?? []).toReversed()
  const { attempt: _attempt, ...current } = withoutReason(record)
  // Killed while it made the new one, it may not have come to writing down which.
  const orphan = await findUnrecorded(work, record)
  return await put(work, {
    ...current,
    ...back,
    status: 'UPDATE_IN_PROGRESS',
    target: wanted,
    replaced: [...rest.toReversed(), ...older({ ...record, ...(orphan ? { physicalId: orphan } : {}) })],
  })
}

/** What an attempt has made that was killed before it wrote it down. */
export async function findUnrecorded(work: Work, record: ResourceRecord): Promise<string | undefined> {
  if (record.physicalId !== undefined) return record.physicalId
  if (!record.status.endsWith('_IN_PROGRESS') || record.target === undefined) return undefined
  const { create } = typeOf(record)
  return await create.find?.(pickPaths(record.target, create.on), contextOf(work, record))
}

/** Makes what is not there yet, then carries out one step after the other, each once the one before is stable. */
async function bring(
  work: Work,
  record: ResourceRecord,
  { isRepeat }: { isRepeat: boolean },
): Promise<Progress> {
  const type = typeOf(record)
  let current = record.physicalId === undefined ? await make(work, record, isRepeat) : record
  for (;;) {
    const context = contextOf(work, current)
    const { target = current.properties, physicalId = '' } = current
    const { state, attributes } = await type.read(physicalId, context, target)
    if (state === 'pending') return 'pending'
    const step = nextStep(type, current)
    if (!step) {
      if ((await awaitSignals(work, current)) === 'pending') return 'pending'
      // What was told when it was made stays.
      await complete(work, { ...current, attributes: { ...current.attributes, ...attributes } })
      return 'done'
    }
    const after = await carryOut(work, current, step)
    if (!after) return 'pending'
    current = after
  }
}

async function make(work: Work, record: ResourceRecord, isRepeat: boolean): Promise<ResourceRecord> {
  const { create } = typeOf(record)
  const { target = {} } = record
  const context = contextOf(work, record)
  const properties = pickPaths(target, create.on)
  const found = isRepeat ? await create.find?.(properties, context) : undefined
  const made = found ?? (await create.run(properties, context))
  return await put(work, {
    ...record,
    ...(typeof made === 'string' ? { physicalId: made } : made),
    ...(record.creationPolicy === undefined ? {} : { awaitsSinceMs: context.nowMs }),
    properties,
    reason: 'Resource creation Initiated',
  })
}

function nameOf(step: Step): string {
  return step.on.join(',')
}

/** The step that was begun comes first, whether or not its properties are as they should be. */
function nextStep(type: ResourceType, record: ResourceRecord): Step | undefined {
  const { attempt: begun, properties, target = properties } = record
  const last = type.update.find((step) => nameOf(step) === begun?.step)
  return last ?? planChange(type, properties, target).steps[0]
}

/** @returns the record with the step's properties; undefined while the service is at it */
async function carryOut(work: Work, record: ResourceRecord, step: Step): Promise<ResourceRecord | undefined> {
  const context = contextOf(work, record)
  const { physicalId = '', target = {} } = record
  const paths = [...step.on, ...(step.reads ?? [])]
  const to = pickPaths(target, paths)
  const begun = record.attempt?.step === nameOf(step) ? record.attempt : undefined
  // Turning back from an attempt, what it has set is what there is to change.
  const before = withPaths(record.properties, begun?.to ?? record.properties, paths)
  const change = { physicalId, before: deepEqual(begun?.to, to) ? record.properties : before, after: target }
  let ticket = deepEqual(begun?.to, to) ? begun?.ticket : undefined
  if (ticket === undefined) {
    if (!deepEqual(begun, { step: nameOf(step), to })) {
      await put(work, { ...record, attempt: { step: nameOf(step), to } })
    }
    const isDone = begun !== undefined && (await step.isDone?.(change, context))
    ticket = isDone ? undefined : ((await step.run(change, context)) ?? undefined)
  }
  if (ticket !== undefined && (await step.progress?.(physicalId, ticket, context)) === 'pending') {
    await put(work, { ...record, attempt: { step: nameOf(step), to, ticket } })
    return undefined
  }
  const { attempt: _attempt, ...rest } = record
  return await put(work, { ...rest, properties: withPaths(record.properties, target, paths) })
}

async function complete(work: Work, record: ResourceRecord): Promise<void> {
  const { target, attempt: _attempt, awaitsSinceMs: _awaits, ...rest } = withoutReason(record)
  const status = record.status.startsWith('CREATE') ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE'
  await put(work, { ...rest, properties: target ?? rest.properties, status })
}

async function put({ cloudformation, stack }: Work, record: ResourceRecord): Promise<ResourceRecord> {
  return await putResource(cloudformation, stack, record.logicalId, () => record)
}

function withoutReason({ reason: _reason, ...record }: ResourceRecord): ResourceRecord {
  return record
}
