// Owns checking what a stack is to be made from: template, parameters, resource types, capabilities.
import type { Capability, Parameter, Tag } from '@aws-sdk/client-cloudformation'

import { own } from '../../../../base/json.ts'
import { insufficientCapabilities, validationError } from '../errors.ts'
import { type Plan, planOf } from '../engine/plan.ts'
import { findResourceType } from '../resources/index.ts'
import { type CloudFormation, resourcesOf, type StackRecord, type StackSource } from '../state.ts'
import { typeFacts } from '../resources/specification.ts'
import { attributesIn, checkConditions, dependenciesOf } from '../template/dependencies.ts'
import { parseTemplate, type Template } from '../template/template.ts'

export interface SourceInput {
  readonly TemplateBody?: string | undefined
  readonly TemplateURL?: string | undefined
  readonly UsePreviousTemplate?: boolean | undefined
  readonly Parameters?: Parameter[] | undefined
  readonly Tags?: Tag[] | undefined
  readonly Capabilities?: Capability[] | undefined
}

/** The source a request describes, checked. @throws AwsError ValidationError, InsufficientCapabilitiesException */
export function readSource(
  cloudformation: CloudFormation,
  stack: Pick<StackRecord, 'id' | 'name'> & Partial<StackRecord>,
  input: SourceInput,
): StackSource {
  const templateBody = bodyOf(input, stack)
  const template = parseTemplate(templateBody)
  checkTypes(template)
  const parameters = readParameters(template, input.Parameters ?? [], stack.parameters ?? [])
  const source = { templateBody, parameters, tags: input.Tags ?? stack.tags ?? [] }
  // Resolving conditions and order finds what is wrong with them before anything is made.
  const { needs } = planOf(cloudformation, stack, source)
  checkTypesKept(cloudformation, stack, { template, needs })
  checkCapabilities(template, input.Capabilities ?? [])
  return source
}

// AWS's sentence; from memory of it, no public source was found.
function checkTypesKept(
  cloudformation: CloudFormation,
  stack: Pick<StackRecord, 'id'>,
  { template, needs }: Pick<Plan, 'template' | 'needs'>,
): void {
  const changed = [...resourcesOf(cloudformation, stack.id).values()].filter(
    ({ logicalId, type, status }) =>
      needs.has(logicalId) && !status.startsWith('DELETE_') && template.resources[logicalId]?.type !== type,
  )
  if (changed.length === 0) return
  const ids = changed.map(({ logicalId }) => logicalId).join(', ')
  throw validationError(
    `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${ids}]`,
  )
}

function bodyOf(input: SourceInput, stack: Partial<StackRecord>): string {
  if (input.TemplateURL) throw validationError('TemplateURL is not emulated by Neargate; send TemplateBody.')
  const body = input.UsePreviousTemplate ? stack.templateBody : input.TemplateBody
  if (!body) throw validationError('Either Template URL or Template Body must be specified.')
  return body
}

/** Refuses resource types that are not emulated, by name. */
export function checkTypes(template: Template): void {
  const unknown = Object.values(template.resources)
    .map((resource) => resource.type)
    .filter((type) => !findResourceType(type))
  if (unknown.length > 0) {
    throw validationError(
      `Template format error: Unrecognized resource types: [${[...new Set(unknown)].join(', ')}]`,
    )
  }
  checkConditions(template)
  dependenciesOf(template)
  checkAttributes(template)
}

/** @throws AwsError ValidationError for an attribute that AWS does not have, or that is not emulated, by name */
function checkAttributes(template: Template): void {
  const values = [
    ...Object.values(template.resources).map(({ properties }) => properties),
    ...Object.values(template.outputs).map(({ value }) => value),
  ]
  for (const { logicalId, attribute } of values.flatMap(attributesIn)) {
    const type = findResourceType(own(template.resources, logicalId)?.type ?? '')
    if (!type || type.attributes.includes(attribute)) continue
    throw validationError(
      typeFacts(type.name)?.attributes.includes(attribute)
        ? `The attribute ${attribute} of ${type.name} is not emulated by Neargate.`
        : `Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`,
    )
  }
}

const NAMED: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
}

/** CAPABILITY_IAM, or CAPABILITY_NAMED_IAM when a name is given; undefined without IAM resources. */
export function requiredCapability(
  template: Template,
): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | undefined {
  const iam = Object.values(template.resources).filter((resource) =>
    ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::InstanceProfile'].includes(
      resource.type,
    ),
  )
  if (iam.length === 0) return undefined
  const isNamed = iam.some((resource) => (NAMED[resource.type] ?? '') in resource.properties)
  return isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'
}

function checkCapabilities(template: Template, given: readonly string[]): void {
  const needed = requiredCapability(template)
  if (needed === undefined || given.includes('CAPABILITY_NAMED_IAM') || given.includes(needed)) return
  throw insufficientCapabilities(needed)
}

function readParameters(
  template: Template,
  given: readonly Parameter[],
  previous: readonly Parameter[],
): Parameter[] {
  const unknown = given.filter((item) => !Object.hasOwn(template.parameters, item.ParameterKey ?? ''))
  if (unknown.length > 0) {
    throw validationError(
      `Parameters: [${unknown.map((item) => item.ParameterKey).join(', ')}] do not exist in the template`,
    )
  }
  const valueOf = (list: readonly Parameter[], key: string) => list.find((item) => item.ParameterKey === key)
  const missing: string[] = []
  const parameters = Object.entries(template.parameters).map(([key, declared]) => {
    const chosenNow = valueOf(given, key)
    const value = chosenNow?.UsePreviousValue
      ? valueOf(previous, key)?.ParameterValue
      : chosenNow?.ParameterValue
    const chosen = value ?? declared.default
    if (chosen === undefined) missing.push(key)
    if (chosen !== undefined && declared.allowedValues && !declared.allowedValues.includes(chosen)) {
      throw validationError(`Parameter '${key}' must be one of AllowedValues`)
    }
    if (chosen !== undefined && declared.allowedPattern && !matches(declared.allowedPattern, chosen)) {
      throw validationError(`Parameter '${key}' must match pattern ${declared.allowedPattern}`)
    }
    if (chosen !== undefined && declared.type === 'Number' && !isNumber(chosen)) {
      throw validationError(`Parameter '${key}' must be a number.`)
    }
    if (declared.type.startsWith('AWS::SSM::'))
      throw validationError(`The parameter type ${declared.type} is not emulated by Neargate.`)
    return { ParameterKey: key, ParameterValue: chosen ?? '' }
  })
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`)
  return parameters
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

/** @throws AwsError ValidationError for a pattern that is none; the words are Neargate's */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text)
  } catch {
    throw validationError(`Template format error: AllowedPattern ${pattern} is not a regular expression.`)
  }
}
