// Owns the contract of what makes commits durable: the disk below a store, or nothing.
import type { Commit } from './store.ts'
import type { DroppedVersion } from './keyspace.ts'

/** Where commits go before they are acknowledged. Calls never overlap. */
export interface Journal {
  /** Resolves once all of these are on disk; rejects with StoreError `Unwritable` when they are not. */
  append(commits: readonly Commit[]): Promise<void>
  /**
   * After a failed append: makes the disk hold exactly what was acknowledged, nothing newer than `revision`.
   * Rejects with StoreError `Unwritable` for as long as it cannot be written.
   */
  recover(revision: number): Promise<void>
  /** Removes dropped versions; a crash in between loses nothing that is still known. */
  compact(revision: number, dropped: readonly DroppedVersion[]): Promise<void>
  /** Gives room back to the file system, a little at a time. @returns true when there is more to give back. */
  shrink(): Promise<boolean>
  close(): Promise<void>
}

/** Keeps nothing: for an ephemeral store. */
export const noJournal: Journal = {
  append: async () => undefined,
  recover: async () => undefined,
  compact: async () => undefined,
  shrink: async () => false,
  close: async () => undefined,
}
