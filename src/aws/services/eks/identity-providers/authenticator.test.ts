import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { expect, test } from 'vitest'

import { silentLog } from '../../../../base/log.ts'
import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { createMemoryStore } from '../../../../store/memory-store.ts'
import { createTables, type IdentityProviderRecord } from '../state.ts'
import { createProviderAuthenticator, userOf } from './authenticator.ts'
import { createPublishedKeys, type GetJson } from './published-keys.ts'

const ISSUER = 'https://idp.example/realm'
const PROVIDER = {
  identityProviderConfigName: 'dex',
  clusterName: 'demo',
  issuerUrl: ISSUER,
  clientId: 'near',
  status: 'ACTIVE',
} as const

async function place(provider: Partial<IdentityProviderRecord['config']> = {}) {
  const clock = new FakeClock()
  const tables = createTables(createMemoryStore())
  await tables.identityProviders.put('demo/dex', {
    config: { ...PROVIDER, ...provider },
    createdAtMs: 0,
    modifiedAtMs: 0,
    dueAtMs: 0,
    updateId: 'u',
  })
  const pairs = await Promise.all(['a', 'b'].map(() => generateKeyPair('RS256')))
  const keys = await Promise.all(
    pairs.map(async ({ publicKey }, index) => ({ ...(await exportJWK(publicKey)), kid: `k${index}` })),
  )
  const published = { keys: keys.slice(0, 1), asked: 0 }
  const getJson: GetJson = (url) => {
    if (url === `${ISSUER}/.well-known/openid-configuration`)
      return Promise.resolve({ issuer: ISSUER, jwks_uri: `${ISSUER}/keys` })
    if (url !== `${ISSUER}/keys`) return Promise.reject(new TypeError(url))
    published.asked += 1
    return Promise.resolve({ keys: published.keys })
  }
  const deps = { clock, log: silentLog } as never
  const authenticator = createProviderAuthenticator(
    { tables, deps },
    'demo',
    createPublishedKeys({ clock, getJson }),
  )
  const now = Math.floor(clock.now() / 1_000)
  const token = (claims: JWTPayload = {}, key = 0): Promise<string> =>
    new SignJWT({ iss: ISSUER, aud: 'near', sub: 'ada', exp: now + 300, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: `k${key}` })
      // Every pair was made above.
      .sign(pairs[key]!.privateKey)
  return {
    clock,
    now,
    token,
    published,
    keys,
    authenticate: (text: string) => authenticator.authenticate(text),
  }
}

test('a token of the provider is its user', async () => {
  const { authenticate, token } = await place({ groupsClaim: 'groups', groupsPrefix: 'oidc:' })
  expect(await authenticate(await token({ groups: ['dev', 'ops'] }))).toEqual({
    username: `${ISSUER}#ada`,
    groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'],
  })
})

test('a token that is not for this client, not of this key, over, or of somebody else is nobody', async () => {
  const { authenticate, token, now } = await place()
  const wrong = {
    audience: await token({ aud: 'other' }),
    issuer: await token({ iss: 'https://else.example' }),
    over: await token({ exp: now - 1 }),
    'unknown key': await token({}, 1),
    'changed text': `${(await token()).slice(0, -8)}AAAAAAAA`,
    'no token': 'k8s-aws-v1.abc',
  }
  for (const [what, text] of Object.entries(wrong)) expect(await authenticate(text), what).toBeUndefined()
})

test('keys are asked for once, and again when a token names a new one', async () => {
  const { authenticate, token, published, keys, clock } = await place()
  await authenticate(await token())
  await authenticate(await token())
  expect(published.asked).toBe(1)
  published.keys = keys
  // Not at every token that names a key that is not there.
  expect(await authenticate(await token({}, 1))).toBeUndefined()
  expect(published.asked).toBe(1)
  await clock.advance(11_000)
  expect(await authenticate(await token({}, 1))).toBeDefined()
  expect(published.asked).toBe(2)
})

test.each([
  ['the default prefix', {}, { sub: 'ada' }, `${ISSUER}#ada`],
  ['none', { usernamePrefix: '-' }, { sub: 'ada' }, 'ada'],
  ['one of its own', { usernamePrefix: 'x:' }, { sub: 'ada' }, 'x:ada'],
  ['an address, without prefix', { usernameClaim: 'email' }, { email: 'a@b.c' }, 'a@b.c'],
  [
    'an address that is not verified',
    { usernameClaim: 'email' },
    { email: 'a@b.c', email_verified: false },
    undefined,
  ],
  ['a claim that is not there', { usernameClaim: 'name' }, { sub: 'ada' }, undefined],
  ['a required claim', { requiredClaims: { hd: 'c' } }, { sub: 'ada', hd: 'c' }, `${ISSUER}#ada`],
  ['another value of it', { requiredClaims: { hd: 'c' } }, { sub: 'ada', hd: 'd' }, undefined],
])('the name of a user: %s', (_what, provider, claims, username) => {
  expect(userOf(claims, { ...PROVIDER, ...provider })?.username).toBe(username)
})
