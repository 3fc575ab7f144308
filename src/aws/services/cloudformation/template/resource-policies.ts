// Owns the attributes of a resource beside its properties: which there are, and what its policies may say.
// Source: CloudFormation's template reference, "Resource attributes".
import { validationError } from '../errors.ts'
import { isTemplateObject, type TemplateObject, type TemplateValue } from './template-value.ts'

/** What happens to a resource beside what its properties say; policies with functions are not resolved yet. */
export interface ResourcePolicies {
  readonly deletionPolicy?: string
  readonly updateReplacePolicy?: string
  readonly creationPolicy?: TemplateObject
  readonly updatePolicy?: TemplateObject
}

const ATTRIBUTES: readonly string[] = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'CreationPolicy',
  'UpdatePolicy',
]

const REMOVALS = {
  DeletionPolicy: ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'],
  UpdateReplacePolicy: ['Delete', 'Retain', 'Snapshot'],
} as const

/** Reads what a template says of a resource beside its properties. @throws AwsError ValidationError */
export function readResourcePolicies(logicalId: string, resource: TemplateObject): ResourcePolicies {
  const unknown = Object.keys(resource).find((name) => !ATTRIBUTES.includes(name))
  if (unknown !== undefined) throw validationError(`Invalid template resource property '${unknown}'`)
  const deletionPolicy = removal('DeletionPolicy', logicalId, resource)
  const updateReplacePolicy = removal('UpdateReplacePolicy', logicalId, resource)
  const creationPolicy = policy('CreationPolicy', resource)
  const updatePolicy = policy('UpdatePolicy', resource)
  return {
    ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
    ...(updateReplacePolicy === undefined ? {} : { updateReplacePolicy }),
    ...(creationPolicy === undefined ? {} : { creationPolicy }),
    ...(updatePolicy === undefined ? {} : { updatePolicy }),
  }
}

function removal(
  name: keyof typeof REMOVALS,
  logicalId: string,
  resource: TemplateObject,
): string | undefined {
  const value = given(resource[name])
  if (value === undefined) return undefined
  // A function takes the transform AWS::LanguageExtensions.
  if (typeof value !== 'string') {
    throw validationError(`Template format error: Every ${name} member must be a string.`)
  }
  if (!REMOVALS[name].some((known) => known === value)) {
    throw validationError(`Template format error: Unrecognized ${name} ${value} for resource ${logicalId}`)
  }
  return value
}

function policy(name: string, resource: TemplateObject): TemplateObject | undefined {
  const value = given(resource[name])
  if (value === undefined) return undefined
  // By analogy with what is said of other attributes.
  if (!isTemplateObject(value)) {
    throw validationError(`Template format error: Every ${name} member must be an object.`)
  }
  return value
}

function given(value: TemplateValue | undefined): TemplateValue | undefined {
  return value === null ? undefined : value
}
