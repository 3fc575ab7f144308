// Owns who a request comes from: bearer tokens, anonymity, impersonation.
import { StatusError } from '../../base/errors.ts'
import type { Authentication } from './api.ts'
import type { ApiRequest } from './http.ts'
import type { TokenAuthenticator, UserInfo } from './ports.ts'

export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] }
const AUTHENTICATED = 'system:authenticated'

/** Asks the authenticators in order; the first that knows a token decides. */
export function createAuthentication(authenticators: readonly TokenAuthenticator[]): Authentication {
  const review = async (token: string): Promise<UserInfo | undefined> => {
    for (const authenticator of authenticators) {
      const user = await authenticator.authenticate(token)
      if (user) return withAuthenticated(user)
    }
    return undefined
  }
  return {
    review,
    async authenticate(request) {
      const token = bearerToken(request)
      if (token === undefined) return ANONYMOUS
      const user = await review(token)
      if (!user) throw new StatusError('Unauthorized', 'Unauthorized')
      return user
    },
  }
}

function withAuthenticated(user: UserInfo): UserInfo {
  if (user.groups.includes(AUTHENTICATED)) return user
  return { ...user, groups: [...user.groups, AUTHENTICATED] }
}

const WEBSOCKET_TOKEN = 'base64url.bearer.authorization.k8s.io.'

function bearerToken({ headers }: ApiRequest): string | undefined {
  const match = /^Bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')
  if (match?.[1]) return match[1].trim()
  // Browsers can only put it there (apiserver pkg/authentication/request/websocket).
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((item) => item.trim())
  const carrier = protocols.find((item) => item.startsWith(WEBSOCKET_TOKEN))
  return carrier && Buffer.from(carrier.slice(WEBSOCKET_TOKEN.length), 'base64url').toString()
}

/** Whom a request asks to act as (`kubectl --as`), if it asks. */
export function impersonatedUser({ headers }: ApiRequest): UserInfo | undefined {
  const username = headers['impersonate-user']
  if (!username) return undefined
  const groups = (headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username)
  if (account && groups.length === 0)
    groups.push('system:serviceaccounts', `system:serviceaccounts:${account[1]}`)
  if (username === ANONYMOUS.username) return ANONYMOUS
  return withAuthenticated({ username, groups })
}
