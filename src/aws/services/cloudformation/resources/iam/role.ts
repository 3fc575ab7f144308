// Owns the resource type AWS::IAM::Role.
import type { GetRoleResponse, ListAttachedRolePoliciesResponse } from '@aws-sdk/client-iam'

import type { TemplateObject } from '../../template/template.ts'
import { documentAs, ownTags, seen, unlessGone } from '../actual.ts'
import { isMadeSince, tolerating } from '../find-made.ts'
import { objectsOf, textAt } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags, tagChange } from '../tags.ts'
import { documentOf, GONE, pathOf } from './iam.ts'
import { documentIn, inlinePoliciesStep, managedPoliciesStep, ownerName, strip } from './owners.ts'

/** An hour, what IAM gives a role that says nothing (API_CreateRole). */
const SESSION_SECONDS = 3600

function settingsOf(properties: TemplateObject): object {
  return {
    Description: textAt(properties, 'Description') ?? '',
    MaxSessionDuration: valueAt(properties, 'MaxSessionDuration') ?? SESSION_SECONDS,
  }
}

const trustStep: Step = {
  operations: ['iam:UpdateAssumeRolePolicy'],
  on: ['AssumeRolePolicyDocument'],
  run: async ({ physicalId: RoleName, after }, context) => {
    const PolicyDocument = documentOf(after['AssumeRolePolicyDocument'])
    await context.call('iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument })
  },
}

const settingsStep: Step = {
  operations: ['iam:UpdateRole'],
  on: ['Description', 'MaxSessionDuration'],
  run: async ({ physicalId: RoleName, after }, context) => {
    await context.call('iam', 'UpdateRole', { RoleName, ...settingsOf(after) })
  },
}

const boundaryStep: Step = {
  operations: ['iam:PutRolePermissionsBoundary', 'iam:DeleteRolePermissionsBoundary'],
  on: ['PermissionsBoundary'],
  run: async ({ physicalId: RoleName, after }, context) => {
    const PermissionsBoundary = textAt(after, 'PermissionsBoundary')
    await (PermissionsBoundary === undefined
      ? context.call('iam', 'DeleteRolePermissionsBoundary', { RoleName })
      : context.call('iam', 'PutRolePermissionsBoundary', { RoleName, PermissionsBoundary }))
  },
}

const tagsStep: Step = {
  operations: ['iam:TagRole', 'iam:UntagRole'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const RoleName = change.physicalId
    if (goneKeys.length > 0) await context.call('iam', 'UntagRole', { RoleName, TagKeys: goneKeys })
    const Tags = put.map(({ Key, Value }) => ({ Key, Value }))
    if (put.length > 0) await context.call('iam', 'TagRole', { RoleName, Tags })
  },
}

/** The template's inline policies as the role has them; others may be other resources' of the stack. */
async function policiesAs(
  RoleName: string,
  context: ResourceContext,
  expected: TemplateObject,
): Promise<TemplateObject[]> {
  const found = objectsOf(expected['Policies']).map(async (asked) => {
    const PolicyName = textAt(asked, 'PolicyName') ?? ''
    const document = await documentIn({ kind: 'Role', name: RoleName }, PolicyName, context)
    if (document === undefined) return []
    return [{ PolicyName, PolicyDocument: documentAs(asked['PolicyDocument'], document) }]
  })
  return (await Promise.all(found)).flat()
}

async function actual(
  RoleName: string,
  context: ResourceContext,
  expected: TemplateObject,
): Promise<TemplateObject | undefined> {
  const answer = await unlessGone(GONE, () => context.call<GetRoleResponse>('iam', 'GetRole', { RoleName }))
  if (!answer) return undefined
  const { Role } = answer
  const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
  const { AttachedPolicies = [] } = await context.call<ListAttachedRolePoliciesResponse>(
    'iam',
    'ListAttachedRolePolicies',
    { RoleName },
  )
  return seen(expected, {
    Path: Role?.Path,
    Description: Role?.Description ?? null,
    MaxSessionDuration: Role?.MaxSessionDuration,
    PermissionsBoundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    AssumeRolePolicyDocument: documentAs(expected['AssumeRolePolicyDocument'], trust),
    ManagedPolicyArns: AttachedPolicies.map(({ PolicyArn }) => PolicyArn),
    Policies: await policiesAs(RoleName, context, expected),
    Tags: ownTags(Role?.Tags),
  })
}

export const role: ResourceType = {
  name: 'AWS::IAM::Role',
  customName: 'RoleName',
  create: {
    operations: ['iam:CreateRole'],
    on: [
      'RoleName',
      'Path',
      'AssumeRolePolicyDocument',
      'Description',
      'MaxSessionDuration',
      'PermissionsBoundary',
      'Tags',
    ],
    run: async (properties, context) => {
      const RoleName = ownerName('Role', properties, context)
      await context.call('iam', 'CreateRole', {
        RoleName,
        Path: pathOf(properties),
        AssumeRolePolicyDocument: documentOf(properties['AssumeRolePolicyDocument']),
        ...settingsOf(properties),
        PermissionsBoundary: textAt(properties, 'PermissionsBoundary'),
        Tags: allTags(properties, context),
      })
      return RoleName
    },
    find: async (properties, context) => {
      const RoleName = ownerName('Role', properties, context)
      const created = async () =>
        (await context.call<GetRoleResponse>('iam', 'GetRole', { RoleName })).Role?.CreateDate
      return (await isMadeSince(context, created, GONE)) ? RoleName : undefined
    },
  },
  update: [
    trustStep,
    settingsStep,
    boundaryStep,
    managedPoliciesStep('Role'),
    inlinePoliciesStep('Role'),
    tagsStep,
  ],
  attributes: ['Arn', 'RoleId'],
  read: async (RoleName, context) => {
    const { Role } = await context.call<GetRoleResponse>('iam', 'GetRole', { RoleName })
    return { state: 'ready', attributes: { Arn: Role?.Arn ?? '', RoleId: Role?.RoleId ?? '' } }
  },
  actual,
  remove: async (RoleName, context, properties) => {
    await strip({ kind: 'Role', name: RoleName }, properties, context)
    await tolerating(GONE, () => context.call('iam', 'DeleteRole', { RoleName }))
    return true
  },
}
