// Owns what the EKS resource types have in common: creation, states, updates that take time, removal, tags.
import type { DescribeUpdateResponse, Update } from '@aws-sdk/client-eks'

import { AwsError, isAwsCode } from '../../../../../base/errors.ts'
import type { TemplateObject } from '../../template/template.ts'
import { byMembers, seen, tagsAs, unlessGone } from '../actual.ts'
import { isMadeSince } from '../find-made.ts'
import { membersOf, type Members } from '../members.ts'
import type { Creation, ResourceContext, ResourceState, ResourceType, Step } from '../resource-type.ts'
import { PENDING } from '../resource-type.ts'
import { allTagMap, tagChange } from '../tags.ts'

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

/** What tells the creation of one part of a cluster from another's. */
interface ClusterPart {
  readonly operation: string
  /** Properties and their members, name and tags aside. */
  readonly members: Members
  /** The property that names it, where one may be made up. */
  readonly name?: string
  readonly idOf: (properties: TemplateObject, context: ResourceContext) => string
  /** The members by which the service knows it. */
  readonly keyOf: (physicalId: string) => object
  readonly describe: (
    physicalId: string,
    context: ResourceContext,
  ) => Promise<{ createdAt?: Date | undefined }>
}

/** The creation of a part of a cluster. Its id is known before it is made: a killed attempt is found by it. */
export function partCreation({ operation, members, name, idOf, keyOf, describe }: ClusterPart): Creation {
  return {
    operations: [`eks:${operation}`],
    on: [...(name === undefined ? [] : [name]), 'Tags', ...Object.keys(members)],
    run: async (properties, context) => {
      const id = idOf(properties, context)
      await context.call('eks', operation, {
        ...membersOf(members, properties),
        ...keyOf(id),
        tags: allTagMap(properties, context),
        clientRequestToken: context.token,
      })
      return id
    },
    find: async (properties, context) => {
      const id = idOf(properties, context)
      const created = async () => (await describe(id, context)).createdAt
      return (await isMadeSince(context, created, GONE)) ? id : undefined
    },
  }
}

/** What EKS says of the properties of a table of members, tags included. */
export function described(
  members: Members,
  describe: (
    physicalId: string,
    context: ResourceContext,
  ) => Promise<object & { tags?: Record<string, string> | undefined }>,
): NonNullable<ResourceType['actual']> {
  return async (id, context, expected) => {
    const found = await unlessGone(GONE, () => describe(id, context))
    const tags = { Tags: tagsAs(expected, found?.tags) }
    return found && seen(expected, { ...byMembers(members, found, expected), ...tags })
  }
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
