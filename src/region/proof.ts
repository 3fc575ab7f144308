// Owns the handshake by which a region proves to the CLI that it is the one of a data directory.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { isObject } from '../base/json.ts'

/** What the proof is about: a region that runs on another directory, or another process, cannot give it. */
export interface ProofSubject {
  readonly pid: number
  /** Real path of the data directory. */
  readonly directory: string
}

const NONCE = /^[0-9a-f]{32}$/
const NONCE_BYTES = 16
// An answer has a hundred bytes; what sends more is somebody else.
const MAX_ANSWER_BYTES = 4096

/** The answer to a nonce, made with the region's secret. @returns undefined when the nonce is none. */
export function prove(secret: string, nonce: string, { pid, directory }: ProofSubject): string | undefined {
  if (!NONCE.test(nonce)) return undefined
  return createHmac('sha256', secret).update(`neargate region\n${nonce}\n${pid}\n${directory}`).digest('hex')
}

/** `proven`: it is the region; `stranger`: something else answers; `silent`: nothing answers in time. */
export type Handshake = 'proven' | 'stranger' | 'silent'

export interface HandshakeOptions extends ProofSubject {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly secret: string
  readonly timeoutMs: number
}

/** Asks what listens at an endpoint for its proof. The secret itself is not sent: it may be a stranger. */
export async function shakeHands(options: HandshakeOptions): Promise<Handshake> {
  const nonce = randomBytes(NONCE_BYTES).toString('hex')
  const answer = await get(`${options.endpoint}/_neargate/proof?nonce=${nonce}`, options.timeoutMs)
  if (answer === undefined) return 'silent'
  const expected = Buffer.from(prove(options.secret, nonce, options) ?? '')
  const given = Buffer.from(proofIn(answer))
  return given.length === expected.length && timingSafeEqual(given, expected) ? 'proven' : 'stranger'
}

function proofIn(text: string): string {
  try {
    const answer: unknown = JSON.parse(text)
    const proof = isObject(answer) ? answer['proof'] : undefined
    return typeof proof === 'string' ? proof : ''
  } catch {
    return ''
  }
}

// Not `fetch`: loading it would take longer than most commands run; this, too, is loaded by those alone that need it.
async function get(url: string, timeoutMs: number): Promise<string | undefined> {
  const { request } = await import('node:http')
  return new Promise((resolve) => {
    const sent = request(
      url,
      { agent: false, signal: AbortSignal.timeout(timeoutMs), headers: { connection: 'close' } },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > MAX_ANSWER_BYTES) response.destroy()
        })
        // Cut off or ended: whatever came is judged.
        response.on('close', () => resolve(text))
        response.on('error', () => undefined)
      },
    )
    sent.on('error', () => resolve(undefined))
    sent.end()
  })
}
