// Owns ListImports: who uses an export.
import type { ListImportsInput, ListImportsOutput } from '@aws-sdk/client-cloudformation'

import { scopeOf } from '../engine/scope.ts'
import { validationError } from '../errors.ts'
import { type CloudFormation, resourcesOf, type StackRecord } from '../state.ts'
import { resolveValue } from '../template/intrinsics.ts'
import { parseTemplate, textOf, type TemplateValue } from '../template/template.ts'

/** @throws AwsError ValidationError when nothing imports it */
export function listImports(input: ListImportsInput, cloudformation: CloudFormation): ListImportsOutput {
  const Imports = importersOf(cloudformation, input.ExportName ?? '')
  if (Imports.length === 0)
    throw validationError(`Export '${input.ExportName}' is not imported by any stack.`)
  return { Imports }
}

/** Names of the living stacks whose templates import this name. */
export function importersOf(cloudformation: CloudFormation, exportName: string): string[] {
  return cloudformation.tables.stacks
    .list()
    .filter((stack) => stack.status !== 'DELETE_COMPLETE' && stack.templateBody !== '')
    .filter((stack) => importsOf(cloudformation, stack).has(exportName))
    .map((stack) => stack.name)
}

function importsOf(cloudformation: CloudFormation, stack: StackRecord): Set<string> {
  const template = parseTemplate(stack.templateBody)
  const scope = scopeOf(cloudformation, {
    stack,
    source: stack,
    template,
    resources: resourcesOf(cloudformation, stack.id),
  })
  const names = new Set<string>()
  const visit = (value: TemplateValue): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (typeof value !== 'object' || value === null) return
    for (const [key, item] of Object.entries(value)) {
      if (key === 'Fn::ImportValue') names.add(textOf(resolveValue(item, scope)))
      else visit(item)
    }
  }
  for (const resource of Object.values(template.resources)) visit(resource.properties)
  for (const output of Object.values(template.outputs)) visit(output.value)
  return names
}
