// Owns the memory of tokens whose signature was right: a client sends the same one with every request.
import type { Credential, CredentialSource } from '../../../protocol/credentials.ts'
import { EKS_TOKEN_LIFETIME_MS } from '../../../protocol/presigned.ts'
import type { Principal } from '../../../protocol/service.ts'
import { parseAmzDate } from '../../../protocol/sigv4.ts'

// More clients than this are checked anew now and then.
const MAXIMUM_REMEMBERED = 1_000

interface Verified {
  readonly accessKeyId: string
  readonly credential: Credential
  readonly endsAtMs: number
}

/** Tokens by their text. Who is behind a key, and whether it still holds, is asked each time. */
export class VerifiedTokens {
  readonly #verified = new Map<string, Verified>()
  readonly #credentials: CredentialSource

  constructor(credentials: CredentialSource) {
    this.#credentials = credentials
  }

  /** @param url what the token is made of, verified just now */
  remember(token: string, url: string, { accessKeyId }: Principal): void {
    const credential = this.#credentials.find(accessKeyId)
    const signedAtMs = parseAmzDate(new URL(url).searchParams.get('X-Amz-Date') ?? '')
    if (!credential || Number.isNaN(signedAtMs)) return
    if (this.#verified.size >= MAXIMUM_REMEMBERED) this.#verified.clear()
    this.#verified.set(token, { accessKeyId, credential, endsAtMs: signedAtMs + EKS_TOKEN_LIFETIME_MS })
  }

  /**
   * Who signed the token; undefined when that has to be found out (again).
   * @param wallMs the time of the machine, by which tokens are signed
   */
  principalOf(token: string, nowMs: number, wallMs: number = nowMs): Principal | undefined {
    const known = this.#verified.get(token)
    if (!known) return undefined
    const now = this.#credentials.find(known.accessKeyId)
    const { credential, endsAtMs } = known
    const holds =
      now !== undefined &&
      wallMs <= endsAtMs &&
      nowMs < (now.expiresAtMs ?? Infinity) &&
      now.secretAccessKey === credential.secretAccessKey &&
      now.sessionToken === credential.sessionToken
    if (holds) return now.principal
    this.#verified.delete(token)
    return undefined
  }
}
