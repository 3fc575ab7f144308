// Owns how the files of a store are opened: locked, and synced by their writers instead of by SQLite.

// Locking mode EXCLUSIVE keeps the file lock for as long as the process lives, and needs no shared memory.
// Synchronous NORMAL leaves out SQLite's own sync at each commit, which would block the event loop: its writer syncs
// the write-ahead log itself, on a thread of libuv, before anything is acknowledged. Checkpoints still sync.
// Auto-vacuum INCREMENTAL lets the file give room back piece by piece; it has to be chosen before the first table.
/** How every file of a store is opened. */
export const PRAGMAS = `
  PRAGMA busy_timeout = 0;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
`
