// Owns who exports a value and who imports it, and what must not happen to an export that is in use.
import type { Output } from '@aws-sdk/client-cloudformation'

import { validationError } from '../errors.ts'
import { type CloudFormation, resourcesOf, type StackRecord } from '../state.ts'
import { resolveValue } from '../template/intrinsics.ts'
import { parseTemplate, textOf, type TemplateValue } from '../template/template.ts'
import { exportsOf, scopeOf } from './scope.ts'

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
  const resources = resourcesOf(cloudformation, stack.id)
  const scope = scopeOf(cloudformation, { stack, source: stack, template, resources })
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

/** The other stacks that use an export, as CloudFormation lists them; empty when none does. */
export function importedBy(
  cloudformation: CloudFormation,
  stack: Pick<StackRecord, 'name'>,
  exportName: string | undefined,
): string {
  if (exportName === undefined) return ''
  return importersOf(cloudformation, exportName)
    .filter((importer) => importer !== stack.name)
    .join(' and ')
}

/**
 * Checks the outputs that a stack is to have in place of those it has.
 * @throws AwsError ValidationError for an export that another stack has, and for one in use that goes or changes
 */
export function checkExports(
  cloudformation: CloudFormation,
  stack: StackRecord,
  outputs: readonly Output[],
): void {
  for (const { ExportName: name } of outputs) {
    if (name === undefined) continue
    const other = exportsOf(cloudformation).find((each) => each.name === name && each.stackId !== stack.id)
    if (!other) continue
    const owner = cloudformation.tables.stacks.list().find(({ id }) => id === other.stackId)
    throw validationError(`Export with name ${name} is already exported by stack ${owner?.name}`)
  }
  for (const { ExportName: name, OutputValue: value } of stack.outputs) {
    if (outputs.some((next) => next.ExportName === name && next.OutputValue === value)) continue
    const by = importedBy(cloudformation, stack, name)
    if (by !== '') throw validationError(`Export ${name} cannot be updated as it is in use by ${by}`)
  }
}
