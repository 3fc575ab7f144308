import { beforeEach, expect, test } from 'vitest'

import type { Credential } from '../../../protocol/credentials.ts'
import type { Principal } from '../../../protocol/service.ts'
import { VerifiedTokens } from './verified-tokens.ts'

const SIGNED_MS = Date.UTC(2026, 0, 1)
const LIFETIME_MS = 15 * 60_000
const url = 'https://sts.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Date=20260101T000000Z'
// Only the key is looked at.
const principal = { accessKeyId: 'AKIA1' } as Principal

let credential: Credential | undefined
let tokens: VerifiedTokens

beforeEach(() => {
  credential = { secretAccessKey: 's', principal }
  tokens = new VerifiedTokens({ find: (id) => (id === 'AKIA1' ? credential : undefined) })
  tokens.remember('token', url, principal)
})

test('knows a token again for as long as it lasts, and no other', () => {
  expect(tokens.principalOf('token', SIGNED_MS + LIFETIME_MS)).toBe(principal)
  expect(tokens.principalOf('another', SIGNED_MS)).toBeUndefined()
  expect(tokens.principalOf('token', SIGNED_MS + LIFETIME_MS + 1)).toBeUndefined()
})

test.each<[string, Credential | undefined]>([
  ['that was deleted', undefined],
  ['with another secret', { secretAccessKey: 'other', principal }],
  ['with another session', { secretAccessKey: 's', sessionToken: 't', principal }],
  ['that has expired', { secretAccessKey: 's', expiresAtMs: SIGNED_MS, principal }],
])('does not know a token of a key %s', (_, changed) => {
  credential = changed
  expect(tokens.principalOf('token', SIGNED_MS)).toBeUndefined()
})

test('tells who is behind the key now', () => {
  const renamed = { ...principal, arn: 'arn:aws:iam::1:user/renamed' }
  credential = { secretAccessKey: 's', principal: renamed }
  expect(tokens.principalOf('token', SIGNED_MS)).toBe(renamed)
})

test('remembers no URL that does not say when it was signed', () => {
  tokens.remember('odd', 'https://sts.amazonaws.com/', principal)
  expect(tokens.principalOf('odd', SIGNED_MS)).toBeUndefined()
})
