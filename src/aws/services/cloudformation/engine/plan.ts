// Owns reading what a stack should be: its template, the order of its resources, the values of their properties.
import type { Output } from '@aws-sdk/client-cloudformation'

import { InternalError } from '../../../../base/errors.ts'
import { validationError } from '../errors.ts'
import { findResourceType } from '../resources/index.ts'
import { readProperties } from '../resources/plan-change.ts'
import type { Tag } from '../resources/resource-type.ts'
import { isConditionTrue, resolveObject, resolveValue, type Scope } from '../template/intrinsics.ts'
import { dependenciesOf, referencesIn } from '../template/dependencies.ts'
import type { ResourcePolicies } from '../template/resource-policies.ts'
import {
  parseTemplate,
  type Template,
  type TemplateObject,
  type TemplateValue,
  textOf,
} from '../template/template.ts'
import { type CloudFormation, resourcesOf, type StackRecord, type StackSource } from '../state.ts'
import { scopeOf } from './scope.ts'

export interface Plan {
  readonly template: Template
  /** Logical ids that should exist, with what each needs first. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>
  /** As of now: look again after a resource has changed. */
  readonly scope: Scope
  /** The stack's own, which its resources get too. */
  readonly tags: readonly Tag[]
}

/** The plan of a stack in the version `source`. @throws AwsError ValidationError */
export function planOf(
  cloudformation: CloudFormation,
  stack: Pick<StackRecord, 'id' | 'name'>,
  source: StackSource,
): Plan {
  const template = parseTemplate(source.templateBody)
  const scope = scopeOf(cloudformation, {
    stack,
    source,
    template,
    resources: resourcesOf(cloudformation, stack.id),
  })
  const wanted = new Set(
    Object.entries(template.resources)
      .filter(
        ([, resource]) => resource.condition === undefined || isConditionTrue(resource.condition, scope),
      )
      .map(([logicalId]) => logicalId),
  )
  const dependencies = dependenciesOf(template)
  checkSwitchedOff(template, scope, wanted)
  const needs = new Map(
    [...dependencies]
      .filter(([logicalId]) => wanted.has(logicalId))
      .map(([logicalId, all]) => [logicalId, new Set([...all].filter((other) => wanted.has(other)))]),
  )
  const tags = source.tags.map(({ Key = '', Value = '' }) => ({ Key, Value }))
  return { template, needs, scope, tags }
}

// What a condition switches off cannot be referred to by what is there; an Fn::If may refer to it where it is not taken.
function checkSwitchedOff(template: Template, scope: Scope, wanted: ReadonlySet<string>): void {
  const isTrue = (condition: string): boolean => isConditionTrue(condition, scope)
  const offIn = (values: readonly TemplateValue[]): string[] => {
    const names = new Set(values.flatMap((value) => [...referencesIn(value, isTrue)]))
    return [...names].filter((name) => Object.hasOwn(template.resources, name) && !wanted.has(name))
  }
  const inResources = offIn([...wanted].map((id) => template.resources[id]?.properties ?? {}))
  if (inResources.length > 0) {
    throw validationError(
      `Template format error: Unresolved resource dependencies [${inResources.join(', ')}] in the Resources block of the template`,
    )
  }
  const outputs = Object.values(template.outputs).filter(
    ({ condition }) => condition === undefined || isTrue(condition),
  )
  const inOutputs = offIn(outputs.map(({ value }) => value))
  if (inOutputs.length > 0) {
    throw validationError(
      `Unresolved resource dependencies [${inOutputs.join(', ')}] in the Outputs block of the template`,
    )
  }
}

/** The policies of a resource, their functions resolved. @throws AwsError for what cannot be resolved */
export function policiesOf({ template, scope }: Plan, logicalId: string): ResourcePolicies {
  const { deletionPolicy, updateReplacePolicy, creationPolicy, updatePolicy } =
    template.resources[logicalId] ?? {}
  return {
    ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
    ...(updateReplacePolicy === undefined ? {} : { updateReplacePolicy }),
    ...(creationPolicy === undefined ? {} : { creationPolicy: resolveObject(creationPolicy, scope) }),
    ...(updatePolicy === undefined ? {} : { updatePolicy: resolveObject(updatePolicy, scope) }),
  }
}

/** The outputs of a stack whose resources are all there. @throws AwsError ValidationError */
export function outputsOf({ template, scope }: Plan): Output[] {
  return Object.entries(template.outputs)
    .filter(([, output]) => output.condition === undefined || isConditionTrue(output.condition, scope))
    .map(([OutputKey, output]) => ({
      OutputKey,
      OutputValue: textOf(resolveValue(output.value, scope)),
      ...(output.description === undefined ? {} : { Description: output.description }),
      ...(output.exportName === undefined
        ? {}
        : { ExportName: textOf(resolveValue(output.exportName, scope)) }),
    }))
}

/**
 * The properties that a resource is to have.
 * @throws AwsError for what cannot be resolved, what the type does not have, what is not emulated
 */
export function propertiesOf({ template, scope, tags }: Plan, logicalId: string): TemplateObject {
  const resource = template.resources[logicalId]
  const type = findResourceType(resource?.type ?? '')
  if (!resource || !type)
    throw new InternalError(`a stack has a resource ${logicalId} that was never accepted`)
  return readProperties(type, logicalId, {
    given: resolveObject(resource.properties, scope),
    stackTags: tags,
  })
}
