// Owns the check of service account tokens that come to STS: which cluster signed them, and whether it did.
import type { WebIdentity, WebIdentityVerifier } from '../aws/services/sts/index.ts'
import type { Clock } from '../base/clock.ts'
import { isObject } from '../base/json.ts'

const ALGORITHM = 'RS256'

/** The public key (SPKI PEM) that an issuer signs with; undefined when no cluster of the region has this issuer. */
export type IssuerKey = (issuer: string) => string | undefined

/** Verifies tokens by the keys of the region's own clusters: there is nothing to fetch. */
export function createWebIdentityVerifier(issuerKey: IssuerKey, clock: Clock): WebIdentityVerifier {
  return {
    async verify(token): Promise<WebIdentity | undefined> {
      // Loaded by need: few regions are shown a token.
      const { decodeJwt, importSPKI, jwtVerify } = await import('jose')
      try {
        const { iss: issuer } = decodeJwt(token)
        const pem = issuer === undefined ? undefined : issuerKey(issuer)
        if (issuer === undefined || pem === undefined) return undefined
        const { payload } = await jwtVerify(token, await importSPKI(pem, ALGORITHM), {
          issuer,
          algorithms: [ALGORITHM],
          currentDate: new Date(clock.now()),
        })
        const { sub: subject = '', aud = [] } = payload
        const pod = podOf(payload['kubernetes.io'])
        return {
          issuer,
          subject,
          audiences: typeof aud === 'string' ? [aud] : aud,
          ...(pod ? { pod } : {}),
        }
      } catch {
        // Malformed, expired or signed by somebody else: to STS it is all the same InvalidIdentityToken.
        return undefined
      }
    },
  }
}

// pkg/serviceaccount/claims.go: what a token is bound to stands below `kubernetes.io`.
function podOf(claim: unknown): WebIdentity['pod'] {
  const pod = isObject(claim) ? claim['pod'] : undefined
  if (!isObject(pod) || typeof pod['name'] !== 'string' || typeof pod['uid'] !== 'string') return undefined
  return { name: pod['name'], uid: pod['uid'] }
}
