// Owns turning a token of a cluster's OpenID Connect provider into a Kubernetes user.
// Source of the rules: Kubernetes, "Authenticating", OpenID Connect Tokens, "Configuring the API Server".
import { decodeJwt, jwtVerify, type JWTPayload } from 'jose'

import type { TokenAuthenticator, UserInfo } from '../../../../kubernetes/server/ports.ts'
import type { EksAccess, IdentityProviderRecord } from '../state.ts'
import { configOf } from './configs.ts'
import { createPublishedKeys, type PublishedKeys } from './published-keys.ts'

type Provider = IdentityProviderRecord['config']

// "OIDC Configuration: … --oidc-signing-algs … Default: RS256"; EKS has no member for it.
const ALGORITHMS = ['RS256']

/** Authenticates tokens of the provider of one cluster; every other token is left to others. */
export function createProviderAuthenticator(
  { tables, deps }: Pick<EksAccess, 'tables' | 'deps'>,
  clusterName: string,
  keys: PublishedKeys = createPublishedKeys({ clock: deps.clock }),
): TokenAuthenticator {
  return {
    async authenticate(token) {
      const provider = configOf(tables, clusterName)?.config
      if (!provider || provider.status === 'CREATING' || issuerOf(token) !== provider.issuerUrl)
        return undefined
      try {
        const { payload } = await jwtVerify(token, keys.of(provider.issuerUrl), {
          issuer: provider.issuerUrl,
          audience: provider.clientId,
          algorithms: ALGORITHMS,
          currentDate: new Date(deps.clock.now()),
          requiredClaims: ['exp'],
        })
        return userOf(payload, provider)
      } catch (error) {
        // The API server answers 401 whatever is wrong, and says why in its log alone.
        deps.log.warn('a token of an identity provider was not accepted', { cluster: clusterName, error })
        return undefined
      }
    },
  }
}

/** Whose token it says it is; undefined for what is no JSON web token. */
function issuerOf(token: string): string | undefined {
  if (token.split('.').length !== 3) return undefined
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/** The user of a verified token; undefined when a claim that it must have is missing or another. */
export function userOf(claims: JWTPayload, provider: Provider): UserInfo | undefined {
  for (const [name, value] of Object.entries(provider.requiredClaims ?? {})) {
    if (claims[name] !== value) return undefined
  }
  const claim = provider.usernameClaim ?? 'sub'
  const name = claims[claim]
  if (typeof name !== 'string' || name === '') return undefined
  // An address that the provider has not verified may be somebody else's.
  if (claim === 'email' && 'email_verified' in claims && claims['email_verified'] !== true) return undefined
  const groups = provider.groupsClaim === undefined ? [] : textsOf(claims[provider.groupsClaim])
  return {
    username: `${usernamePrefix(provider, claim)}${name}`,
    groups: [...groups.map((group) => `${provider.groupsPrefix ?? ''}${group}`), 'system:authenticated'],
  }
}

// "If this flag isn't provided and --oidc-username-claim is a value other than email the prefix defaults to
// ( Issuer URL )# … The value - can be used to disable all prefixing."
function usernamePrefix({ usernamePrefix: prefix, issuerUrl }: Provider, claim: string): string {
  if (prefix === '-') return ''
  return prefix ?? (claim === 'email' ? '' : `${issuerUrl}#`)
}

function textsOf(claim: unknown): string[] {
  const values: unknown[] = Array.isArray(claim) ? claim : [claim]
  return values.filter((value) => typeof value === 'string')
}
