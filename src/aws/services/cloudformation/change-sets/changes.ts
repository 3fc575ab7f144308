// Owns telling what an update would do to each resource of a stack, before it is done.
import type { RequiresRecreation, ResourceAttribute } from '@aws-sdk/client-cloudformation'

import { AwsError } from '../../../../base/errors.ts'
import { deepEqual } from '../../../../base/json.ts'
import { hasDynamicReference } from '../engine/dynamic-references.ts'
import { type Plan, planOf } from '../engine/plan.ts'
import { findResourceType } from '../resources/index.ts'
import { planChange, readProperties } from '../resources/plan-change.ts'
import { leavesOf } from '../resources/property-path.ts'
import { typeFacts } from '../resources/specification.ts'
import {
  type ChangeSetRecord,
  type CloudFormation,
  type ResourceRecord,
  resourcesOf,
  type StackRecord,
  type StackSource,
} from '../state.ts'
import { attributesIn, referencesIn } from '../template/dependencies.ts'
import { resolveObject } from '../template/intrinsics.ts'
import type { TemplateObject } from '../template/template.ts'

export type Change = ChangeSetRecord['changes'][number]
type Detail = NonNullable<Change['details']>[number]

/** The changes that the new source makes to a stack, those of its order first, what it removes last. */
export function changesOf(
  cloudformation: CloudFormation,
  stack: StackRecord,
  source: StackSource,
): readonly Change[] {
  const plan = planOf(cloudformation, stack, source)
  const existing = resourcesOf(cloudformation, stack.id)
  // Resources whose ids and attributes will be others than now, and single attributes as `ID.NAME`.
  const moving = new Set<string>()
  const changes = inOrder(plan).flatMap((logicalId): Change[] => {
    const record = existing.get(logicalId)
    const type = plan.template.resources[logicalId]?.type ?? ''
    if (!record || record.status === 'DELETE_COMPLETE' || record.status === 'DELETE_SKIPPED') {
      moving.add(logicalId)
      return [{ action: 'Add', logicalId, type }]
    }
    const change = modification(plan, record, moving)
    if (!change) return []
    if (change.replacement !== 'False') moving.add(logicalId)
    for (const name of findResourceType(type)?.changingAttributes ?? []) moving.add(`${logicalId}.${name}`)
    return [change]
  })
  const removed = [...existing.values()]
    .filter(({ logicalId, status }) => !plan.needs.has(logicalId) && !status.startsWith('DELETE_'))
    .map(({ logicalId, type, physicalId }): Change => {
      return { action: 'Remove', logicalId, type, ...(physicalId ? { physicalId } : {}) }
    })
  return [...changes, ...removed]
}

// Those that others need first: what happens to them decides what happens to the others.
function inOrder({ needs }: Plan): string[] {
  const order: string[] = []
  const visit = (logicalId: string): void => {
    if (order.includes(logicalId)) return
    for (const need of needs.get(logicalId) ?? []) visit(need)
    order.push(logicalId)
  }
  for (const logicalId of needs.keys()) visit(logicalId)
  return order
}

function modification(plan: Plan, record: ResourceRecord, moving: ReadonlySet<string>): Change | undefined {
  const after = propertiesKnown(plan, record, moving)
  const details = [...(after ? staticDetails(record, after) : []), ...dynamicDetails(plan, record, moving)]
  if (details.length === 0) return undefined
  const isReplaced = details.some(({ recreation, isDynamic }) => recreation === 'Always' && !isDynamic)
  const mayBe = details.some(({ recreation }) => recreation !== 'Never')
  return {
    action: 'Modify',
    logicalId: record.logicalId,
    type: record.type,
    ...(record.physicalId ? { physicalId: record.physicalId } : {}),
    replacement: isReplaced ? 'True' : mayBe ? 'Conditional' : 'False',
    details,
    before: record.properties,
    ...(after ? { after: { ...after, ...unknownOf(details) } } : {}),
  }
}

function isMoving(value: TemplateObject[string] | undefined, moving: ReadonlySet<string>): boolean {
  if (value === undefined) return false
  // `Outputs.NAME` moves with `Outputs`.
  const attributes = attributesIn(value).flatMap(({ logicalId, attribute }) =>
    [attribute, attribute.split('.')[0]].map((name) => `${logicalId}.${name}`),
  )
  return [...referencesIn(value), ...attributes].some((name) => moving.has(name))
}

// What CloudFormation shows for a value that only the execution will tell.
function unknownOf(details: readonly Detail[]): TemplateObject {
  const names = details.flatMap(({ name, isDynamic }) => (isDynamic && name !== undefined ? [name] : []))
  return Object.fromEntries(names.map((name) => [name, '{{changeSet:KNOWN_AFTER_APPLY}}']))
}

// The properties as they will be, those that refer to what will be another as they are.
function propertiesKnown(
  plan: Plan,
  record: ResourceRecord,
  moving: ReadonlySet<string>,
): TemplateObject | undefined {
  const { logicalId, properties: before } = record
  const type = findResourceType(record.type)
  const raw = plan.template.resources[logicalId]?.properties ?? {}
  // "CloudFormation compares the literal string": what a dynamic reference leads to counts for nothing here.
  const unknown = Object.keys(raw).filter(
    (name) => isMoving(raw[name], moving) || hasDynamicReference(raw[name]),
  )
  const known = Object.fromEntries(Object.entries(raw).filter(([name]) => !unknown.includes(name)))
  const kept = Object.fromEntries(
    unknown.flatMap((name) => (name in before ? [[name, before[name] ?? null]] : [])),
  )
  // What the type refuses is told when it is tried.
  return (
    type &&
    tryRead(() =>
      readProperties(type, logicalId, {
        given: { ...resolveObject(known, plan.scope), ...kept },
        stackTags: plan.tags,
      }),
    )
  )
}

function staticDetails(record: ResourceRecord, after: TemplateObject): Detail[] {
  const { properties: before } = record
  const type = findResourceType(record.type)
  if (!type) return []
  const { replacing } = planChange(type, before, after)
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => !deepEqual(before[name], after[name]))
    .map((name) => {
      const isReplacing = replacing.some((path) => path === name || path.startsWith(`${name}.`))
      return { ...targetOf(name), recreation: isReplacing ? 'Always' : 'Never', isDynamic: false }
    })
}

// Properties that refer to what will be another: CloudFormation can't tell whether they change.
function dynamicDetails(plan: Plan, record: ResourceRecord, moving: ReadonlySet<string>): Detail[] {
  const facts = typeFacts(record.type)
  const raw = plan.template.resources[record.logicalId]?.properties ?? {}
  return Object.keys(raw)
    .filter((name) => isMoving(raw[name], moving))
    .map((name) => {
      const leaves = facts ? leavesOf(facts) : []
      const below = leaves.filter(({ path }) => path === name || path.startsWith(`${name}.`))
      const recreation = below.some(({ replaces }) => replaces === 'yes') ? 'Always' : 'Never'
      return { ...targetOf(name), recreation, isDynamic: true }
    })
}

function targetOf(name: string): {
  attribute: ResourceAttribute
  name?: string
  recreation?: RequiresRecreation
} {
  return name === 'Tags' ? { attribute: 'Tags' } : { attribute: 'Properties', name }
}

function tryRead(read: () => TemplateObject): TemplateObject | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}
