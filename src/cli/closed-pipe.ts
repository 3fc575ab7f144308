// Owns what happens when whoever reads the output has enough, as `head` has: the program ends, and says nothing.
import type { Writable } from 'node:stream'

// As a shell tells of a program that SIGPIPE has ended.
const BROKEN_PIPE = 141

/** Ends the program when the stream is read no further; other faults of the stream are thrown as before. */
export function endWithReader(stream: Writable, exit: (code: number) => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    exit(BROKEN_PIPE)
  })
}
