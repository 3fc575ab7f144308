// Owns bringing all resources of a stack to what its template says, side by side where nothing needs the other.
import { AwsError } from '../../../../base/errors.ts'
import {
  type CloudFormation,
  keyOfStack,
  type ResourceRecord,
  resourcesOf,
  type StackRecord,
} from '../state.ts'
import { findResourceType } from '../resources/index.ts'
import { attributesIn } from '../template/dependencies.ts'
import { resolveDynamic } from './dynamic-references.ts'
import { putResource } from './events.ts'
import { type Plan, planOf, policiesOf, propertiesOf } from './plan.ts'
import { createResource, fail, refusalOf, refuse, updateResource } from './resource-change.ts'
import { contextOf, type Progress, type Work } from './resource-work.ts'

export interface Advance {
  readonly state: 'done' | 'pending' | 'failed'
  readonly failed: readonly string[]
}

/** Creates and changes whatever can be now, until nothing more can. */
export async function advance(cloudformation: CloudFormation, stack: StackRecord): Promise<Advance> {
  const settled = new Set<string>()
  const failed = new Set<string>()
  for (;;) {
    // A DeleteStack in the meantime: nothing more is begun.
    if (cloudformation.tables.stacks.get(keyOfStack(stack.id))?.status !== stack.status) {
      return { state: 'pending', failed: [] }
    }
    const plan = planOf(cloudformation, stack, stack)
    const kept = await keptByPolicy({ cloudformation, stack }, plan)
    if (kept.length > 0) return { state: 'failed', failed: kept }
    const ready = [...plan.needs].filter(
      ([logicalId, needs]) => !settled.has(logicalId) && [...needs].every((need) => settled.has(need)),
    )
    const results = await Promise.all(
      ready.map(async ([logicalId]) => ({
        logicalId,
        progress: await bring({ cloudformation, stack }, plan, logicalId),
      })),
    )
    for (const { logicalId, progress } of results) {
      if (progress === 'done') settled.add(logicalId)
      if (progress === 'failed') failed.add(logicalId)
    }
    if (failed.size > 0) {
      const pending = results.filter(({ progress }) => progress === 'pending')
      await cancel(
        cloudformation,
        stack,
        pending.map((item) => item.logicalId),
      )
      return { state: 'failed', failed: [...failed] }
    }
    if (settled.size === plan.needs.size) return { state: 'done', failed: [] }
    if (!results.some(({ progress }) => progress === 'done')) return { state: 'pending', failed: [] }
  }
}

/** What the template has no more, and the stack's policy does not let go. */
async function keptByPolicy(work: Work, plan: Plan): Promise<readonly string[]> {
  const { cloudformation, stack } = work
  const gone = [...resourcesOf(cloudformation, stack.id).values()].filter(
    ({ logicalId, status }) => !plan.needs.has(logicalId) && !status.startsWith('DELETE_'),
  )
  const kept: string[] = []
  for (const record of gone) {
    const action = 'Update:Delete'
    if (refusalOf(work, record, action) === undefined) continue
    kept.push(record.logicalId)
    await refuse(work, record, { action, wanted: record.properties }).catch(async (error: unknown) => {
      if (!(error instanceof AwsError)) throw error
      await fail(work, record, error)
    })
  }
  return kept
}

async function bring(work: Work, plan: Plan, logicalId: string): Promise<Progress> {
  const { cloudformation, stack } = work
  const existing = cloudformation.tables.resources.get(`${keyOfStack(stack.id)}/${logicalId}`)
  const isThere = existing !== undefined && !existing.status.startsWith('DELETE_')
  const isCreation = stack.status === 'CREATE_IN_PROGRESS'
  if (isThere && existing.status === 'CREATE_IN_PROGRESS') {
    return await createResource(work, existing, { isRepeat: true })
  }
  if (isThere && stack.status.includes('ROLLBACK') && stack.skippedResources?.includes(logicalId)) {
    return await skip(work, existing)
  }
  // Before a rollback what has failed stays so; during creation what is complete stays as it is, an update compares.
  if (isThere && existing.status.endsWith('_FAILED') && !stack.status.includes('ROLLBACK')) return 'failed'
  if (isThere && isCreation) return 'done'
  const record = isThere ? existing : draftOf(cloudformation, plan, logicalId)
  try {
    const fresh = await readLive(work, plan, logicalId)
    const wanted = await resolveDynamic(propertiesOf(fresh, logicalId), contextOf(work, record))
    const current = { ...withoutPolicies(record), ...policiesOf(fresh, logicalId) }
    if (isThere) return await updateResource(work, current, wanted)
    const begun = await putResource(cloudformation, stack, logicalId, () => ({ ...current, target: wanted }))
    return await createResource(work, begun, { isRepeat: false })
  } catch (error) {
    // Properties that cannot be resolved, or that the type does not have, fail their resource.
    if (!(error instanceof AwsError) || error.status >= 500) throw error
    await fail(work, record, error)
    return 'failed'
  }
}

/** The plan with what a resource asks of attributes that change without their own resource. */
async function readLive(work: Work, plan: Plan, logicalId: string): Promise<Plan> {
  const { cloudformation, stack } = work
  const records = resourcesOf(cloudformation, stack.id)
  const asked = attributesIn(plan.template.resources[logicalId]?.properties ?? {}).flatMap((each) => {
    const record = records.get(each.logicalId)
    const type = findResourceType(record?.type ?? '')
    return record && type?.liveAttributes?.includes(each.attribute) ? [{ record, type }] : []
  })
  if (asked.length === 0) return plan
  for (const { record, type } of asked) {
    const { physicalId = '', properties } = record
    const { attributes } = await type.read(physicalId, contextOf(work, record), properties)
    await putResource(cloudformation, stack, record.logicalId, (current = record) => ({
      ...current,
      attributes: { ...current.attributes, ...attributes },
    }))
  }
  return planOf(cloudformation, stack, stack)
}

// "CloudFormation sets the status of the specified resources to UPDATE_COMPLETE" (API_ContinueUpdateRollback).
async function skip({ cloudformation, stack }: Work, record: ResourceRecord): Promise<Progress> {
  if (record.status === 'UPDATE_COMPLETE') return 'done'
  const { target: _target, attempt: _attempt, reason: _reason, ...rest } = record
  await putResource(cloudformation, stack, record.logicalId, () => ({ ...rest, status: 'UPDATE_COMPLETE' }))
  return 'done'
}

function withoutPolicies(record: ResourceRecord): ResourceRecord {
  const {
    deletionPolicy: _d,
    updateReplacePolicy: _r,
    creationPolicy: _c,
    updatePolicy: _u,
    ...rest
  } = record
  return rest
}

function draftOf(cloudformation: CloudFormation, plan: Plan, logicalId: string): ResourceRecord {
  const { ids, clock } = cloudformation.deps
  return {
    logicalId,
    type: plan.template.resources[logicalId]?.type ?? '',
    status: 'CREATE_IN_PROGRESS',
    attributes: {},
    properties: {},
    token: ids.uuid(),
    begunAtMs: clock.now(),
    updatedAtMs: 0,
  }
}

async function cancel(
  cloudformation: CloudFormation,
  stack: StackRecord,
  logicalIds: readonly string[],
): Promise<void> {
  const resources = resourcesOf(cloudformation, stack.id)
  for (const logicalId of logicalIds) {
    const record = resources.get(logicalId)
    if (!record) continue
    const isNew = record.status === 'CREATE_IN_PROGRESS'
    await putResource(cloudformation, stack, logicalId, (current = record) => ({
      ...current,
      status: isNew ? 'CREATE_FAILED' : 'UPDATE_FAILED',
      reason: isNew ? 'Resource creation cancelled' : 'Resource update cancelled',
    }))
  }
}
