// Owns which resource types may have which policies: what no type has, and what is not emulated, is refused by name.
import { own } from '../../../../base/json.ts'
import { validationError } from '../errors.ts'
import { findResourceType } from '../resources/index.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import {
  isTemplateObject,
  type Template,
  type TemplateObject,
  type TemplateResource,
  type TemplateValue,
} from '../template/template.ts'

const CREATION_POLICY: Readonly<Record<string, readonly string[]>> = {
  ResourceSignal: ['Count', 'Timeout'],
  AutoScalingCreationPolicy: ['MinSuccessfulInstancesPercent'],
}

/** Checks the policies of all resources. @throws AwsError ValidationError */
export function checkPolicies(template: Template): void {
  for (const resource of Object.values(template.resources)) {
    const type = findResourceType(resource.type)
    if (type) checkPoliciesOf(type, resource)
  }
}

function checkPoliciesOf(type: ResourceType, resource: TemplateResource): void {
  const { deletionPolicy, updateReplacePolicy, creationPolicy, updatePolicy } = resource
  const refuse = (what: string): Error =>
    validationError(`Template error: resource type ${type.name} does not support ${what}`)
  if (!type.snapshot && deletionPolicy === 'Snapshot') throw refuse('deletion policy Snapshot')
  if (!type.snapshot && updateReplacePolicy === 'Snapshot') throw refuse('update replace policy Snapshot')
  if (creationPolicy) {
    // What AWS says of the two policies was not found: by analogy.
    if (!type.creationPolicy) throw refuse('creation policy')
    for (const one of branches(creationPolicy)) checkMembers('CreationPolicy', one, CREATION_POLICY)
  }
  if (!updatePolicy) return
  if (!type.updatePolicy) throw refuse('update policy')
  for (const one of branches(updatePolicy)) checkMembers('UpdatePolicy', one, type.updatePolicy)
}

/** What a structure can be: each outcome of its Fn::If, whose conditions are known later. Nothing for AWS::NoValue. */
function branches(value: TemplateValue | undefined): TemplateObject[] {
  if (!isTemplateObject(value)) return []
  const choice = value['Fn::If']
  if (Array.isArray(choice)) return choice.slice(1).flatMap(branches)
  return isReference(value) ? [] : [value]
}

function isReference(value: TemplateObject): boolean {
  return Object.keys(value).length === 1 && value['Ref'] !== undefined
}

function checkMembers(
  attribute: string,
  policy: TemplateObject,
  honoured: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [name, value] of Object.entries(policy)) {
    const members = own(honoured, name)
    if (!members) throw validationError(`The ${attribute} member ${name} is not emulated by Neargate.`)
    const unknown = branches(value)
      .flatMap((one) => Object.keys(one))
      .find((key) => !members.includes(key))
    if (unknown === undefined) continue
    throw validationError(`The ${attribute} member ${name}.${unknown} is not emulated by Neargate.`)
  }
}
