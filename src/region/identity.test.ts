import { describe, expect, it } from 'vitest'

import { randomIds } from '../base/ids.ts'
import { writeState, type Home } from './home.ts'
import { loadIdentity, type IdentityOptions } from './identity.ts'
import { temporaryHome, testIdentity } from './testing/test-region-parts.ts'

function options(home: Home, more: Partial<IdentityOptions> = {}): IdentityOptions {
  return { home, ids: randomIds, ephemeral: false, defaultRegion: 'us-east-1', ...more }
}

describe('loadIdentity', () => {
  it('makes one for an empty directory', () => {
    const identity = loadIdentity(options(temporaryHome()))
    expect(identity.region).toBe('us-east-1')
    expect(identity.accountId).toMatch(/^[1-9]\d{11}$/)
    expect(identity.adminToken).toMatch(/^[0-9a-f]{48}$/)
  })

  it('makes it of the region asked for', () => {
    expect(loadIdentity(options(temporaryHome(), { region: 'eu-west-1' })).region).toBe('eu-west-1')
  })

  it('is another for each directory', () => {
    const [one, two] = [loadIdentity(options(temporaryHome())), loadIdentity(options(temporaryHome()))]
    expect(one.adminToken).not.toBe(two.adminToken)
    expect(one.accountId).not.toBe(two.accountId)
  })

  it.each([undefined, 'eu-west-1'])('stays what it is when asked for %s', (region) => {
    const home = temporaryHome()
    writeState(home.identity, testIdentity)
    expect(loadIdentity(options(home, region === undefined ? {} : { region }))).toEqual(testIdentity)
  })

  it('refuses to be another region', () => {
    const home = temporaryHome()
    writeState(home.identity, testIdentity)
    expect(() => loadIdentity(options(home, { region: 'us-west-2' }))).toThrow(
      expect.objectContaining({
        message: `${home.directory} holds the region eu-west-1, not us-west-2`,
        help: 'Leave --region away, or choose another directory with --data.',
      }),
    )
  })

  it('is new for a region that keeps nothing', () => {
    const home = temporaryHome()
    writeState(home.identity, testIdentity)
    const identity = loadIdentity(options(home, { ephemeral: true, region: 'us-west-2' }))
    expect(identity.region).toBe('us-west-2')
    expect(identity.adminToken).not.toBe(testIdentity.adminToken)
  })
})
