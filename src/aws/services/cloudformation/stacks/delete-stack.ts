// Owns DeleteStack: the status changes before it answers, the work follows.
import type { DeleteStackInput } from '@aws-sdk/client-cloudformation'

import { exportsOf } from '../engine/scope.ts'
import { moveStack } from '../engine/events.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation, StackRecord } from '../state.ts'
import { parseTemplate } from '../template/template.ts'
import { importersOf } from './list-imports.ts'
import { lookUp } from './lookup.ts'

/** Deleting what is not there is no error. @throws AwsError ValidationError */
export async function deleteStack(input: DeleteStackInput, cloudformation: CloudFormation): Promise<object> {
  const stack = lookUp(cloudformation, input.StackName ?? '')
  if (!stack || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return {}
  if (stack.terminationProtection) {
    throw validationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`)
  }
  refuseExportsInUse(cloudformation, stack)
  await moveStack(cloudformation, stack, {
    status: 'DELETE_IN_PROGRESS',
    reason: 'User Initiated',
    ...(input.RetainResources?.length ? { retainResources: input.RetainResources } : {}),
  })
  return {}
}

function refuseExportsInUse(cloudformation: CloudFormation, stack: StackRecord): void {
  if (stack.templateBody === '' || Object.keys(parseTemplate(stack.templateBody).outputs).length === 0) return
  for (const { name, stackId } of exportsOf(cloudformation)) {
    if (stackId !== stack.id) continue
    const importers = importersOf(cloudformation, name).filter((importer) => importer !== stack.name)
    if (importers.length > 0) {
      throw validationError(`Export ${name} cannot be deleted as it is in use by ${importers.join(' and ')}`)
    }
  }
}
