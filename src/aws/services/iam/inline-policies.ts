// Owns the policies that are part of a role, a user or a group.
import { own } from '../../../base/json.ts'
import type { EntityKind } from './attached-policies.ts'
import { limitExceeded, noSuchEntity } from './errors.ts'
import { checkPolicy, sizeOf } from './policy-document.ts'
import type { EntityRecord } from './state.ts'

/** "IAM and AWS STS quotas": characters of all the inline policies of an entity, white space not counted. */
const MAX_SIZE: Readonly<Record<EntityKind, number>> = { User: 2048, Group: 5120, Role: 10_240 }

/**
 * The entity with a policy written into it.
 * @throws AwsError MalformedPolicyDocument, LimitExceeded
 */
export function putInline<T extends EntityRecord>(
  kind: EntityKind,
  { name, document }: { readonly name: string; readonly document: string },
  entity: T,
): T {
  checkPolicy(document, 'inline')
  const inline = { ...entity.inline, [name]: document }
  const size = Object.values(inline).reduce((sum, each) => sum + sizeOf(each), 0)
  if (size > MAX_SIZE[kind]) {
    const owner = `${kind.toLowerCase()} ${entity.name}`
    throw limitExceeded(`Maximum policy size of ${MAX_SIZE[kind]} bytes exceeded for ${owner}`)
  }
  return { ...entity, inline }
}

/** The document of a policy. @throws AwsError NoSuchEntity */
export function findInline(kind: EntityKind, { inline }: EntityRecord, name: string | undefined): string {
  const document = own(inline, name ?? '')
  if (document === undefined) {
    throw noSuchEntity(`The ${kind.toLowerCase()} policy with name ${name} cannot be found.`)
  }
  return document
}

/** The entity without a policy. @throws AwsError NoSuchEntity */
export function removeInline<T extends EntityRecord>(
  kind: EntityKind,
  name: string | undefined,
  entity: T,
): T {
  findInline(kind, entity, name)
  const rest = Object.entries(entity.inline).filter(([each]) => each !== name)
  return { ...entity, inline: Object.fromEntries(rest) }
}
