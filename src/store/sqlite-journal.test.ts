import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { SqliteJournal } from './sqlite-journal.ts'
import type { Commit } from './store.ts'

let path: string

beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'journal-'))
  path = join(directory, 'store.db')
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
})

function commit(revision: number, value = 'x'): Commit {
  const entry = { key: `k${revision}`, value, createRevision: revision, modRevision: revision }
  return { revision, changes: [{ type: 'put', entry, previous: undefined }] }
}

async function revisionsAt(reopened: string): Promise<number[]> {
  const journal = await SqliteJournal.open(reopened)
  const { rows } = journal.read()
  await journal.close()
  return rows.map(({ revision }) => revision)
}

describe('recovery', () => {
  it('keeps what was acknowledged and nothing newer, so that its revisions can be given again', async () => {
    const journal = await SqliteJournal.open(path)
    await journal.append([commit(1), commit(2), commit(3), commit(4)])
    await journal.recover(2)
    await journal.append([commit(3, 'again')])
    expect(journal.read().rows.map(({ revision, value }) => [revision, value])).toEqual([
      [1, 'x'],
      [2, 'x'],
      [3, 'again'],
    ])
    await journal.close()
    expect(await revisionsAt(path)).toEqual([1, 2, 3])
  })

  it('begins the log anew: nothing that comes after depends on what may not have reached the disk', async () => {
    const journal = await SqliteJournal.open(path)
    await journal.append([commit(1)])
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0)
    await journal.recover(1)
    expect((await stat(`${path}-wal`)).size).toBe(0)
    await journal.close()
    expect(await revisionsAt(path)).toEqual([1])
  })
})

describe('room', () => {
  const LARGE = 'x'.repeat(4_000)
  const COUNT = 3_000

  /** Writes 12 MB and drops all but the last of it. */
  async function filled(): Promise<SqliteJournal> {
    const journal = await SqliteJournal.open(path)
    const commits = Array.from({ length: COUNT }, (_, index) => commit(index + 1, LARGE))
    await journal.append(commits)
    await journal.compact(
      COUNT,
      commits.slice(0, -1).map(({ revision }) => ({ key: `k${revision}`, revision })),
    )
    return journal
  }

  it('is given back to the file system, piece by piece', async () => {
    const journal = await filled()
    const before = (await stat(path)).size
    expect(before).toBeGreaterThan(8_000_000)
    let steps = 0
    while (await journal.shrink()) steps += 1
    expect(steps).toBeGreaterThan(1)
    expect((await stat(path)).size).toBeLessThan(before / 10)
    await journal.close()
    expect(await revisionsAt(path)).toEqual([COUNT])
  })

  it('is kept where little of it is free', async () => {
    const journal = await SqliteJournal.open(path)
    await journal.append(Array.from({ length: 100 }, (_, index) => commit(index + 1, LARGE)))
    await journal.compact(10, [{ key: 'k1', revision: 1 }])
    expect(await journal.shrink()).toBe(false)
    await journal.close()
  })
})
