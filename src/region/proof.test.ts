import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { prove, shakeHands, type ProofSubject } from './proof.ts'

const subject: ProofSubject = { pid: 7, directory: '/data' }
const SECRET = 'secret'

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A region with this secret, of this subject. */
function region(secret: string, of: ProofSubject): RequestListener {
  return (request, response) => {
    const nonce = new URL(request.url ?? '', 'http://region').searchParams.get('nonce') ?? ''
    response.end(JSON.stringify({ proof: prove(secret, nonce, of) }))
  }
}

function greet(endpoint: string, timeoutMs = 2_000): ReturnType<typeof shakeHands> {
  return shakeHands({ ...subject, endpoint, secret: SECRET, timeoutMs })
}

describe('prove', () => {
  it('answers a nonce with what depends on everything', () => {
    const nonce = '0'.repeat(32)
    const proofs = [
      prove(SECRET, nonce, subject),
      prove('other', nonce, subject),
      prove(SECRET, '1'.repeat(32), subject),
      prove(SECRET, nonce, { ...subject, pid: 8 }),
      prove(SECRET, nonce, { ...subject, directory: '/copy' }),
    ]
    expect(new Set(proofs).size).toBe(proofs.length)
    expect(proofs[0]).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each(['', 'short', 'g'.repeat(32), `${'0'.repeat(32)}\n`, '0'.repeat(33)])(
    'signs nothing but nonces: not %j',
    (nonce) => {
      expect(prove(SECRET, nonce, subject)).toBeUndefined()
    },
  )
})

describe('shakeHands', () => {
  it('believes the region', async () => {
    expect(await greet(await serve(region(SECRET, subject)))).toBe('proven')
  })

  it.each<[string, RequestListener]>([
    ['another secret', region('other', subject)],
    ['another process', region(SECRET, { ...subject, pid: 8 })],
    ['another directory', region(SECRET, { ...subject, directory: '/copy' })],
    ['an answer of another kind', (_, response) => void response.end('<html>')],
    ['an answer without a proof', (_, response) => void response.end('{"proof":7}')],
    ['an answer without an end', (_, response) => void response.write('x'.repeat(100_000))],
    ['an empty proof', (_, response) => void response.end('{"proof":""}')],
  ])('does not believe %s', async (_, listener) => {
    expect(await greet(await serve(listener))).toBe('stranger')
  })

  it('tells nothing that a stranger could use', async () => {
    const seen: unknown[] = []
    const endpoint = await serve(({ url, headers }, response) => {
      seen.push({ url, headers })
      response.end()
    })
    await greet(endpoint)
    expect(seen).toHaveLength(1)
    expect(JSON.stringify(seen)).not.toContain(SECRET)
  })

  it('gives up on what does not answer, or does not listen', async () => {
    expect(await greet(await serve(() => undefined), 50)).toBe('silent')
    expect(await greet('http://127.0.0.1:1')).toBe('silent')
  })
})
