// Owns acting as somebody else (`kubectl --as`): what a request asks for, and that each part of it is allowed.
// Source: apiserver pkg/endpoints/filters/impersonation.go.
import { StatusError } from '../../base/errors.ts'
import { nameProblems } from '../resources/naming.ts'
import type { Authorization } from './api.ts'
import { ANONYMOUS, AUTHENTICATED } from './authentication.ts'
import { requireAllowed } from './authorization.ts'
import type { ApiRequest } from './http.ts'
import type { RequestAttributes, UserInfo } from './ports.ts'

const EXTRA_PREFIX = 'impersonate-extra-'
const AUTHENTICATION_GROUP = 'authentication.k8s.io'

/** One thing that a request asks to be, as authorization sees it. */
interface Claim {
  readonly kind: 'ServiceAccount' | 'User' | 'Group' | 'UserExtra' | 'UID'
  readonly name: string
  readonly namespace?: string
  /** Key of an extra, lower case. */
  readonly key?: string
}

/**
 * Whom a request is to be served as: the caller, or whom it asks to impersonate.
 * @throws StatusError BadRequest for groups, a uid or extras without a user; Forbidden for the first part that the
 * caller may not impersonate.
 */
export function effectiveUser(authorization: Authorization, request: ApiRequest, caller: UserInfo): UserInfo {
  const claims = claimsOf(request)
  if (claims.length === 0) return caller
  const [subject] = claims
  if (subject?.kind !== 'User' && subject?.kind !== 'ServiceAccount') {
    throw new StatusError(
      'BadRequest',
      `requested [${claims.map(printClaim).join(' ')}] without impersonating a user`,
    )
  }
  for (const claim of claims) requireAllowed(authorization, attributesOf(caller, claim))
  return userOf(subject, claims)
}

function claimsOf({ headers }: ApiRequest): Claim[] {
  const user = headers['impersonate-user']
  const uid = headers['impersonate-uid']
  return [
    ...(user ? [subjectOf(user)] : []),
    ...listOf(headers['impersonate-group']).map((name): Claim => ({ kind: 'Group', name })),
    ...Object.entries(headers)
      .filter(([header]) => header.startsWith(EXTRA_PREFIX))
      .flatMap(([header, values]) => {
        const key = unescapeKey(header.slice(EXTRA_PREFIX.length))
        return listOf(values).map((name): Claim => ({ kind: 'UserExtra', name, key }))
      }),
    ...(uid ? [{ kind: 'UID' as const, name: uid }] : []),
  ]
}

// A header that is sent several times arrives as one, its values joined by commas.
function listOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
}

// Keys with characters that headers cannot have are percent-encoded; what is no encoding is meant as it stands.
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

function subjectOf(username: string): Claim {
  const [, namespace = '', name = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? []
  const isAccount =
    namespace !== '' &&
    nameProblems(namespace, 'label').length === 0 &&
    nameProblems(name, 'subdomain').length === 0
  return isAccount ? { kind: 'ServiceAccount', namespace, name } : { kind: 'User', name: username }
}

function attributesOf(user: UserInfo, { kind, name, namespace = '', key = '' }: Claim): RequestAttributes {
  const base = { user, verb: 'impersonate', group: '', subresource: '', namespace, name }
  switch (kind) {
    case 'ServiceAccount':
      return { ...base, resource: 'serviceaccounts' }
    case 'User':
      return { ...base, resource: 'users' }
    case 'Group':
      return { ...base, resource: 'groups' }
    case 'UserExtra':
      return { ...base, group: AUTHENTICATION_GROUP, resource: 'userextras', subresource: key }
    case 'UID':
      return { ...base, group: AUTHENTICATION_GROUP, resource: 'uids' }
  }
}

function userOf(subject: Claim, claims: readonly Claim[]): UserInfo {
  const namesOf = (kind: Claim['kind']): string[] =>
    claims.filter((claim) => claim.kind === kind).map(({ name }) => name)
  const { kind, name, namespace = '' } = subject
  const username = kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name
  const given = namesOf('Group')
  const isBareAccount = kind === 'ServiceAccount' && given.length === 0
  const groups = isBareAccount ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : given
  const [uid] = namesOf('UID')
  const extras = Map.groupBy(
    claims.filter((claim) => claim.kind === 'UserExtra'),
    (claim) => claim.key ?? '',
  )
  return {
    username,
    ...(uid ? { uid } : {}),
    groups: withStanding(username, groups),
    ...(extras.size > 0
      ? { extra: Object.fromEntries([...extras].map(([key, values]) => [key, values.map((v) => v.name)])) }
      : {}),
  }
}

// Everybody is authenticated or not; who names one of the two groups has said which.
function withStanding(username: string, groups: readonly string[]): readonly string[] {
  const [unauthenticated = ''] = ANONYMOUS.groups
  if (username === ANONYMOUS.username) {
    return groups.includes(unauthenticated) ? groups : [...groups, unauthenticated]
  }
  if (groups.includes(AUTHENTICATED) || groups.includes(unauthenticated)) return groups
  return [...groups, AUTHENTICATED]
}

// How Go prints an ObjectReference: kind, namespace, name, uid, version, resource version, field path.
function printClaim({ kind, name, namespace = '', key = '' }: Claim): string {
  const version = kind === 'UserExtra' || kind === 'UID' ? `${AUTHENTICATION_GROUP}/v1` : ''
  return `{${kind} ${namespace} ${name}  ${version}  ${key}}`
}
