import { readFileSync, writeFileSync } from 'node:fs'

import { beforeEach, describe, expect, it } from 'vitest'

import { randomIds } from '../base/ids.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { writeState, type Home } from './home.ts'
import {
  completeIdentity,
  readIdentity,
  settleIdentity,
  type IdentityOptions,
  type NewIdentity,
} from './identity.ts'
import { temporaryHome, testIdentity } from './testing/test-region-parts.ts'

let home: Home
let store: Store

beforeEach(() => {
  home = temporaryHome()
  store = createMemoryStore()
})

function settle(more: Partial<IdentityOptions> = {}): Promise<NewIdentity> {
  return settleIdentity({
    home,
    store,
    ids: randomIds,
    ephemeral: false,
    defaultRegion: 'us-east-1',
    ...more,
  })
}

/** A start that succeeds. */
async function start(more: Partial<IdentityOptions> = {}): Promise<NewIdentity> {
  const identity = await settle(more)
  const { accessKeyId, secretAccessKey } = testIdentity
  writeState(home.identity, { ...identity, accessKeyId, secretAccessKey })
  await completeIdentity(store)
  return identity
}

describe('readIdentity', () => {
  it('is what was written, undefined where there is none', () => {
    expect(readIdentity(home)).toBeUndefined()
    writeState(home.identity, testIdentity)
    expect(readIdentity(home)).toEqual(testIdentity)
  })

  it.each([
    ['{}', 'it has no region'],
    ['[]', 'it is no object'],
    ['"text"', 'it is no object'],
    [JSON.stringify({ ...testIdentity, accountId: undefined }), 'it has no accountId'],
    [JSON.stringify({ ...testIdentity, secretAccessKey: 7 }), 'it has no secretAccessKey'],
    [JSON.stringify({ ...testIdentity, adminToken: '' }), 'it has no adminToken'],
  ])('calls %s damaged, and tells the way out', (text, why) => {
    writeFileSync(home.identity, text)
    expect(() => readIdentity(home)).toThrow(
      expect.objectContaining({
        message: `${home.identity} is damaged: ${why}`,
        help: `Move it away, and it is written anew with the next start: mv ${home.identity} ${home.identity}.damaged`,
      }),
    )
  })
})

describe('settleIdentity', () => {
  it('makes one for an empty directory', async () => {
    const identity = await settle()
    expect(identity.region).toBe('us-east-1')
    expect(identity.accountId).toMatch(/^[1-9]\d{11}$/)
    expect(identity.adminToken).toMatch(/^[0-9a-f]{48}$/)
  })

  it('is another for each directory', async () => {
    const one = await settle()
    const two = await settle({ store: createMemoryStore() })
    expect(one.adminToken).not.toBe(two.adminToken)
    expect(one.accountId).not.toBe(two.accountId)
  })

  it.each([undefined, 'eu-west-1'])('stays what it is when asked for %s', async (region) => {
    const first = await start({ region: 'eu-west-1' })
    expect(await settle(region === undefined ? {} : { region })).toMatchObject(first)
  })

  it('stays what it is when another region is to stand beside it', async () => {
    await start({ region: 'eu-west-1' })
    expect(await settle({ region: 'us-west-2' })).toMatchObject({ region: 'eu-west-1' })
  })

  it('keeps its account, but may change its name, until a start has succeeded', async () => {
    const failed = await settle({ region: 'eu-west-1' })
    const next = await settle({ region: 'us-west-2' })
    expect(next).toMatchObject({ region: 'us-west-2', accountId: failed.accountId })
  })

  it('is known from the store where the file was moved away', async () => {
    const first = await start({ region: 'eu-west-1' })
    const again = await settle({ home: temporaryHome() })
    expect(again).toMatchObject({ region: 'eu-west-1', accountId: first.accountId })
    expect(again.adminToken).not.toBe(first.adminToken)
  })

  it('does not take an emptied store for a new region', async () => {
    writeState(home.identity, testIdentity)
    await expect(settle()).rejects.toMatchObject({
      message: `${home.store} is empty, although ${home.identity} says that the region eu-west-1 of account 111122223333 is kept there`,
      help: `Put the store back, or start an empty region after: mv ${home.identity} ${home.identity}.old`,
    })
    expect(store.revision).toBe(0)
  })

  it('does not mix up two regions', async () => {
    await start({ region: 'us-west-2' })
    writeState(home.identity, testIdentity)
    await expect(settle()).rejects.toThrow(
      /is damaged: it is of eu-west-1 and account 111122223333, the store beside it of us-west-2 and \d{12}/,
    )
  })

  it('is new for a region that keeps nothing, and what that left behind counts for nothing', async () => {
    const identity = await settle({ ephemeral: true, region: 'us-west-2' })
    expect(identity).toMatchObject({ region: 'us-west-2', ephemeral: true })
    expect(store.revision).toBe(0)
    writeState(home.identity, { ...testIdentity, ...identity })
    expect(await settle({ region: 'eu-west-1' })).toMatchObject({ region: 'eu-west-1' })
    expect(readFileSync(home.identity, 'utf8')).toContain('"ephemeral": true')
  })
})
