// Owns what a change of a resource takes: its properties checked, a replacement or steps, and what is refused.
import { AwsError, InternalError } from '../../../../base/errors.ts'
import { deepEqual } from '../../../../base/json.ts'
import type { TemplateObject } from '../template/template.ts'
import { checkProperties } from './check-properties.ts'
import {
  changedLeaves,
  givenLeaves,
  isWithin,
  type LeafFacts,
  type PropertyPath,
  valueAt,
  withPaths,
} from './property-path.ts'
import { honouredPaths, type ResourceType, type Step } from './resource-type.ts'
import { type TypeFacts, typeFacts } from './specification.ts'
import { withStackTags } from './tags.ts'

/** The code of a refusal whose message is the whole reason that CloudFormation shows. */
export const PROPERTY_VALIDATION = 'PropertyValidation'

/** A refusal of what AWS does and Neargate does not, by name. */
export function notEmulated(what: string): AwsError {
  return new AwsError('InvalidRequest', `${what} is not emulated by Neargate.`)
}

function factsOf(type: ResourceType): TypeFacts {
  const facts = typeFacts(type.name)
  if (!facts) throw new InternalError(`data/cloudformation-types.json lacks ${type.name}`)
  return facts
}

/**
 * The properties that a resource is to have: those of the template, resolved, with the stack's tags.
 * @throws AwsError for properties that the type does not have, and for those that are not emulated
 */
export function readProperties(
  type: ResourceType,
  logicalId: string,
  from: { readonly given: TemplateObject; readonly stackTags: readonly { Key: string; Value: string }[] },
): TemplateObject {
  const facts = factsOf(type)
  const { properties, faults } = checkProperties(facts, from.given)
  if (faults.length > 0) {
    throw new AwsError(
      PROPERTY_VALIDATION,
      `Properties validation failed for resource ${logicalId} with message:\n${faults.join('\n')}`,
    )
  }
  const idle = idleLeaves(type, properties)
  const refused = idle.find((path) => !isDefault(type, properties, path))
  if (refused !== undefined) throw notEmulated(`The property ${refused} of ${type.name}`)
  return withStackTags(facts, withPaths(properties, {}, idle), from.stackTags)
}

function idleLeaves(type: ResourceType, properties: TemplateObject): PropertyPath[] {
  const honoured = honouredPaths(type)
  return givenLeaves(factsOf(type), properties)
    .map(({ path }) => path)
    .filter((path) => !isWithin(honoured, path))
}

function isDefault(type: ResourceType, properties: TemplateObject, path: PropertyPath): boolean {
  const { defaults = {} } = type
  return Object.hasOwn(defaults, path) && deepEqual(defaults[path], valueAt(properties, path))
}

export interface ChangePlan {
  /** The properties whose change needs a new resource. */
  readonly replacing: readonly PropertyPath[]
  /** What carries out the others, in order. */
  readonly steps: readonly Step[]
  /** Properties that AWS changes in place and Neargate does not. */
  readonly stuck: readonly PropertyPath[]
}

/** What leads from `before` to `after`, both as readProperties gives them. */
export function planChange(type: ResourceType, before: TemplateObject, after: TemplateObject): ChangePlan {
  const changed = changedLeaves(factsOf(type), before, after)
  const isStepped = ({ path }: LeafFacts): boolean => type.update.some((step) => isWithin(step.on, path))
  const replacing = changed.filter(
    (leaf) => leaf.replaces === 'yes' || (leaf.replaces === 'maybe' && !isStepped(leaf)),
  )
  const inPlace = changed.filter((leaf) => !replacing.includes(leaf))
  const silent = [...(type.onRemoval ?? []), ...type.update.flatMap(({ reads = [] }) => reads)]
  return {
    replacing: replacing.map(({ path }) => path),
    steps: type.update.filter((step) => inPlace.some(({ path }) => isWithin(step.on, path))),
    stuck: inPlace.filter((leaf) => !isStepped(leaf) && !isWithin(silent, leaf.path)).map(({ path }) => path),
  }
}
