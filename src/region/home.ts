// Owns the data directory: which files lie where, and the small JSON files a region leaves for the CLI.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

import { messageOf, UserError } from '../base/errors.ts'

/** The paths of one data directory. */
export interface Home {
  readonly directory: string
  /** The keyspace. */
  readonly store: string
  /** `RegionFile` of a running region; absent when none runs. */
  readonly running: string
  /** `RegionIdentity`: what stays the same over restarts. */
  readonly identity: string
  readonly kubeconfig: string
  readonly log: string
}

/** What never changes about a region once its directory exists. Readable by the owner only: it holds keys. */
export interface RegionIdentity {
  readonly region: string
  readonly accountId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Bearer token of the region's own endpoints under `/_neargate/`. */
  readonly adminToken: string
}

/** What a running region says of itself. */
export interface RunningRegion {
  readonly pid: number
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly startedAt: string
  /** Made by `up` rather than by `start`: `down` ends it when nothing is left in it. */
  readonly startedBy: 'start' | 'up'
}

/** The data directory: `--data`, else NEARGATE_HOME, else `~/.neargate`. */
export function homeAt(
  directory: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Home {
  const chosen = directory ?? environment['NEARGATE_HOME']
  const root = chosen === undefined || chosen === '' ? join(homedir(), '.neargate') : resolve(chosen)
  return {
    directory: root,
    store: join(root, 'store'),
    running: join(root, 'region.json'),
    identity: join(root, 'identity.json'),
    kubeconfig: join(root, 'kubeconfig'),
    log: join(root, 'region.log'),
  }
}

/** Makes the directory. @throws UserError when it cannot be written. */
export function createHome(home: Home): void {
  try {
    mkdirSync(home.directory, { recursive: true, mode: 0o700 })
    const probe = join(home.directory, '.writable')
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    throw new UserError(`cannot write to the data directory ${home.directory}: ${messageOf(error)}`, {
      help: 'Choose another with --data DIR or NEARGATE_HOME.',
      cause: error,
    })
  }
}

/** Reads one of the JSON files; undefined when it is not there. */
export function readState<T>(path: string): T | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new UserError(`cannot read ${path}: ${messageOf(error)}`, { cause: error })
  }
  try {
    // Only writeState writes these files.
    return JSON.parse(text) as T
  } catch (error) {
    throw new UserError(`${path} is damaged: ${messageOf(error)}`, {
      help: 'Move it away and start again.',
      cause: error,
    })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** Writes one of the JSON files as a whole, readable by the owner only. */
export function writeState(path: string, value: object): void {
  writeText(path, `${JSON.stringify(value, undefined, 2)}\n`)
}

/** Writes a file as a whole, so that a reader never sees half of it; readable by the owner only. */
export function writeText(path: string, text: string): void {
  const draft = `${path}.new`
  writeFileSync(draft, text, { mode: 0o600 })
  renameSync(draft, path)
}

/** Removes one of the files; no error when it is not there. */
export function removeState(path: string): void {
  rmSync(path, { force: true })
}

/** True when a process of this id runs. One that has ended but was not reaped by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isZombie(pid: number): boolean {
  try {
    // proc(5): the state follows the name, which is in parentheses and may contain any character.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z') ?? false
  } catch {
    // No /proc on this system: then a process that can be signalled counts as alive.
    return false
  }
}

/** The region that runs on this directory; undefined when none does. */
export function runningRegion(home: Home): RunningRegion | undefined {
  const state = readState<RunningRegion>(home.running)
  return state && isAlive(state.pid) ? state : undefined
}
