import { rmSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { UserError } from '../base/errors.ts'
import { writeState } from '../region/home.ts'
import { testIdentity } from '../region/testing/test-region-parts.ts'
import { connectNear, ensureNear } from './app.ts'
import { pretendRunning, testApp } from './testing/test-app.ts'

describe('connectNear', () => {
  it('finds the region that runs on the data directory', () => {
    const { app, home } = testApp()
    pretendRunning(home, 'http://127.0.0.1:4999')
    expect(connectNear(app)).toMatchObject({
      home: { directory: home.directory },
      running: { endpoint: 'http://127.0.0.1:4999', pid: process.pid },
      identity: testIdentity,
    })
  })

  it('looks into another directory when told to', () => {
    const { app } = testApp()
    const { home } = testApp()
    pretendRunning(home)
    expect(connectNear(app, home.directory).home.directory).toBe(home.directory)
  })

  it('says so when none runs, and how to start one', () => {
    const { app, home } = testApp()
    expect(() => connectNear(app)).toThrow(
      expect.objectContaining({
        message: `no near region runs on ${home.directory}`,
        help: expect.stringContaining('neargate start'),
      }),
    )
  })

  it('takes a region whose process is gone for none', () => {
    const { app, home } = testApp()
    pretendRunning(home)
    // Above the largest process id that Linux gives (2^22).
    writeState(home.running, { pid: 2 ** 22 + 1, endpoint: 'x', startedAt: '', startedBy: 'start' })
    expect(() => connectNear(app)).toThrow('no near region runs')
  })

  it('says so when the identity was taken away', () => {
    const { app, home } = testApp()
    pretendRunning(home)
    rmSync(home.identity)
    expect(() => connectNear(app)).toThrow(`${home.identity} is missing`)
  })
})

describe('ensureNear', () => {
  it('takes the region that runs', async () => {
    const { app, home } = testApp()
    pretendRunning(home)
    let started = false
    expect(await ensureNear(app, 'eu-west-1', () => (started = true))).toMatchObject({ started: false })
    expect(started).toBe(false)
  })

  it.each([
    ['runs', true],
    ['was there before', false],
  ])('does not take another region that %s for the one the file wants', async (_, running) => {
    const { app, home } = testApp()
    if (running) pretendRunning(home)
    else writeState(home.identity, testIdentity)
    const failed = await ensureNear(app, 'us-west-2', () => undefined).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UserError)
    expect(failed).toMatchObject({
      message: `the near region on ${home.directory} is eu-west-1, the file wants us-west-2`,
      help: 'Set metadata.region to eu-west-1, or give the other region a directory of its own: NEARGATE_HOME=~/.neargate-us-west-2',
    })
  })
})
