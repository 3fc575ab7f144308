import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { AdminClient } from './admin-client.ts'
import type { Home } from './home.ts'
import { runRegion, type RegionRun, type RunOptions } from './region.ts'
import { findRegion } from './running.ts'
import { temporaryHome } from './testing/test-region-parts.ts'

let home: Home

beforeEach(() => {
  home = temporaryHome()
})

async function start(more: Partial<RunOptions> = {}): Promise<RegionRun> {
  const region = await runRegion({
    home,
    ephemeral: false,
    defaultRegion: 'us-east-1',
    port: 0,
    pace: 0,
    startedBy: 'program',
    log: silentLog,
    clock: systemClock,
    environment: {},
    ...more,
  })
  onTestFinished(() => region.stop())
  return region
}

/** Whether anything listens on a port of this machine. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('connect', () => resolve(socket.destroy() !== undefined))
    socket.on('error', () => resolve(false))
  })
}

/** Waits for a port to be free: a process that another worker is forking holds a copy of a socket that was closed for moments. */
async function free(port: number): Promise<void> {
  await expect.poll(() => listens(port)).toBe(false)
}

/** A port that somebody else listens on until the end of the test. */
async function takenPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('runRegion', () => {
  it('runs, proves itself, and leaves nothing but its data when it ends', async () => {
    const phases: string[] = []
    const region = await start({ region: 'eu-west-1', onProgress: (phase) => phases.push(phase) })
    expect(phases).toEqual(['opening the store', 'starting its services and clusters'])
    expect(await findRegion(home)).toMatchObject({
      state: 'running',
      file: { pid: process.pid, endpoint: region.endpoint, region: 'eu-west-1', startedBy: 'program' },
    })
    const admin = new AdminClient(region, region.identity)
    expect(await admin.status()).toMatchObject({ region: 'eu-west-1', clusters: [] })
    await region.stop()
    await free(Number(new URL(region.endpoint).port))
    expect(readdirSync(home.directory).toSorted()).toEqual(['ca-bundle.pem', 'identity.json', 'store'])
  })

  it('is the same region at the next start, also when its identity file was lost', async () => {
    const first = await start({ region: 'eu-west-1' })
    await first.stop()
    mkdirSync(join(home.directory, 'lost'))
    const { accountId, accessKeyId, secretAccessKey } = first.identity
    const again = await start()
    expect(again.identity).toEqual(first.identity)
    await again.stop()
    writeFileSync(home.identity, '{}')
    await expect(start()).rejects.toThrow('is damaged')
    const lost = { ...home, identity: join(home.directory, 'lost', 'identity.json') }
    const third = await start({ home: lost })
    expect(third.identity).toMatchObject({ region: 'eu-west-1', accountId, accessKeyId, secretAccessKey })
  })

  it('leaves nothing behind when a port is taken', async () => {
    const port = await takenPort()
    await expect(start({ port })).rejects.toThrow(`127.0.0.1:${port}`)
    await free(port + 14)
    expect(existsSync(home.running)).toBe(false)
    await start()
  })

  it('leaves nothing behind when its last step fails', async () => {
    const port = (await takenPort()) + 100
    mkdirSync(join(home.identity, 'in the way'), { recursive: true })
    await expect(start({ port })).rejects.toThrow('identity.json')
    await free(port)
    await free(port + 14)
    expect(existsSync(home.running)).toBe(false)
  })

  it('tells the way out when what is stored is damaged', async () => {
    await (await start()).stop()
    const damage = (statement: string): void => {
      const database = new DatabaseSync(join(home.store, 'store.db'))
      database.exec(statement)
      database.close()
    }
    damage("UPDATE change SET value = '{' WHERE key LIKE '/aws/iam/%'")
    await expect(start()).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(
        /^the store cannot be used: what is stored under \/aws\/iam\/\S+ .* is damaged$/,
      ),
      help: expect.stringContaining(`mv ${home.directory} ${home.directory}.damaged`),
    })
    expect(await findRegion(home)).toEqual({ state: 'none' })
  })

  it.each(['mars-1', 'cn-north-1', 'us-gov-west-1'])(
    'refuses the name %s before it does anything',
    async (name) => {
      await expect(start({ region: name })).rejects.toMatchObject({ name: 'UserError' })
      expect(readdirSync(home.directory)).toEqual([])
    },
  )

  it('refuses a directory where another region runs', async () => {
    await start()
    await expect(start()).rejects.toMatchObject({
      message: `another region runs on ${home.directory} (pid ${process.pid})`,
    })
  })

  it('keeps nothing when it is ephemeral, and takes no other region’s place', async () => {
    const region = await start({ ephemeral: true })
    await expect(start({ ephemeral: true })).rejects.toThrow('another region runs')
    await region.stop()
    expect(existsSync(home.store)).toBe(false)
    const kept = await start({ region: 'eu-west-1' })
    expect(kept.identity.accountId).not.toBe(region.identity.accountId)
    await kept.stop()
    await expect(start({ ephemeral: true })).rejects.toThrow('holds a region that is kept')
  })
})
