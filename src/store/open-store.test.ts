import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { openStore } from './open-store.ts'
import type { Store } from './store.ts'
import { Table } from './table.ts'

let directory: string
const opened: Store[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'))
})

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  await rm(directory, { recursive: true })
})

async function open(at = directory): Promise<Store> {
  const store = await openStore({ directory: at, clock: systemClock, log: silentLog })
  opened.push(store)
  return store
}

function put(key: string, value = 'x') {
  return { operations: [{ type: 'put' as const, key, value }] }
}

describe('reopening', () => {
  it('finds values, revisions and history as they were', async () => {
    const store = await open()
    await store.commit(put('a', 'ä\u0000\n"'))
    await store.commit(put('a', '2'))
    await store.commit({ operations: [{ type: 'delete', key: 'a' }, ...put('b').operations] })
    await store.close()
    const again = await open()
    expect(again.revision).toBe(3)
    expect(again.get('a')).toBeUndefined()
    expect(again.range({ prefix: '', revision: 1 }).entries[0]?.value).toBe('ä\u0000\n"')
    expect(await again.commit(put('c'))).toBe(4)
  })

  it('keeps the revision when the newest change was a deletion and is compacted', async () => {
    const store = await open()
    await store.commit(put('a'))
    await store.commit({ operations: [{ type: 'delete', key: 'a' }] })
    await store.compact(2)
    await store.close()
    const again = await open()
    expect([again.revision, again.compactedRevision]).toEqual([2, 2])
    expect(await again.commit(put('a'))).toBe(3)
  })

  it('ends a compaction that was cut short', async () => {
    const store = await open()
    for (const value of ['1', '2', '3']) await store.commit(put('a', value))
    await store.commit({ operations: [{ type: 'delete', key: 'a' }] })
    await store.commit(put('b'))
    await store.close()
    const database = new DatabaseSync(join(directory, 'store.db'))
    database.exec('UPDATE compaction SET revision = 4; DELETE FROM change WHERE id < 2 * 1048576')
    database.close()
    const again = await open()
    expect(again.range({ prefix: '' }).entries.map((entry) => entry.key)).toEqual(['b'])
    expect([again.revision, again.compactedRevision]).toEqual([5, 4])
    await again.close()
    const after = new DatabaseSync(join(directory, 'store.db'))
    expect(after.prepare('SELECT id / 1048576 AS revision FROM change').all()).toEqual([{ revision: 5 }])
    after.close()
  })

  it('gives room back: compacted history is not on disk', async () => {
    const store = await open()
    for (let index = 0; index < 1200; index += 1) void store.commit(put('a', String(index)))
    await store.commit(put('b'))
    await store.compact(store.revision)
    await store.close()
    const database = new DatabaseSync(join(directory, 'store.db'))
    expect(database.prepare('SELECT count(*) AS n FROM change').get()).toEqual({ n: 2 })
    database.close()
  })
})

describe('other users', () => {
  it('cannot read the files, nor those of a directory that was open to them', async () => {
    await writeFile(join(directory, 'store.db'), '')
    await chmod(join(directory, 'store.db'), 0o644)
    await chmod(directory, 0o755)
    const store = await open()
    await store.commit(put('a'))
    const modes = ['.', 'store.db', 'store.db-wal', 'store.pid'].map(
      async (name) => (await stat(join(directory, name))).mode & 0o777,
    )
    expect(await Promise.all(modes)).toEqual([0o700, 0o600, 0o600, 0o600])
  })
})

describe('refusing to open', () => {
  it('names the process that has the directory', async () => {
    await open()
    await expect(open()).rejects.toMatchObject({
      code: 'Locked',
      message: `${directory} is in use by process ${process.pid}`,
    })
  })

  it('opens again once the other has closed', async () => {
    const store = await open()
    await store.close()
    await expect(open()).resolves.toBeDefined()
  })

  it('names a path that is no directory', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    const inside = join(file, 'data')
    await expect(open(inside)).rejects.toMatchObject({
      code: 'Unwritable',
      message: expect.stringContaining(inside),
    })
    await expect(open(file)).rejects.toMatchObject({ code: 'Unwritable' })
  })

  it('names a database that cannot be made', async () => {
    await mkdir(join(directory, 'store.db'))
    await expect(open()).rejects.toMatchObject({
      code: 'Unwritable',
      message: expect.stringContaining(join(directory, 'store.db')),
    })
  })

  it('calls garbage corrupt, and leaves it alone', async () => {
    const path = join(directory, 'store.db')
    await writeFile(path, 'this is not a database, although it is long enough to be taken for one'.repeat(50))
    const before = await stat(path)
    await expect(open()).rejects.toMatchObject({ code: 'Corrupt', message: expect.stringContaining(path) })
    expect((await stat(path)).size).toBe(before.size)
  })

  it('calls a truncated database corrupt', async () => {
    const store = await open()
    for (let index = 0; index < 200; index += 1) void store.commit(put(`k${index}`, 'x'.repeat(1000)))
    await store.commit(put('last'))
    await store.close()
    await truncate(join(directory, 'store.db'), 40_000)
    await expect(open()).rejects.toMatchObject({ code: 'Corrupt' })
  })

  it('calls a row that is no JSON corrupt, and names it', async () => {
    const store = await open()
    await store.commit(put('/roles/a', '{"name":"a"}'))
    await store.commit(put('/roles/b', '{"name":"b"}'))
    await store.close()
    const database = new DatabaseSync(join(directory, 'store.db'))
    database.exec(`UPDATE change SET value = '{"na' WHERE key = '/roles/b'`)
    database.close()
    const roles = new Table(await open(), 'roles')
    expect(roles.get('a')).toEqual({ name: 'a' })
    const damaged = { code: 'Corrupt', message: 'what is stored under /roles/b (revision 2) is damaged' }
    expect(() => roles.get('b')).toThrow(expect.objectContaining(damaged))
    expect(() => roles.list()).toThrow(expect.objectContaining(damaged))
  })

  it('follows no links, and takes no directory of somebody else', async () => {
    const target = join(directory, 'target')
    const linked = join(directory, 'linked')
    await mkdir(linked, { mode: 0o700 })
    await symlink(target, join(linked, 'store.db'))
    await expect(open(linked)).rejects.toMatchObject({
      code: 'Unwritable',
      message: expect.stringContaining('is a symbolic link'),
    })
    expect(existsSync(target)).toBe(false)
    const shared = join(directory, 'shared')
    await mkdir(shared)
    await chmod(shared, 0o755)
    await writeFile(join(shared, 'notes'), '')
    await expect(open(shared)).rejects.toMatchObject({ code: 'Unwritable' })
  })

  it.each([1, 2, 3, 4, 99])('does not touch a file of format %i', async (format) => {
    await (await open()).close()
    const database = new DatabaseSync(join(directory, 'store.db'))
    database.exec(`PRAGMA user_version = ${format}`)
    database.close()
    await expect(open()).rejects.toMatchObject({
      code: 'Corrupt',
      message: expect.stringContaining(`has format ${format}; this program knows format 7 only`),
    })
  })
})

it('keeps nothing on disk for :memory:', async () => {
  const before = await readdir('.')
  const store = await open(':memory:')
  await store.commit(put('a'))
  expect(store.get('a')?.value).toBe('x')
  expect(await readdir('.')).toEqual(before)
})

// Commits from 16 loops at once, each acknowledged on standard output once it has resolved.
const WRITER = `
  import { openStore } from ${JSON.stringify(new URL('open-store.ts', import.meta.url).href)}
  import { systemClock } from ${JSON.stringify(new URL('../base/clock.ts', import.meta.url).href)}
  import { silentLog } from ${JSON.stringify(new URL('../base/log.ts', import.meta.url).href)}
  import { writeSync } from 'node:fs'
  const store = await openStore({ directory: process.argv[1], clock: systemClock, log: silentLog })
  const loop = async (loop) => {
    for (let n = 0; ; n += 1) {
      const key = '/' + loop + '/' + n
      const revision = await store.commit({ operations: [{ type: 'put', key, value: 'x'.repeat(500) }] })
      writeSync(1, key + ' ' + revision + '\\n')
      if (n % 40 === 39) await store.compact(revision - 20)
    }
  }
  await Promise.all(Array.from({ length: 16 }, (_, index) => loop(index)))
`

it('has every acknowledged commit after kill -9, and can be opened at once', { retry: 0 }, async () => {
  for (const lines of [5, 700, 3000]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', WRITER, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    const acknowledged: string[] = []
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(line)
      if (acknowledged.length === 1) {
        await expect(open()).rejects.toMatchObject({
          code: 'Locked',
          message: `${directory} is in use by process ${child.pid}`,
        })
      }
      if (acknowledged.length === lines) child.kill('SIGKILL')
    }
    await exited
    const store = await open()
    for (const line of acknowledged) {
      const [key = '', revision] = line.split(' ')
      expect(store.get(key)?.modRevision, key).toBe(Number(revision))
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(lines)
    await store.close()
    await rm(directory, { recursive: true })
    await mkdir(directory)
  }
})
