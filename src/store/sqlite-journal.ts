// Owns the database file: one row a change, appended in batches, synced without blocking the event loop.
import { open, type FileHandle } from 'node:fs/promises'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

import type { Journal } from './journal.ts'
import type { DroppedVersion } from './keyspace.ts'
import { storeErrorOf } from './sqlite-error.ts'
import { PRAGMAS } from './sqlite-pragmas.ts'
import { StoreError, type Change, type Commit } from './store.ts'

// 2: records of tables have their unique keys claimed beside them. 3: the store says which region it holds, and gives
// room back. 4: clusters keep the keys that sign certificates. 6: private addresses are claimed. 7: the revision is in the id. Files
// of former formats are refused, not converted: no release wrote them.
const FORMAT = 7

// The id of a change is its revision and its place in the commit: so what a commit writes goes to the end of one table,
// and an index of revisions, which would be another page of the log for each commit, is not needed.
const PLACES = 2 ** 20

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS change (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    value TEXT,
    create_revision INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS compaction (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
  INSERT INTO compaction VALUES (1, 0) ON CONFLICT DO UPDATE SET revision = revision;
  PRAGMA user_version = ${FORMAT};
`

// Free pages that the file may keep, as a share of all; and pages (4 KiB) that are given back at once, which takes
// some milliseconds.
const FREE_SHARE = 0.25
const VACUUM_PAGES = 1_000

/** One change as it lies on disk, in the order of writing; no value means deleted. */
export interface JournalRow {
  readonly revision: number
  readonly key: string
  readonly value: string | null
  readonly createRevision: number
}

/** The journal of a store in a directory. */
export class SqliteJournal implements Journal {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #log: FileHandle
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #insert: StatementSync
  readonly #delete: StatementSync
  readonly #setCompacted: StatementSync
  readonly #forget: StatementSync
  #hasShrunk = false

  private constructor(path: string, database: DatabaseSync, log: FileHandle) {
    this.#path = path
    this.#database = database
    this.#log = log
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#insert = database.prepare(
      'INSERT INTO change (id, key, value, create_revision) VALUES (?, ?, ?, ?)',
    )
    this.#delete = database.prepare('DELETE FROM change WHERE id >= ? AND id < ? AND key = ?')
    this.#setCompacted = database.prepare('UPDATE compaction SET revision = ? WHERE id = 1')
    this.#forget = database.prepare('DELETE FROM change WHERE id >= ?')
  }

  /**
   * Opens or creates the database at `path` and locks it.
   * @throws StoreError `Locked`, `Unwritable` or `Corrupt`
   */
  static async open(path: string): Promise<SqliteJournal> {
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(path)
      database.exec(PRAGMAS)
      checkFormat(database, path)
      // Written at each opening, so that the lock is taken, the file known to be writable and the log there.
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`)
      const log = await open(`${path}-wal`, 'r+')
      await log.datasync()
      return new SqliteJournal(path, database, log)
    } catch (error) {
      database?.close()
      throw storeErrorOf(error, path)
    }
  }

  /** Everything that is there. @throws StoreError `Corrupt` */
  read(): { readonly compactedRevision: number; readonly rows: readonly JournalRow[] } {
    try {
      const compaction = this.#database.prepare('SELECT revision FROM compaction').get()
      const rows = this.#database
        .prepare(
          `SELECT id / ${PLACES} AS revision, key, value, create_revision AS createRevision FROM change ORDER BY id`,
        )
        .all()
      // The columns are declared above and written only here.
      return { compactedRevision: Number(compaction?.['revision']), rows: rows as unknown as JournalRow[] }
    } catch (error) {
      throw storeErrorOf(error, this.#path)
    }
  }

  async append(commits: readonly Commit[]): Promise<void> {
    this.#transact(() => {
      for (const { revision, changes } of commits) {
        for (const [place, change] of changes.entries()) this.#write(firstId(revision) + place, change)
      }
    })
    try {
      await this.#log.datasync()
    } catch (error) {
      throw storeErrorOf(error, this.#path)
    }
  }

  // A commit that was written but not synced is still in the log; what comes after it must not depend on whether it
  // has reached the disk. So the log is emptied into the database, which is synced by SQLite, and begins anew.
  async recover(revision: number): Promise<void> {
    this.#transact(() => {
      this.#forget.run(firstId(revision + 1))
      // Writes a page whether anything was forgotten or not: only so it is known that there is room.
      this.#database.exec('UPDATE compaction SET revision = revision')
    })
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      await this.#log.datasync()
    } catch (error) {
      throw storeErrorOf(error, this.#path)
    }
  }

  async compact(revision: number, dropped: readonly DroppedVersion[]): Promise<void> {
    this.#transact(() => {
      this.#setCompacted.run(revision)
      for (const { revision: of, key } of dropped) this.#delete.run(firstId(of), firstId(of + 1), key)
    })
  }

  // Some free pages are kept: the next commits would only take them from the file system again.
  async shrink(): Promise<boolean> {
    try {
      const free = this.#count('freelist_count')
      if (free > this.#count('page_count') * FREE_SHARE) {
        this.#database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`)
        this.#hasShrunk = true
        return true
      }
      // The file itself becomes shorter when the log is copied into it.
      if (this.#hasShrunk) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      this.#hasShrunk = false
      return false
    } catch (error) {
      throw storeErrorOf(error, this.#path)
    }
  }

  #count(pragma: 'freelist_count' | 'page_count'): number {
    return Number(this.#database.prepare(`PRAGMA ${pragma}`).get()?.[pragma])
  }

  async close(): Promise<void> {
    await this.#log.close()
    this.#database.close()
  }

  #write(id: number, change: Change): void {
    if (change.type === 'put') {
      const { key, value, createRevision } = change.entry
      this.#insert.run(id, key, value, createRevision)
    } else {
      this.#insert.run(id, change.key, null, change.previous.createRevision)
    }
  }

  #transact(work: () => void): void {
    try {
      this.#begin.run()
      work()
      this.#commit.run()
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw storeErrorOf(error, this.#path)
    }
  }
}

/** The first id of a commit's changes; those of the next one follow. */
function firstId(revision: number): number {
  return revision * PLACES
}

function checkFormat(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  // 0 is a file that was just made.
  if (version !== 0 && version !== FORMAT) {
    throw new StoreError('Corrupt', `${path} has format ${version}; this program knows format ${FORMAT} only`)
  }
}
