// Owns what happens when output goes nowhere: whoever reads it has enough, as `head` has, or the disk is full. The program
// ends, in the first case without a word.
import type { Writable } from 'node:stream'

import { userErrorOf } from '../base/user-error-of.ts'

// As a shell tells of a program that SIGPIPE has ended.
const BROKEN_PIPE = 141

/** Ends the program when the stream takes no more; faults that are no reader's and no system's are thrown as before. */
export function endWithReader(
  stream: Writable,
  { exit, tell }: { readonly exit: (code: number) => void; readonly tell: (error: Error) => void },
): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return exit(BROKEN_PIPE)
    const fault = userErrorOf(error)
    if (!fault) throw error
    tell(fault)
    exit(1)
  })
}
