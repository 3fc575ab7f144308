// Owns records of stand-ins in memory: for tests and for regions that keep nothing.
import type { StandinRecord, StandinRecords } from './standin.ts'

/** Keeps records as long as the object lives. */
export class MemoryRecords implements StandinRecords {
  readonly #records = new Map<string, StandinRecord>()

  list(): readonly StandinRecord[] {
    return [...this.#records.values()]
  }

  async put(key: string, record: StandinRecord): Promise<void> {
    this.#records.set(key, record)
  }

  async delete(key: string): Promise<void> {
    this.#records.delete(key)
  }
}
