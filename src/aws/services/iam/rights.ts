// Owns what a principal has been given: the policies of its user and groups, or of its role, its boundary, its session.
import { compilePolicy, type CompiledPolicy } from '../../../rules/iam/compile-policy.ts'
import type { AppliedPolicies, ResourcePolicy } from '../../../rules/iam/evaluate.ts'
import { assumedRoleArn } from '../../../rules/iam/principals.ts'
import type { Principal } from '../../protocol/service.ts'
import { managedPolicy } from './managed-policies.ts'
import type { EntityRecord, IamState, RoleRecord, Tag, UserRecord } from './state.ts'

/** A principal, as requests are judged by. */
export interface Rights {
  readonly policies: AppliedPolicies
  /** aws:PrincipalArn: of a session, that of its role. */
  readonly arn: string
  readonly userName?: string
  readonly tags: Readonly<Record<string, string>>
}

/** The rights of a principal; none when its user or role is no longer there. */
export function rightsOf(iam: IamState, principal: Principal): Rights {
  const roleArn = principal.session?.roleArn ?? assumedRoleArn(principal.arn)
  const session = sessionPolicies(iam, principal)
  if (roleArn !== undefined) {
    const role = findRoleByArn(iam, roleArn)
    return {
      policies: { identity: role ? entityPolicies(iam, role) : [], boundary: boundaryOf(iam, role), session },
      arn: roleArn,
      tags: asRecord(role?.tags),
    }
  }
  const user = findUser(iam, principal)
  return {
    policies: { identity: user ? userPolicies(iam, user) : [], boundary: boundaryOf(iam, user), session },
    arn: principal.arn,
    ...(user && principal.arn === user.arn ? { userName: user.name } : {}),
    tags: asRecord(user?.tags),
  }
}

/** The role of an ARN. */
export function findRoleByArn(iam: IamState, arn: string): RoleRecord | undefined {
  const role = iam.roles.get(arn.split('/').at(-1) ?? '')
  return role?.arn === arn ? role : undefined
}

function findUser(iam: IamState, { arn, session }: Principal): UserRecord | undefined {
  const owner = session?.userArn ?? arn
  const user = iam.users.get(owner.split('/').at(-1) ?? '')
  return user?.arn === owner ? user : undefined
}

/** The trust policy of a role that is asked for: without its word nobody gets the role. */
export function trustOf(iam: IamState, arn: string, principal: Principal): ResourcePolicy | undefined {
  const role = findRoleByArn(iam, arn)
  if (!role) return undefined
  const { accountId, session } = principal
  return {
    policy: compilePolicy(role.trust),
    principal: { arn: principal.arn, accountId, roleArn: session?.roleArn },
    isRequired: true,
    kind: 'trust',
  }
}

/** The policies of a user and of its groups. */
export function userPolicies(iam: IamState, user: UserRecord): readonly CompiledPolicy[] {
  const groups = user.groups.flatMap((name) => iam.groups.get(name) ?? [])
  return [user, ...groups].flatMap((entity) => entityPolicies(iam, entity))
}

/** The policies that are attached to an entity, and those that are part of it. */
export function entityPolicies(iam: IamState, { attached, inline }: EntityRecord): readonly CompiledPolicy[] {
  const documents = attached.flatMap((arn) => documentOf(iam, arn) ?? [])
  return [...documents, ...Object.values(inline)].map(compilePolicy)
}

/** The document in force of a managed policy; undefined when there is none. */
export function documentOf(iam: IamState, arn: string): string | undefined {
  const policy = iam.policies.get(arn)
  if (!policy) return managedPolicy(arn)?.document
  return policy.versions.find(({ id }) => id === policy.defaultVersionId)?.document
}

// A boundary whose policy has gone allows nothing.
function boundaryOf(
  iam: IamState,
  entity: { readonly boundary?: string } | undefined,
): CompiledPolicy | undefined {
  if (entity?.boundary === undefined) return undefined
  return compilePolicy(documentOf(iam, entity.boundary) ?? '')
}

function sessionPolicies(iam: IamState, { session }: Principal): readonly CompiledPolicy[] | undefined {
  const narrowed = session?.policies
  if (!narrowed) return undefined
  const documents = narrowed.arns.flatMap((arn) => documentOf(iam, arn) ?? [])
  return [...documents, ...(narrowed.document === undefined ? [] : [narrowed.document])].map(compilePolicy)
}

function asRecord(tags: readonly Tag[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
}
