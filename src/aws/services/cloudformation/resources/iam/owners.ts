// Owns the policies of what may have policies, roles, users and groups alike: inline, attached, and changes of both.
import type { TemplateObject } from '../../template/template.ts'
import { unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { textAt, textsOf } from '../members.ts'
import type { ResourceContext, Step } from '../resource-type.ts'
import { documentOf, GONE, inlinePolicies } from './iam.ts'

/** What policies belong to; operations and members are spelled with it. */
export type OwnerKind = 'Role' | 'User' | 'Group'

export interface Owner {
  readonly kind: OwnerKind
  readonly name: string
}

const PROPERTIES = { Roles: 'Role', Users: 'User', Groups: 'Group' } as const

/** The properties of a policy that list its owners. */
export const OWNERS = Object.keys(PROPERTIES)

/** The owners that `Roles`, `Users` and `Groups` of a policy name. */
export function ownersOf(properties: TemplateObject): Owner[] {
  return Object.entries(PROPERTIES).flatMap(([property, kind]) =>
    textsOf(properties[property]).map((name) => ({ kind, name })),
  )
}

/** The member of requests that names an owner. */
export function keyOf({ kind, name }: Owner): Record<string, string> {
  return { [`${kind}Name`]: name }
}

/** True when both are the same owner. */
export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.kind === other.kind && one.name === other.name
}

/** The name of a role, user or group: the template's, or one made up. */
export function ownerName(kind: OwnerKind, properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, `${kind}Name`) ?? generatedName(context, kind === 'Group' ? 128 : 64)
}

/** `ManagedPolicyArns` in place. */
export function managedPoliciesStep(kind: OwnerKind): Step {
  return {
    operations: [`iam:Attach${kind}Policy`, `iam:Detach${kind}Policy`],
    on: ['ManagedPolicyArns'],
    run: async ({ physicalId: name, before, after }, context) => {
      const owner = keyOf({ kind, name })
      const next = textsOf(after['ManagedPolicyArns'])
      const gone = textsOf(before['ManagedPolicyArns']).filter((arn) => !next.includes(arn))
      for (const PolicyArn of gone) {
        await tolerating(GONE, () => context.call('iam', `Detach${kind}Policy`, { ...owner, PolicyArn }))
      }
      for (const PolicyArn of next) await context.call('iam', `Attach${kind}Policy`, { ...owner, PolicyArn })
    },
  }
}

/** `Policies` in place. */
export function inlinePoliciesStep(kind: OwnerKind): Step {
  return {
    operations: [`iam:Put${kind}Policy`, `iam:Delete${kind}Policy`],
    on: ['Policies'],
    run: async ({ physicalId: name, before, after }, context) => {
      const owner = { kind, name }
      const next = inlinePolicies(after)
      for (const { PolicyName } of inlinePolicies(before)) {
        if (!next.some((policy) => policy.PolicyName === PolicyName)) await drop(owner, PolicyName, context)
      }
      for (const policy of next) await context.call('iam', `Put${kind}Policy`, { ...keyOf(owner), ...policy })
    },
  }
}

/** Writes an inline policy. @throws AwsError of IAM */
export async function put(
  owner: Owner,
  policy: { readonly PolicyName: string; readonly document: TemplateObject[string] | undefined },
  context: ResourceContext,
): Promise<void> {
  await context.call('iam', `Put${owner.kind}Policy`, {
    ...keyOf(owner),
    PolicyName: policy.PolicyName,
    PolicyDocument: documentOf(policy.document),
  })
}

/** Removes an inline policy; one that has gone is no error. */
export async function drop(owner: Owner, PolicyName: string, context: ResourceContext): Promise<void> {
  await tolerating(GONE, () =>
    context.call('iam', `Delete${owner.kind}Policy`, { ...keyOf(owner), PolicyName }),
  )
}

/** The document of an inline policy; undefined when the owner has none of that name. */
export async function documentIn(
  owner: Owner,
  PolicyName: string,
  context: ResourceContext,
): Promise<string | undefined> {
  const answer = await unlessGone(GONE, () =>
    context.call<{ PolicyDocument?: string }>('iam', `Get${owner.kind}Policy`, {
      ...keyOf(owner),
      PolicyName,
    }),
  )
  return answer && decodeURIComponent(answer.PolicyDocument ?? '')
}

/** Removes all that stands in the way of deleting a role, user or group. */
export async function strip(
  { kind, name }: Owner,
  properties: TemplateObject,
  context: ResourceContext,
): Promise<void> {
  const change = { physicalId: name, before: properties, after: {} }
  await managedPoliciesStep(kind).run(change, context)
  await inlinePoliciesStep(kind).run(change, context)
}
