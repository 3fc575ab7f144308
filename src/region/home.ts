// Owns the data directory: which files lie where, and the small JSON files a region leaves for the CLI.
import { existsSync, lstatSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { dataDirectory } from '../base/data-directory.ts'
import { messageOf, UserError } from '../base/errors.ts'
import {
  makePrivateDirectory,
  readPrivateFile,
  UnsafeFileError,
  writePrivateFile,
} from '../base/private-files.ts'

/** The paths of one data directory. */
export interface Home {
  readonly directory: string
  /** The keyspace. */
  readonly store: string
  /** `RegionFile` of the region that runs; absent when none does. */
  readonly running: string
  /** `RegionIdentity`: what the CLI needs to act in the region. */
  readonly identity: string
  readonly kubeconfig: string
  /** What clients of the region trust over https. */
  readonly caBundle: string
  readonly log: string
}

const FILES = {
  store: 'store',
  running: 'region.json',
  identity: 'identity.json',
  kubeconfig: 'kubeconfig',
  caBundle: 'ca-bundle.pem',
  log: 'region.log',
  prices: 'prices.json',
} as const

const ANOTHER_DIRECTORY = 'Choose another with --data DIR or NEARGATE_HOME.'

/** The data directory: `--data`, else NEARGATE_HOME, else `~/.neargate`. */
export function homeAt(
  directory: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Home {
  const root = dataDirectory(directory, environment)
  return {
    directory: root,
    store: join(root, FILES.store),
    running: join(root, FILES.running),
    identity: join(root, FILES.identity),
    kubeconfig: join(root, FILES.kubeconfig),
    caBundle: join(root, FILES.caBundle),
    log: join(root, FILES.log),
  }
}

/** Makes the directory for this user alone. @throws UserError when it cannot be made, written, or trusted. */
export function createHome({ directory }: Home): void {
  const own: ReadonlySet<string> = new Set(Object.values(FILES))
  try {
    // A link to a directory elsewhere is a choice of the user's, as long as it is the user who made it.
    if (existsSync(directory) && lstatSync(directory).isSymbolicLink()) assertOwnLink(directory)
    const real = existsSync(directory) ? realpathSync(directory) : directory
    makePrivateDirectory(real, {
      isOurs: (entries) => entries.length === 0 || entries.some((entry) => own.has(entry)),
    })
    writePrivateFile(join(directory, '.writable'), '')
    rmSync(join(directory, '.writable'))
  } catch (error) {
    throw new UserError(`cannot use the data directory ${directory}: ${messageOf(error)}`, {
      help: helpFor(error, directory),
      cause: error,
    })
  }
}

function assertOwnLink(path: string): void {
  const user = process.getuid?.()
  if (user !== undefined && lstatSync(path).uid !== user) {
    throw new UnsafeFileError(`${path} is a symbolic link of another user`)
  }
}

function helpFor(error: unknown, directory: string): string {
  const isOpen = error instanceof UnsafeFileError && error.message.includes('is open to other users')
  return isOpen
    ? `Close it with chmod 700 ${directory}, or choose another with --data DIR.`
    : ANOTHER_DIRECTORY
}

/**
 * Reads one of the JSON files; undefined when it is not there.
 * @throws UserError when it is damaged, a link, or belongs to another user.
 */
export function readState(path: string): unknown {
  let text: string | undefined
  try {
    text = readPrivateFile(path)
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${messageOf(error)}`, {
      help: `Remove it if you did not put it there, or choose another data directory.`,
      cause: error,
    })
  }
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damaged(path, messageOf(error))
  }
}

/** The failure of one of the files that does not hold what it must: a region that starts writes it anew. */
export function damaged(path: string, why: string): UserError {
  return new UserError(`${path} is damaged: ${why}`, {
    help: `Move it away, and it is written anew with the next start: mv ${path} ${path}.damaged`,
  })
}

/** Writes one of the JSON files as a whole, readable by the owner only. */
export function writeState(path: string, value: object): void {
  writePrivateFile(path, `${JSON.stringify(value, undefined, 2)}\n`)
}

/** Removes one of the files; no error when it is not there. */
export function removeState(path: string): void {
  rmSync(path, { force: true })
}
