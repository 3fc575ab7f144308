// Owns the opening of a durable store: the directory, its lock, and loading what is there.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import {
  makePrivateDirectory,
  readPrivateFile,
  securePrivateFile,
  writePrivateFile,
} from '../base/private-files.ts'
import { JournaledStore } from './journaled-store.ts'
import { Keyspace, type DroppedVersion } from './keyspace.ts'
import { createMemoryStore } from './memory-store.ts'
import { SqliteJournal, type JournalRow } from './sqlite-journal.ts'
import { isStoreError, StoreError, type Change, type Entry, type Store } from './store.ts'

export interface OpenStoreOptions {
  /** Made when it is not there; `:memory:` for a store that forgets everything when it is closed. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * Opens the store of a directory, for this process alone.
 * @throws StoreError `Locked` naming the process that has it, `Unwritable` or `Corrupt` naming the path
 */
export async function openStore({ directory, clock, log }: OpenStoreOptions): Promise<Store> {
  if (directory === ':memory:') return createMemoryStore(log)
  secure(directory)
  const startedAt = clock.now()
  const journal = await openLocked(directory)
  try {
    const { rows, compactedRevision } = journal.read()
    const { keyspace, leftovers } = load(rows, compactedRevision)
    // A compaction that was cut short has left rows that nothing can ask for any more.
    if (leftovers.length > 0) await journal.compact(compactedRevision, leftovers)
    log.debug('store opened', { directory, rows: rows.length, tookMs: clock.now() - startedAt })
    return new JournaledStore(keyspace, journal, { log, clock })
  } catch (error) {
    await journal.close()
    throw error
  }
}

const DATABASE = 'store.db'

// Only for the user: Secrets and keys are in there. SQLite itself follows links and leaves files open to others.
function secure(directory: string): void {
  try {
    makePrivateDirectory(directory, {
      isOurs: (entries) => entries.length === 0 || entries.includes(DATABASE),
    })
    const database = join(directory, DATABASE)
    for (const path of [database, `${database}-wal`]) {
      if (path === database || existsSync(path)) securePrivateFile(path)
    }
  } catch (error) {
    throw new StoreError('Unwritable', `cannot use ${directory}: ${messageOf(error)}`, { cause: error })
  }
}

async function openLocked(directory: string): Promise<SqliteJournal> {
  const ownerPath = join(directory, 'store.pid')
  const journal = await SqliteJournal.open(join(directory, DATABASE)).catch((error: unknown) => {
    if (!isStoreError(error, 'Locked')) throw error
    const owner = readPrivateFile(ownerPath)?.trim()
    const who = owner ? `process ${owner}` : 'another process'
    throw new StoreError('Locked', `${directory} is in use by ${who}`, { cause: error })
  })
  try {
    // The lock is SQLite's, and ends with the process; this only says whose it is.
    writePrivateFile(ownerPath, `${process.pid}\n`)
    return journal
  } catch (error) {
    await journal.close()
    throw new StoreError('Unwritable', `cannot write ${ownerPath}: ${messageOf(error)}`, { cause: error })
  }
}

interface Loaded {
  readonly keyspace: Keyspace
  readonly leftovers: DroppedVersion[]
}

function load(rows: readonly JournalRow[], compactedRevision: number): Loaded {
  const keyspace = new Keyspace()
  const first = rows.findIndex((row) => row.revision > compactedRevision)
  const settled = first < 0 ? rows : rows.slice(0, first)
  const { alive, leftovers } = newestOf(settled)
  keyspace.restore(alive, compactedRevision)
  for (const changes of byRevision(rows.slice(settled.length))) {
    keyspace.apply({
      revision: changes[0]?.revision ?? 0,
      changes: changes.map((row) => changeOf(row, keyspace)),
    })
  }
  return { keyspace, leftovers }
}

function newestOf(rows: readonly JournalRow[]): { alive: Entry[]; leftovers: DroppedVersion[] } {
  const newest = new Map(rows.map((row) => [row.key, row]))
  const isAlive = (row: JournalRow): boolean => row.value !== null && newest.get(row.key) === row
  const alive = rows.filter(isAlive).map(entryOf)
  return {
    alive: alive.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    leftovers: rows.filter((row) => !isAlive(row)).map(({ key, revision }) => ({ key, revision })),
  }
}

function byRevision(rows: readonly JournalRow[]): JournalRow[][] {
  const commits: JournalRow[][] = []
  for (const row of rows) {
    const last = commits.at(-1)
    if (last?.[0]?.revision === row.revision) last.push(row)
    else commits.push([row])
  }
  return commits
}

function changeOf(row: JournalRow, keyspace: Keyspace): Change {
  const previous = keyspace.get(row.key)
  if (row.value !== null) return { type: 'put', entry: entryOf(row), previous }
  if (!previous) throw new StoreError('Corrupt', `${row.key} is deleted at ${row.revision} but never written`)
  return { type: 'delete', key: row.key, revision: row.revision, previous }
}

function entryOf({ key, value, revision, createRevision }: JournalRow): Entry {
  return { key, value: value ?? '', createRevision, modRevision: revision, memo: undefined, view: undefined }
}
