// Owns checking what a stack is to be made from: template, parameters, resource types, capabilities.
import type { Tag } from '@aws-sdk/client-cloudformation'

import { own } from '../../../../base/json.ts'
import { insufficientCapabilities, validationError } from '../errors.ts'
import { type Plan, planOf } from '../engine/plan.ts'
import { findResourceType } from '../resources/index.ts'
import { type CloudFormation, resourcesOf, type StackRecord, type StackSource } from '../state.ts'
import { typeFacts } from '../resources/specification.ts'
import { attributesIn, checkConditions, dependenciesOf } from '../template/dependencies.ts'
import { parseTemplate, type Template } from '../template/template.ts'
import { checkRules } from '../template/rules.ts'
import { checkPolicies } from './check-policies.ts'
import { checkParameterTypes, readParameters } from './parameters.ts'
import type { Prepared } from './prepare-source.ts'
import { bodyOf, type SourceInput } from './source-input.ts'

/** The source a request describes, checked. @throws AwsError ValidationError, InsufficientCapabilitiesException */
export function readSource(
  cloudformation: CloudFormation,
  stack: Pick<StackRecord, 'id' | 'name'> & Partial<StackRecord>,
  { input, prepared }: { readonly input: SourceInput; readonly prepared: Prepared },
): StackSource {
  const templateBody = bodyOf(input, stack, prepared.templateBody)
  const template = parseTemplate(templateBody)
  checkTypes(template)
  const values = { given: input.Parameters ?? [], previous: stack.parameters ?? [] }
  const parameters = readParameters(template, values, prepared.stored)
  const { fault } = prepared
  const tags = onePerKey(input.Tags ?? stack.tags ?? [])
  const source = { templateBody, parameters, tags, ...(fault === undefined ? {} : { fault }) }
  // Resolving conditions and order finds what is wrong with them before anything is made.
  const { needs, scope } = planOf(cloudformation, stack, source)
  checkRules(template.rules, scope)
  checkTypesKept(cloudformation, stack, { template, needs })
  checkCapabilities(template, input.Capabilities ?? [])
  return source
}

// eksctl sends the tags of a cluster twice for a node group with tags of its own; the later one counts.
function onePerKey(tags: readonly Tag[]): readonly Tag[] {
  return [...new Map(tags.map((tag) => [tag.Key, tag])).values()]
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
  checkPolicies(template)
  checkParameterTypes(template)
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
    if (type.namedAttributes !== undefined && attribute.startsWith(`${type.namedAttributes}.`)) continue
    throw validationError(
      typeFacts(type.name)?.attributes.includes(attribute)
        ? `The attribute ${attribute} of ${type.name} is not emulated by Neargate.`
        : `Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`,
    )
  }
}

// "AWS::IAM::AccessKey, AWS::IAM::Group, …: you must specify this capability" (API_CreateStack), and the property that
// makes it the named one.
const IAM_TYPES: Readonly<Record<string, string | undefined>> = {
  'AWS::IAM::AccessKey': undefined,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserToGroupAddition': undefined,
}

/** CAPABILITY_IAM, or CAPABILITY_NAMED_IAM when a name is given; undefined without IAM resources. */
export function requiredCapability(
  template: Template,
): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | undefined {
  const iam = Object.values(template.resources).filter(({ type }) => Object.hasOwn(IAM_TYPES, type))
  if (iam.length === 0) return undefined
  const isNamed = iam.some(({ type, properties }) => (own(IAM_TYPES, type) ?? '') in properties)
  return isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'
}

/** The types of a template that take a capability. */
export function iamTypes(template: Template): readonly string[] {
  const types = Object.values(template.resources).map(({ type }) => type)
  return [...new Set(types)].filter((type) => Object.hasOwn(IAM_TYPES, type))
}

function checkCapabilities(template: Template, given: readonly string[]): void {
  const needed = requiredCapability(template)
  if (needed === undefined || given.includes('CAPABILITY_NAMED_IAM') || given.includes(needed)) return
  throw insufficientCapabilities(needed)
}
