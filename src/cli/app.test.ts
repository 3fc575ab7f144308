import { rmSync, writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { pretendRegion, testIdentity } from '../region/testing/test-region-parts.ts'
import { connectNear, ensureNear } from './app.ts'
import { testApp } from './testing/test-app.ts'

// Above the largest process id that Linux gives (2^22).
const NO_PROCESS = 2 ** 22 + 1

describe('connectNear', () => {
  it('finds the region that runs on the data directory', async () => {
    const { app, home } = testApp()
    const endpoint = await pretendRegion(home)
    expect(await connectNear(app)).toMatchObject({
      home: { directory: home.directory },
      running: { endpoint, pid: process.pid },
      identity: testIdentity,
    })
  })

  it('looks into another directory when told to', async () => {
    const { app } = testApp()
    const { home } = testApp()
    await pretendRegion(home)
    expect((await connectNear(app, { directory: home.directory })).home.directory).toBe(home.directory)
  })

  it('says so when none runs, and how to start one', async () => {
    const { app, home } = testApp()
    await expect(connectNear(app)).rejects.toMatchObject({
      message: `no near region runs on ${home.directory}`,
      help: expect.stringContaining('neargate start'),
    })
  })

  it('takes a region whose process is gone, and whose port is somebody else’s, for none', async () => {
    const { app, home } = testApp()
    const stranger = await pretendRegion(testApp().home)
    await pretendRegion(home, { pid: NO_PROCESS, endpoint: stranger })
    await expect(connectNear(app)).rejects.toThrow('no near region runs')
  })

  it('says so when it is there and does not answer', async () => {
    const { app, home } = testApp()
    await pretendRegion(home, { endpoint: 'http://127.0.0.1:1' })
    await expect(connectNear(app)).rejects.toMatchObject({
      message: `the near region on ${home.directory} (pid ${process.pid}) does not answer: it is ending, or hangs`,
      help: expect.stringContaining('neargate stop'),
    })
  })

  it('says so when the identity was taken away, or is damaged', async () => {
    const { app, home } = testApp()
    await pretendRegion(home)
    writeFileSync(home.identity, '{}')
    await expect(connectNear(app)).rejects.toThrow(`${home.identity} is damaged: it has no region`)
    rmSync(home.identity)
    await expect(connectNear(app)).rejects.toThrow(`${home.identity} is missing`)
  })
})

describe('ensureNear', () => {
  it('takes the region that runs', async () => {
    const { app, home } = testApp()
    await pretendRegion(home)
    let started = false
    const onStart = (): void => void (started = true)
    expect(await ensureNear(app, 'eu-west-1', { onStart })).toMatchObject({ started: false })
    expect(started).toBe(false)
  })

  it('adds the region that the file wants to one that runs', async () => {
    const { app, home } = testApp()
    await pretendRegion(home)
    const near = await ensureNear(app, 'us-west-2', { onStart: () => undefined })
    expect(near.identity.region).toBe('us-west-2')
    expect(await near.admin.regions()).toEqual(['eu-west-1', 'us-west-2'])
  })
})
