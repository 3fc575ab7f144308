// Owns files and directories that are for this user alone: no link is followed, nobody else's file is taken for ours.
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'

const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600
const OTHERS = 0o077
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** A file or directory that may be somebody else's doing: it is neither read nor written. */
export class UnsafeFileError extends Error {
  override readonly name = 'UnsafeFileError'
}

/** Whose files are ours; undefined where the system has no user ids. */
export type UserId = number | undefined

function currentUser(): UserId {
  return process.getuid?.()
}

export interface PrivateDirectoryOptions {
  /** Whether a directory that was there before, with these entries, may be closed to other users. */
  readonly isOurs: (entries: readonly string[]) => boolean
  readonly user?: UserId
}

/**
 * Makes a directory, and those above it, for this user alone. One that is there already is closed to others.
 * @throws UnsafeFileError when it is a link, belongs to another user, or is open to others and not ours to close;
 * an error of node:fs when it cannot be made.
 */
export function makePrivateDirectory(path: string, options: PrivateDirectoryOptions): void {
  const { isOurs, user = currentUser() } = options
  makeMissing(path)
  const stats = lstatSync(path)
  assertOwn(path, stats, user)
  if (!stats.isDirectory()) throw new UnsafeFileError(`${path} is not a directory`)
  if ((stats.mode & OTHERS) === 0) return
  if (!isOurs(readdirSync(path))) {
    throw new UnsafeFileError(`${path} is open to other users, and holds what is not Neargate's`)
  }
  chmodSync(path, DIRECTORY_MODE)
}

// Not `recursive: true`: below /proc, where nothing can be made, Node tries for ever.
function makeMissing(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeMissing(parent)
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE })
  } catch (error) {
    // Another process may have been faster.
    if (!isCode(error, 'EEXIST')) throw error
  }
}

/**
 * Reads a file that only this user may read, and closes it to others.
 * @returns undefined when there is none.
 * @throws UnsafeFileError when it is a link, no file, or belongs to another user.
 */
export function readPrivateFile(path: string, user: UserId = currentUser()): string | undefined {
  let file: number
  try {
    // Non-blocking, so that a pipe in its place is seen for what it is.
    file = openOwn(path, O_RDONLY | O_NONBLOCK, user)
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined
    throw error
  }
  try {
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** Writes a file as a whole, on disk before it takes the place of the one before; for this user alone. */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`
  // What a killed process of the same id left, or a link that somebody laid: removed, never followed.
  rmSync(draft, { force: true })
  const file = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE)
  try {
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Opens a file of this user alone for appending, made when there is none. @returns its descriptor. */
export function appendPrivateFile(path: string, user: UserId = currentUser()): number {
  return openOwn(path, O_WRONLY | O_APPEND | O_CREAT, user)
}

/**
 * Makes sure that a file which another library will open by its name is there, no link, ours, and closed to others.
 * @throws UnsafeFileError when it is not.
 */
export function securePrivateFile(path: string, user: UserId = currentUser()): void {
  closeSync(openOwn(path, O_WRONLY | O_CREAT | O_NONBLOCK, user))
}

function openOwn(path: string, flags: number, user: UserId): number {
  let file: number
  try {
    file = openSync(path, flags | O_NOFOLLOW, FILE_MODE)
  } catch (error) {
    // open(2) with O_NOFOLLOW: ELOOP for a link, EMLINK on BSDs.
    if (isCode(error, 'ELOOP') || isCode(error, 'EMLINK')) throw linkError(path)
    throw error
  }
  try {
    const stats = fstatSync(file)
    assertOwn(path, stats, user)
    if (!stats.isFile()) throw new UnsafeFileError(`${path} is not a file`)
    if ((stats.mode & OTHERS) !== 0) fchmodSync(file, FILE_MODE)
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function assertOwn(path: string, stats: Stats, user: UserId): void {
  if (stats.isSymbolicLink()) throw linkError(path)
  if (user !== undefined && stats.uid !== user) {
    throw new UnsafeFileError(`${path} belongs to another user (uid ${stats.uid})`)
  }
}

function linkError(path: string): UnsafeFileError {
  return new UnsafeFileError(`${path} is a symbolic link, and links to secrets are not followed`)
}

function isCode(error: unknown, code: string): boolean {
  return Error.isError(error) && 'code' in error && error.code === code
}
