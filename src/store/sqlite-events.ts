// Owns the file of events: one row an event, synced without blocking the event loop, bounded in size.
import { open, type FileHandle } from 'node:fs/promises'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

import { securePrivateFile } from '../base/private-files.ts'
import type { EventQuery, EventStore, NewEvent, StoredEvent, StreamExtent } from './event-store.ts'
import { storeErrorOf } from './sqlite-error.ts'
import { PRAGMAS } from './sqlite-pragmas.ts'
import { StoreError } from './store.ts'

const FORMAT = 1

/** What a region keeps of log messages by default. */
export const DEFAULT_MAX_BYTES = 256 * 1024 * 1024

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    at INTEGER NOT NULL,
    ingested INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    message TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS event_time ON event (stream, at, id);
  CREATE TABLE IF NOT EXISTS stream (name TEXT PRIMARY KEY, ingested INTEGER NOT NULL, bytes INTEGER NOT NULL);
  PRAGMA user_version = ${FORMAT};
`

const COLUMNS = 'id, stream, at AS timestampMs, ingested AS ingestedAtMs, message'
/** "26 bytes for each log event" (API_PutLogEvents). */
const BYTES_AN_EVENT = 26
/** Rows that go at once when the store is full: one part in so many, so that not every append has to make room. */
const TRIM_PART = 16

export interface EventStoreOptions {
  /** Bytes of messages to keep; `DEFAULT_MAX_BYTES` by default. */
  readonly maxBytes?: number
}

/**
 * Opens or creates the events at `path`, for this process alone; `:memory:` for events that are gone with the process.
 * @throws StoreError `Locked`, `Unwritable` or `Corrupt`
 */
export async function openEvents(path: string, options: EventStoreOptions = {}): Promise<EventStore> {
  let database: DatabaseSync | undefined
  try {
    // Only for the user, whatever SQLite would make of it.
    if (path !== ':memory:') securePrivateFile(path)
    database = new DatabaseSync(path)
    database.exec(PRAGMAS)
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
    if (version !== 0 && version !== FORMAT) {
      throw new StoreError(
        'Corrupt',
        `${path} has format ${version}; this program knows format ${FORMAT} only`,
      )
    }
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`)
    const log = path === ':memory:' ? undefined : await open(`${path}-wal`, 'r+')
    await log?.datasync()
    return new SqliteEvents({ path, database, log, maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES })
  } catch (error) {
    database?.close()
    throw storeErrorOf(error, path)
  }
}

interface Parts {
  readonly path: string
  readonly database: DatabaseSync
  /** The write-ahead log; none in memory. */
  readonly log: FileHandle | undefined
  readonly maxBytes: number
}

class SqliteEvents implements EventStore {
  readonly #parts: Parts
  readonly #insert: StatementSync
  readonly #account: StatementSync
  readonly #extent: StatementSync
  /** Bytes of all events. */
  #bytes: number
  #failure: StoreError | undefined
  /** The sync that is going on, and the one that everybody waits for who has written since it began. */
  #syncing: Promise<void> | undefined
  #nextSync: Promise<void> | undefined

  constructor(parts: Parts) {
    const { database } = parts
    this.#parts = parts
    this.#insert = database.prepare(
      'INSERT INTO event (stream, at, ingested, bytes, message) VALUES (?, ?, ?, ?, ?)',
    )
    this.#account = database.prepare(
      `INSERT INTO stream VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
       ingested = max(ingested, excluded.ingested), bytes = bytes + excluded.bytes`,
    )
    this.#extent = database.prepare(
      `SELECT (SELECT min(at) FROM event WHERE stream = name) AS firstMs,
       (SELECT max(at) FROM event WHERE stream = name) AS lastMs,
       ingested AS lastIngestedMs, bytes FROM stream WHERE name = ?`,
    )
    this.#bytes = Number(database.prepare('SELECT total(bytes) AS bytes FROM stream').get()?.['bytes'])
  }

  async append(stream: string, events: readonly NewEvent[], ingestedAtMs: number): Promise<void> {
    if (events.length === 0) return
    this.#write(() => {
      let added = 0
      for (const { timestampMs, message } of events) {
        const bytes = Buffer.byteLength(message) + BYTES_AN_EVENT
        this.#insert.run(stream, timestampMs, ingestedAtMs, bytes, message)
        added += bytes
      }
      this.#account.run(stream, ingestedAtMs, added)
      this.#bytes += added
      if (this.#bytes > this.#parts.maxBytes) this.#trim()
    })
    await this.#synced()
  }

  // The oldest arrivals go, a good part at once.
  #trim(): void {
    const { database, maxBytes } = this.#parts
    const surplus = this.#bytes - maxBytes + Math.floor(maxBytes / TRIM_PART)
    let freed = 0
    let last = 0
    for (const row of database.prepare('SELECT id, bytes FROM event ORDER BY id').iterate()) {
      if (freed >= surplus) break
      freed += Number(row['bytes'])
      last = Number(row['id'])
    }
    this.#forget('id <= ?', last)
  }

  #forget(condition: string, ...values: (string | number)[]): void {
    const { database } = this.#parts
    const gone = database.prepare(
      `SELECT stream, sum(bytes) AS bytes FROM event WHERE ${condition} GROUP BY stream`,
    )
    for (const { stream, bytes } of gone.all(...values)) {
      this.#account.run(String(stream), 0, -Number(bytes))
      this.#bytes -= Number(bytes)
    }
    database.prepare(`DELETE FROM event WHERE ${condition}`).run(...values)
    database.exec('DELETE FROM stream WHERE bytes <= 0')
  }

  *read(query: EventQuery): IterableIterator<StoredEvent> {
    const { streams, fromMs, toMs, after, backwards = false } = query
    const conditions = ['stream IN (SELECT value FROM json_each(?))']
    const values: (string | number)[] = [JSON.stringify(streams)]
    const add = (condition: string, ...given: number[]): void => {
      conditions.push(condition)
      values.push(...given)
    }
    if (fromMs !== undefined) add('at >= ?', fromMs)
    if (toMs !== undefined) add('at < ?', toMs)
    if (after) add(`(at, id) ${backwards ? '<' : '>'} (?, ?)`, after.timestampMs, after.id)
    const order = backwards ? 'at DESC, id DESC' : 'at, id'
    const rows = this.#parts.database.prepare(
      `SELECT ${COLUMNS} FROM event WHERE ${conditions.join(' AND ')} ORDER BY ${order}`,
    )
    // The columns are those of the interface.
    for (const row of rows.iterate(...values)) yield row as unknown as StoredEvent
  }

  extentOf(stream: string): StreamExtent | undefined {
    // The columns are those of the interface.
    return this.#extent.get(stream) as unknown as StreamExtent | undefined
  }

  streams(): string[] {
    const rows = this.#parts.database.prepare('SELECT name FROM stream ORDER BY name').all()
    return rows.map((row) => String(row['name']))
  }

  async drop(stream: string, beforeMs?: number): Promise<void> {
    this.#write(() => {
      if (beforeMs === undefined) this.#forget('stream = ?', stream)
      else this.#forget('stream = ? AND at < ?', stream, beforeMs)
    })
    this.#parts.database.exec('PRAGMA incremental_vacuum')
    await this.#synced()
  }

  async close(): Promise<void> {
    this.#failure ??= new StoreError('Closed', 'the events are closed')
    await this.#syncing
    await this.#nextSync
    await this.#parts.log?.close()
    this.#parts.database.close()
  }

  #write(work: () => void): void {
    if (this.#failure) throw this.#failure
    const { database, path } = this.#parts
    const bytes = this.#bytes
    try {
      database.exec('BEGIN IMMEDIATE')
      work()
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      this.#bytes = bytes
      throw storeErrorOf(error, path)
    }
  }

  // Whoever writes during a sync needs another one, all of them the same.
  async #synced(): Promise<void> {
    this.#nextSync ??= (this.#syncing ?? Promise.resolve()).then(() => {
      this.#nextSync = undefined
      this.#syncing = this.#sync()
      return this.#syncing
    })
    await this.#nextSync
    if (this.#failure && this.#failure.code !== 'Closed') throw this.#failure
  }

  async #sync(): Promise<void> {
    const { log, path } = this.#parts
    try {
      await log?.datasync()
    } catch (error) {
      // What is on disk after a failed sync is unknown: no more writes until the file is opened again.
      this.#failure = storeErrorOf(error, path)
    }
  }
}
