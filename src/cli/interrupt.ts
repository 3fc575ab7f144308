// Owns what is said when a long run is interrupted: nothing is undone, and how to go on.
import type { Terminal } from '../terminal/terminal.ts'

// As a shell reports a program that a signal has ended: 128 and the signal's number.
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Says `text` when the process is interrupted, and ends it.
 * @returns what turns that off again.
 */
export function onInterrupt(terminal: Terminal, text: string): () => void {
  const listeners = Object.entries(EXIT_CODES).map(([signal, code]) => {
    const listener = (): void => {
      terminal.error(`\n${text}`)
      process.exit(code)
    }
    // Not once: the second of two Ctrl-C in a row would end the process with another exit code.
    process.on(signal, listener)
    return { signal, listener }
  })
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener)
  }
}
