// Owns giving managed policies to roles, users and groups, and taking them away.
import { parseArn } from '../../../base/arn.ts'
import { AwsError } from '../../../base/errors.ts'
import { limitExceeded, noSuchEntity } from './errors.ts'
import { isManagedByAws } from './managed-policies.ts'
import { pageOf } from './paging.ts'
import type { EntityRecord, IamState } from './state.ts'

/** "IAM and AWS STS quotas": managed policies of a role, user or group. */
const MAX_ATTACHED = 10

export type EntityKind = 'Role' | 'User' | 'Group'

/** True for a policy that can be attached, the customer's or AWS's. */
export function isAttachable(iam: IamState, arn: string): boolean {
  return iam.policies.has(arn) || isManagedByAws(arn)
}

/** @throws AwsError ValidationError for what is no ARN of a policy */
export function checkPolicyArn(arn: string): void {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('policy/')) {
    throw new AwsError('ValidationError', `ARN ${arn} is not valid.`)
  }
}

/**
 * The entity with a policy more.
 * @throws AwsError NoSuchEntity, LimitExceeded, ValidationError
 */
export function attach<T extends EntityRecord>(
  iam: IamState,
  { kind, arn }: { readonly kind: EntityKind; readonly arn: string },
  entity: T,
): T {
  checkPolicyArn(arn)
  if (!isAttachable(iam, arn)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  if (entity.attached.includes(arn)) return entity
  if (entity.attached.length >= MAX_ATTACHED) {
    throw limitExceeded(`Cannot exceed quota for PoliciesPer${kind}: ${MAX_ATTACHED}`)
  }
  return { ...entity, attached: [...entity.attached, arn] }
}

/** The entity without a policy. @throws AwsError NoSuchEntity when it has not got it */
export function detach<T extends EntityRecord>(arn: string, entity: T): T {
  if (!entity.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`)
  return { ...entity, attached: entity.attached.filter((attached) => attached !== arn) }
}

/** One page of the policies that an entity has. */
export function listAttached(
  { attached }: EntityRecord,
  input: {
    readonly PathPrefix?: string | undefined
    readonly Marker?: string | undefined
    readonly MaxItems?: number | undefined
  },
): {
  readonly AttachedPolicies: { PolicyName: string | undefined; PolicyArn: string }[]
  readonly IsTruncated: boolean
  readonly Marker?: string
} {
  const prefix = `policy${input.PathPrefix ?? '/'}`
  const under = attached.filter((arn) => parseArn(arn)?.resource.startsWith(prefix))
  const { items, more } = pageOf(under, input)
  return {
    AttachedPolicies: items.map(describeAttached),
    ...more,
  }
}

/** A policy as whoever it is attached to shows it. */
export function describeAttached(arn: string): { PolicyName: string | undefined; PolicyArn: string } {
  return { PolicyName: arn.split('/').at(-1), PolicyArn: arn }
}
