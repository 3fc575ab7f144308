// Owns the condition keys of a request: who sends it, when, with which tags and which members.
// Source: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference for those of services.
import { isObject, own } from '../../base/json.ts'
import type { RequestKeys } from '../../rules/iam/conditions.ts'
import type { RequestContext } from '../protocol/service.ts'
import { KEY_MEMBERS } from './exceptions.ts'
import type { InputValues } from './input-values.ts'
import type { PublishedAction } from './published.ts'

export type Keys = Record<string, string | readonly string[]>
export type Tags = Readonly<Record<string, string>>

/** What is known of a principal beside its credentials. */
export interface PrincipalDetails {
  /** The ARN that aws:PrincipalArn holds: of a session, that of its role. */
  readonly arn: string
  /** Of a user. */
  readonly userName?: string | undefined
  readonly tags: Tags
}

/** The keys that every request has. @param nowMs epoch milliseconds */
export function globalKeys(context: RequestContext, principal: PrincipalDetails, nowMs: number): Keys {
  const { session, userId, accountId, arn } = context.principal
  const keys: Keys = {
    'aws:CurrentTime': new Date(nowMs).toISOString(),
    'aws:EpochTime': String(Math.floor(nowMs / 1000)),
    'aws:PrincipalAccount': accountId,
    // There is one account alone.
    'aws:ResourceAccount': context.accountId,
    'aws:PrincipalArn': principal.arn,
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalType': typeOf(arn),
    'aws:RequestedRegion': context.region,
    'aws:ViaAWSService': String(context.calledVia !== undefined),
    // The client that stands before this endpoint would have met AWS's by TLS, and from its own address.
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '127.0.0.1',
    'aws:userid': userId,
  }
  if (principal.userName !== undefined) keys['aws:username'] = principal.userName
  if (context.userAgent !== undefined) keys['aws:UserAgent'] = context.userAgent
  if (context.calledVia !== undefined) {
    keys['aws:CalledVia'] = [context.calledVia]
    keys['aws:CalledViaFirst'] = context.calledVia
    keys['aws:CalledViaLast'] = context.calledVia
  }
  if (session) {
    keys['aws:TokenIssueTime'] = new Date(session.issuedAtMs).toISOString()
    // "The key is not present in requests made with long-term credentials."
    keys['aws:MultiFactorAuthPresent'] = String(session.hasMfa === true)
    if (session.hasMfa)
      keys['aws:MultiFactorAuthAge'] = String(Math.floor((nowMs - session.issuedAtMs) / 1000))
    if (session.sourceIdentity !== undefined) keys['aws:SourceIdentity'] = session.sourceIdentity
    Object.assign(keys, session.keys)
  }
  for (const [key, value] of Object.entries({ ...principal.tags, ...session?.tags })) {
    keys[`aws:PrincipalTag/${key}`] = value
  }
  return keys
}

function typeOf(arn: string): string {
  if (arn.includes(':assumed-role/')) return 'AssumedRole'
  if (arn.includes(':federated-user/')) return 'FederatedUser'
  return arn.endsWith(':root') ? 'Account' : 'User'
}

/** The keys of the service itself that the input has values for. */
export function serviceKeys(action: PublishedAction, values: InputValues, region: string): Keys {
  const keys: Keys = {}
  const published = new Set([...action.keys, ...action.resources.flatMap((resource) => resource.keys)])
  for (const key of published) {
    if (key.startsWith('aws:') || key.includes('${')) continue
    const found = values.of([own(KEY_MEMBERS, key) ?? key.slice(key.indexOf(':') + 1)])
    if (found.length > 0) keys[key] = found.length === 1 ? (found[0] ?? '') : found
  }
  // The code itself is looked at by STS.
  if (action.name === 'sts:AssumeRole' && values.of(['TokenCode']).length > 0) {
    keys['aws:MultiFactorAuthPresent'] = 'true'
    keys['aws:MultiFactorAuthAge'] = '0'
  }
  if (published.has('ec2:Region')) keys['ec2:Region'] = region
  return keys
}

/** The keys of the tags that a request gives, `aws:RequestTag/…` and `aws:TagKeys`. */
export function requestTagKeys(tags: Tags, removed: readonly string[] = []): Keys {
  const names = [...Object.keys(tags), ...removed]
  if (names.length === 0) return {}
  const given = Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const)
  return { ...Object.fromEntries(given), 'aws:TagKeys': names }
}

/** The keys of the tags that a resource has. @param prefix of its service, which has a key of its own for them */
export function resourceTagKeys(prefix: string, tags: Tags): Keys {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`${prefix}:ResourceTag/${key}`, value],
    ]),
  )
}

/**
 * The tags that an input gives to a type of resources: a map, a list of pairs, or EC2's specifications.
 * @param type of EC2; undefined for all
 */
export function tagsOf(input: object, type?: string): Tags {
  const found: Record<string, string> = {}
  for (const [member, value] of Object.entries(input)) {
    const name = member.toLowerCase()
    if (name === 'tags') Object.assign(found, readTags(value))
    if (name !== 'tagspecifications' && name !== 'tagspecification') continue
    for (const each of Array.isArray(value) ? (value as unknown[]) : []) {
      if (!isObject(each)) continue
      if (type === undefined || each['ResourceType'] === undefined || each['ResourceType'] === type) {
        Object.assign(found, readTags(each['Tags']))
      }
    }
  }
  return found
}

/** Tags in any of the forms that services give them in. */
export function readTags(value: unknown): Tags {
  const found: Record<string, string> = {}
  if (Array.isArray(value)) {
    for (const pair of value as unknown[]) {
      if (!isObject(pair)) continue
      const key = pair['Key'] ?? pair['key'] ?? pair['TagKey']
      const text = pair['Value'] ?? pair['value'] ?? pair['TagValue'] ?? ''
      if (typeof key === 'string' && typeof text === 'string') found[key] = text
    }
  } else if (isObject(value)) {
    for (const [key, text] of Object.entries(value)) if (typeof text === 'string') found[key] = text
  }
  return found
}

/** Keys that a resource has: of those that are published by resource, only its own. */
export function keysFor(
  keys: Keys,
  published: readonly string[] | undefined,
  all: ReadonlySet<string>,
): RequestKeys {
  if (published === undefined) return keys
  const has = new Set(published.map(generalKey))
  return Object.fromEntries(
    Object.entries(keys).filter(([key]) => {
      const general = generalKey(key)
      return !all.has(general) || has.has(general)
    }),
  )
}

/** `aws:RequestTag/team` and `aws:RequestTag/${TagKey}` are both `aws:requesttag`. */
export function generalKey(key: string): string {
  const slash = key.indexOf('/')
  return (slash < 0 ? key : key.slice(0, slash)).toLowerCase()
}
