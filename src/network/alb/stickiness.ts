// Owns the cookies by which a client stays with its target or its target group.
// Source: ALB user guide, "Sticky sessions"; names, lengths and attributes as AWS sends them.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

import { sha256Hex } from '../../base/sha256.ts'

/** What a cookie remembers. */
export interface Memory {
  /** `ip:port` of a target, or the ARN of a target group. */
  readonly value: string
  readonly expiresAtMs: number
}

const IV_BYTES = 12
const TAG_BYTES = 16
// 93 bytes are the 124 characters of AWS's cookies.
const PAYLOAD_BYTES = 65
// 69 bytes are the 138 hexadecimal digits of those of Classic Load Balancers.
const CLASSIC_PAYLOAD_BYTES = 41
const ALGORITHM = 'aes-256-gcm'
/** What the attribute Expires says, however long the cookie is good for. */
const SHOWN_MS = 7 * 24 * 3600 * 1000

/** Makes and reads the cookies of one load balancer. Others cannot read what it remembers. */
export class StickyCookies {
  readonly #key: Buffer

  /** @param secret what no client knows */
  constructor(secret: string) {
    this.#key = createHash('sha256').update(secret).digest()
  }

  /** The value of a cookie. */
  seal({ value, expiresAtMs }: Memory): string {
    return this.#encrypt(JSON.stringify([hashOf(value), expiresAtMs]), PAYLOAD_BYTES).toString('base64')
  }

  /** Which of the values a cookie remembers; undefined when none, when it is over, or was not made here. */
  open(cookie: string | undefined, values: readonly string[], nowMs: number): string | undefined {
    const text = this.#decrypt(Buffer.from(cookie ?? '', 'base64'), PAYLOAD_BYTES)
    if (text === undefined) return undefined
    // Made by `seal`: nothing else has the key.
    const [remembered, expiresAtMs] = JSON.parse(text) as [string, number]
    if (expiresAtMs <= nowMs) return undefined
    return values.find((value) => hashOf(value) === remembered)
  }

  /** The value of a cookie of a Classic Load Balancer, which does not say how long it is good for. */
  sealClassic(value: string): string {
    return this.#encrypt(hashOf(value), CLASSIC_PAYLOAD_BYTES).toString('hex').toUpperCase()
  }

  /** As `open`, of what `sealClassic` has made. */
  openClassic(cookie: string | undefined, values: readonly string[]): string | undefined {
    const remembered = this.#decrypt(Buffer.from(cookie ?? '', 'hex'), CLASSIC_PAYLOAD_BYTES)?.trim()
    return remembered === undefined ? undefined : values.find((value) => hashOf(value) === remembered)
  }

  #encrypt(text: string, payloadBytes: number): Buffer {
    const payload = Buffer.alloc(payloadBytes, ' ')
    payload.write(text)
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#key, iv)
    return Buffer.concat([iv, cipher.update(payload), cipher.final(), cipher.getAuthTag()])
  }

  #decrypt(bytes: Buffer, payloadBytes: number): string | undefined {
    if (bytes.length !== IV_BYTES + payloadBytes + TAG_BYTES) return undefined
    const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, IV_BYTES))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()])
      return text.toString()
    } catch {
      return undefined
    }
  }
}

// An ARN would be too long for the cookie.
function hashOf(value: string): string {
  return sha256Hex(value, 40)
}

/** The two cookies of a name, as Set-Cookie wants them: the second is for requests from other sites. */
export function cookiePair(name: string, value: string, nowMs: number): string[] {
  const expires = new Date(nowMs + SHOWN_MS).toUTCString()
  return [
    `${name}=${value}; Expires=${expires}; Path=/`,
    `${name}CORS=${value}; Expires=${expires}; Path=/; SameSite=None; Secure`,
  ]
}

/** The cookies of stickiness by an application's cookie: AWS has up to four, and takes away those it does not need. */
export function applicationCookies(value: string, nowMs: number): string[] {
  const expires = new Date(nowMs + SHOWN_MS).toUTCString()
  return [0, 1, 2, 3].map(
    (index) => `AWSALBAPP-${index}=${index === 0 ? value : '_remove_'}; Expires=${expires}; Path=/`,
  )
}

/** The value of a cookie in Cookie headers. */
export function cookieIn(headers: readonly string[], name: string): string | undefined {
  const pairs = headers.flatMap((header) => header.split(';')).map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}
