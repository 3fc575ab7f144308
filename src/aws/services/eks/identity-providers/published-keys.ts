// Owns the keys that an issuer publishes: found by its discovery document, kept for a while, asked for again when a token
// names one that is not among them.
import { get } from 'node:https'

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

import type { Clock } from '../../../../base/clock.ts'

const KEPT_MS = 10 * 60_000
/** Between two questions about a key that is not there: any client may send any token. */
const AGAIN_MS = 10_000
const TIMEOUT_MS = 5_000
const MAXIMUM_BYTES = 1024 * 1024

/** The answer of a URL, parsed. */
export type GetJson = (url: string) => Promise<unknown>

export interface PublishedKeys {
  /** What finds the key of a token of an issuer. */
  of(issuerUrl: string): JWTVerifyGetKey
}

interface Kept {
  readonly keys: Promise<ReturnType<typeof createLocalJWKSet>>
  readonly atMs: number
}

/** @param getJson asks over https; certificates are judged by the system's roots and NODE_EXTRA_CA_CERTS */
export function createPublishedKeys({
  clock,
  getJson = getOverHttps,
}: {
  readonly clock: Clock
  readonly getJson?: GetJson
}): PublishedKeys {
  const kept = new Map<string, Kept>()
  const keysOf = (issuerUrl: string, maximumAgeMs: number): Kept['keys'] => {
    const known = kept.get(issuerUrl)
    if (known && clock.now() - known.atMs < maximumAgeMs) return known.keys
    const keys = discover(issuerUrl, getJson)
    // Whoever waits for it hears of the failure; the next question asks again.
    keys.catch(() => kept.delete(issuerUrl))
    kept.set(issuerUrl, { keys, atMs: clock.now() })
    return keys
  }
  return {
    of: (issuerUrl) => async (header, token) => {
      try {
        return await (
          await keysOf(issuerUrl, KEPT_MS)
        )(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        return await (
          await keysOf(issuerUrl, AGAIN_MS)
        )(header, token)
      }
    },
  }
}

async function discover(issuerUrl: string, getJson: GetJson): ReturnType<typeof keySet> {
  const document = await getJson(`${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const { issuer, jwks_uri: jwksUri } = document as { issuer?: unknown; jwks_uri?: unknown }
  if (issuer !== issuerUrl) throw new TypeError(`oidc: issuer did not match: ${String(issuer)}`)
  if (typeof jwksUri !== 'string') throw new TypeError('oidc: the discovery document names no keys')
  return keySet(await getJson(jwksUri))
}

async function keySet(document: unknown): Promise<ReturnType<typeof createLocalJWKSet>> {
  // jose refuses what is no set of keys.
  return createLocalJWKSet(document as JSONWebKeySet)
}

function getOverHttps(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: TIMEOUT_MS, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAXIMUM_BYTES) request.destroy(new RangeError(`${url} answers too much`))
        chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode !== 200) {
          reject(new TypeError(`${url} answers ${response.statusCode}`))
          return
        }
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()))
        } catch (error) {
          reject(error)
        }
      })
    })
    request.on('error', reject)
  })
}
