import { generateKeyPairSync, type KeyObject } from 'node:crypto'

import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { createWebIdentityVerifier } from './web-identity.ts'

const ISSUER = 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC'
const SUBJECT = 'system:serviceaccount:kube-system:lbc'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const clock = new FakeClock()
const nowSeconds = clock.now() / 1000
const publicPem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()

const verifier = createWebIdentityVerifier((issuer) => (issuer === ISSUER ? publicPem : undefined), clock)

interface Claims {
  readonly issuer?: string
  readonly audience?: string | string[]
  readonly expiresSeconds?: number
  readonly key?: KeyObject
}

function signed({
  issuer = ISSUER,
  audience = ['sts.amazonaws.com'],
  ...more
}: Claims = {}): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .setSubject(SUBJECT)
    .setAudience(audience)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + (more.expiresSeconds ?? 3600))
    .sign(more.key ?? keys.privateKey)
}

describe('createWebIdentityVerifier', () => {
  it('reads the claims of a token that a cluster signed', async () => {
    expect(await verifier.verify(await signed())).toEqual({
      issuer: ISSUER,
      subject: SUBJECT,
      audiences: ['sts.amazonaws.com'],
    })
  })

  it('takes one audience for a list of one', async () => {
    expect(await verifier.verify(await signed({ audience: 'sts.amazonaws.com' }))).toMatchObject({
      audiences: ['sts.amazonaws.com'],
    })
  })

  it.each<[string, Claims]>([
    ['has expired', { expiresSeconds: -1 }],
    ['is of an issuer that is no cluster of the region', { issuer: 'https://oidc.example' }],
    ['was signed by another key', { key: otherKeys.privateKey }],
  ])('refuses a token that %s', async (_, claims) => {
    expect(await verifier.verify(await signed(claims))).toBeUndefined()
  })

  it('goes by the clock of the region', async () => {
    const token = await signed({ expiresSeconds: 60 })
    const later = new FakeClock(clock.now() + 61_000)
    const ofLater = createWebIdentityVerifier(() => publicPem, later)
    expect(await verifier.verify(token)).toBeDefined()
    expect(await ofLater.verify(token)).toBeUndefined()
  })

  it.each(['', 'garbage', 'a.b.c', `${btoa('{}')}.${btoa('{}')}.`])('refuses %j', async (token) => {
    expect(await verifier.verify(token)).toBeUndefined()
  })

  it('refuses a token that was changed', async () => {
    const [header, , signature] = (await signed()).split('.')
    const claims = { iss: ISSUER, sub: 'system:serviceaccount:kube-system:admin', exp: nowSeconds + 60 }
    const changed = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    expect(await verifier.verify(changed)).toBeUndefined()
  })

  it('takes no token without a signature, nor one whose key is the public key as a password', async () => {
    const claims = { iss: ISSUER, sub: SUBJECT, aud: 'sts.amazonaws.com', exp: nowSeconds + 60 }
    const none = [{ alg: 'none' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    )
    expect(await verifier.verify(`${none.join('.')}.`)).toBeUndefined()
    const hmac = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(publicPem))
    expect(await verifier.verify(hmac)).toBeUndefined()
  })
})
