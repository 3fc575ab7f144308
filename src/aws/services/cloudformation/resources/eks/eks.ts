// Owns what the EKS resource types have in common: states, updates that take time, removal, tags.
import type { DescribeUpdateResponse, Update } from '@aws-sdk/client-eks'

import { AwsError, isAwsCode } from '../../../../../base/errors.ts'
import type { ResourceContext, ResourceState, Step } from '../resource-type.ts'
import { PENDING } from '../resource-type.ts'
import { tagChange } from '../tags.ts'

export const GONE = ['ResourceNotFoundException', 'NotFoundException']

/** @throws AwsError NotStabilized with `failure` for what its service gave up on */
export function stateOf(
  status: string | undefined,
  attributes: Record<string, string>,
  failure: string,
): ResourceState {
  // CloudFormation takes a DEGRADED add-on for done (hashicorp/terraform-provider-aws#44669).
  if (status === 'ACTIVE' || status === 'DEGRADED') return { state: 'ready', attributes }
  if (status?.endsWith('FAILED')) throw new AwsError('NotStabilized', failure)
  return PENDING
}

/** Deletes and looks. @returns true once it has gone */
export async function removeWith(
  context: ResourceContext,
  operations: { readonly remove: string; readonly look: string },
  key: object,
  options: object = {},
): Promise<boolean> {
  try {
    await context.call('eks', operations.remove, { ...key, ...options })
    await context.call('eks', operations.look, key)
    return false
  } catch (error) {
    if (isAwsCode(error, ...GONE)) return true
    throw error
  }
}

/** The id that the progress of an update is asked by. */
export function ticketOf({ update }: { update?: Update | undefined }): string | undefined {
  return update?.id
}

/** How far an update is. @throws AwsError NotStabilized with the update's own errors when it has failed */
export async function updateProgress(
  context: ResourceContext,
  key: { readonly name: string; readonly nodegroupName?: string; readonly addonName?: string },
  updateId: string,
): Promise<'ready' | 'pending'> {
  const { update } = await context.call<DescribeUpdateResponse>('eks', 'DescribeUpdate', { ...key, updateId })
  if (update?.status === 'InProgress') return 'pending'
  if (update?.status === 'Successful') return 'ready'
  const errors = (update?.errors ?? []).map(({ errorCode, errorMessage }) => `${errorCode}: ${errorMessage}`)
  throw new AwsError('NotStabilized', `Update ${updateId} is ${update?.status}: ${errors.join(', ')}`)
}

/** Tags in place, for every type of the service. */
export function tagsStep(arnOf: (physicalId: string, context: ResourceContext) => Promise<string>): Step {
  return {
    operations: ['eks:TagResource', 'eks:UntagResource'],
    on: ['Tags'],
    run: async (change, context) => {
      const { put, goneKeys } = tagChange(change)
      const resourceArn = await arnOf(change.physicalId, context)
      if (goneKeys.length > 0) await context.call('eks', 'UntagResource', { resourceArn, tagKeys: goneKeys })
      const tags = Object.fromEntries(put.map(({ Key, Value }) => [Key, Value]))
      if (put.length > 0) await context.call('eks', 'TagResource', { resourceArn, tags })
    },
  }
}
