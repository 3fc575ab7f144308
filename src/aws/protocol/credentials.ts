// Owns the contract for finding the secret of an access key; IAM and STS implement it.
import type { Principal } from './service.ts'

export interface Credential {
  readonly secretAccessKey: string
  /** Set for temporary credentials; the request must carry the same token. */
  readonly sessionToken?: string
  /** Epoch milliseconds after which the credential is refused with ExpiredToken. */
  readonly expiresAtMs?: number
  readonly principal: Principal
}

export interface CredentialSource {
  /** The credential of an access key id; undefined when there is none. */
  find(accessKeyId: string): Credential | undefined
}

/** One source out of several: the first that knows the key. */
export function joinCredentials(...sources: readonly CredentialSource[]): CredentialSource {
  return {
    find: (accessKeyId) => {
      for (const source of sources) {
        const credential = source.find(accessKeyId)
        if (credential) return credential
      }
      return undefined
    },
  }
}
