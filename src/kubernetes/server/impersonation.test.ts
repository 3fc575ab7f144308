import { describe, expect, it } from 'vitest'

import { effectiveUser } from './impersonation.ts'
import type { RequestAttributes, UserInfo } from './ports.ts'

const caller: UserInfo = { username: 'ann', groups: ['system:authenticated'] }

/** The user that a request is served as when the caller may be what `permitted` lists. */
function act(
  headers: Record<string, string>,
  permitted: (attributes: RequestAttributes) => boolean = () => true,
): UserInfo {
  const request = { method: 'GET', url: '/', headers, signal: new AbortController().signal }
  const authorization = {
    decide: (attributes: RequestAttributes) => ({ allowed: permitted(attributes), reason: '' }),
    rulesFor: () => [],
  }
  return effectiveUser(authorization, request, caller)
}

describe('acting as somebody else', () => {
  it('is not done without being asked for', () => {
    expect(act({ 'user-agent': 'x' }, () => false)).toBe(caller)
  })

  it.each<[string, Record<string, string>, UserInfo]>([
    ['a user', { 'impersonate-user': 'bob' }, { username: 'bob', groups: ['system:authenticated'] }],
    [
      'a user with groups',
      { 'impersonate-user': 'bob', 'impersonate-group': 'a, b' },
      { username: 'bob', groups: ['a', 'b', 'system:authenticated'] },
    ],
    [
      'a user that is said to be unauthenticated',
      { 'impersonate-user': 'bob', 'impersonate-group': 'system:unauthenticated' },
      { username: 'bob', groups: ['system:unauthenticated'] },
    ],
    [
      'nobody',
      { 'impersonate-user': 'system:anonymous' },
      { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    ],
    [
      'a service account',
      { 'impersonate-user': 'system:serviceaccount:n:robot' },
      {
        username: 'system:serviceaccount:n:robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
      },
    ],
    [
      'a service account with other groups',
      { 'impersonate-user': 'system:serviceaccount:n:robot', 'impersonate-group': 'a' },
      { username: 'system:serviceaccount:n:robot', groups: ['a', 'system:authenticated'] },
    ],
    [
      'a user with a uid and extras',
      {
        'impersonate-user': 'bob',
        'impersonate-uid': 'u1',
        'impersonate-extra-scopes': 'view, edit',
        'impersonate-extra-acme.com%2fproject': 'p',
      },
      {
        username: 'bob',
        uid: 'u1',
        groups: ['system:authenticated'],
        extra: { scopes: ['view', 'edit'], 'acme.com/project': ['p'] },
      },
    ],
  ])('%s', (_what, headers, user) => {
    expect(act(headers)).toEqual(user)
  })

  const everything = {
    'impersonate-user': 'bob',
    'impersonate-group': 'a,system:serviceaccounts:kube-system,system:authenticated',
    'impersonate-uid': 'u1',
    'impersonate-extra-scopes': 'view,edit',
  }
  const asked = ({ group, resource, subresource, name }: RequestAttributes): string =>
    `${resource}${group && `.${group}`}${subresource && `/${subresource}`} ${name}`
  const parts = [
    'users bob',
    'groups a',
    'groups system:serviceaccounts:kube-system',
    'groups system:authenticated',
    'userextras.authentication.k8s.io/scopes view',
    'userextras.authentication.k8s.io/scopes edit',
    'uids.authentication.k8s.io u1',
  ]

  it('asks for every part by itself', () => {
    const seen: string[] = []
    act(everything, (attributes) => {
      expect(attributes).toMatchObject({ user: caller, verb: 'impersonate' })
      seen.push(asked(attributes))
      return true
    })
    expect(seen).toEqual(parts)
  })

  it.each(parts)('is refused when %s is not allowed', (part) => {
    expect(() => act(everything, (attributes) => asked(attributes) !== part)).toThrow(
      expect.objectContaining({ reason: 'Forbidden' }) as Error,
    )
  })

  it('names an account by its namespace, and what is no account as a user', () => {
    const seen: RequestAttributes[] = []
    const record = (attributes: RequestAttributes): boolean => seen.push(attributes) > 0
    act({ 'impersonate-user': 'system:serviceaccount:n:robot' }, record)
    act({ 'impersonate-user': 'system:serviceaccount:N:robot' }, record)
    expect(seen).toMatchObject([
      { resource: 'serviceaccounts', namespace: 'n', name: 'robot' },
      { resource: 'users', namespace: '', name: 'system:serviceaccount:N:robot' },
    ])
  })

  it.each([
    [{ 'impersonate-group': 'x' }, 'requested [{Group  x    }] without impersonating a user'],
    [
      { 'impersonate-uid': 'u' },
      'requested [{UID  u  authentication.k8s.io/v1  }] without impersonating a user',
    ],
    [
      { 'impersonate-extra-k': 'v' },
      'requested [{UserExtra  v  authentication.k8s.io/v1  k}] without impersonating a user',
    ],
  ])('%j without a user is a mistake', (headers, message) => {
    expect(() => act(headers)).toThrow(expect.objectContaining({ reason: 'BadRequest', message }) as Error)
  })
})
