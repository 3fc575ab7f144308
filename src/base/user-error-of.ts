// Owns what faults of the operating system mean to a person: they are no defects of the program.
import { UserError } from './errors.ts'

const FAULTS: Readonly<Record<string, readonly [what: string, help: string]>> = {
  ENOSPC: ['the disk is full', 'Make room, and run the same command again.'],
  EDQUOT: ['your quota of the disk is used up', 'Make room, and run the same command again.'],
  EROFS: ['the file system is read-only', 'Choose another place, for data with --data DIR or NEARGATE_HOME.'],
  EACCES: [
    'this user may not do that',
    'Give the rights, or choose another place: --data DIR or NEARGATE_HOME.',
  ],
  EMFILE: [
    'too many files are open in this process',
    'Raise the limit, and run the same command again: ulimit -n 8192',
  ],
  ENFILE: ['too many files are open on this machine', 'Close some programs, and run the same command again.'],
}

/** An error for a person: one that is, and a fault of the system in words, with what to do; undefined for whatever else it is. */
export function userErrorOf(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error
  if (!Error.isError(error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const fault = FAULTS[error.code]
  if (!fault) return undefined
  const [what, help] = fault
  return new UserError(`${what}: ${error.message}`, { help, cause: error })
}
