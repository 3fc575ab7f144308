// Owns who a request comes from: certificates, bearer tokens and anonymity.
import { StatusError } from '../../base/errors.ts'
import type { Authentication } from './api.ts'
import type { ClientCertificate } from './client-certificate.ts'
import type { ApiRequest } from './http.ts'
import type { TokenAuthenticator, TokenVerdict, UserInfo } from './ports.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] }
export const AUTHENTICATED = 'system:authenticated'

/**
 * Asks service account tokens first, then the others in order; the first that knows a token decides.
 * Source of the rules for audiences: kubernetes pkg/serviceaccount/jwt.go, apiserver
 * pkg/authentication/authenticator/audagnostic.go, pkg/registry/authentication/tokenreview/storage.go.
 */
export function createAuthentication(
  tokens: ServiceAccountTokens,
  others: readonly TokenAuthenticator[],
): Authentication {
  const review = async (token: string, audiences: readonly string[]): Promise<TokenVerdict> => {
    const wanted = audiences.length > 0 ? audiences : [tokens.issuer]
    const known = await tokens.review(token, wanted)
    if (known) return known.user ? { ...known, user: withAuthenticated(known.user) } : known
    // Tokens of the others are for the API server, whatever they say.
    const meant = wanted.filter((audience) => audience === tokens.issuer)
    if (meant.length === 0) return { user: undefined, audiences: [] }
    for (const authenticator of others) {
      const user = await authenticator.authenticate(token)
      if (user) return { user: withAuthenticated(user), audiences: meant }
    }
    return { user: undefined, audiences: [] }
  }
  return {
    review,
    async authenticate(request) {
      const { certificate } = request
      if (certificate?.isTrusted) return certifiedUser(certificate)
      const token = bearerToken(request)
      if (token === undefined) {
        if (certificate) throw new StatusError('Unauthorized', 'Unauthorized')
        return ANONYMOUS
      }
      const { user } = await review(token, [])
      if (!user) throw new StatusError('Unauthorized', 'Unauthorized')
      return user
    },
  }
}

function certifiedUser({ commonName, organizations }: ClientCertificate): UserInfo {
  return withAuthenticated({ username: commonName, groups: organizations })
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
