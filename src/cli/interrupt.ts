// Owns what is said when a long run is interrupted: nothing is undone, and how to go on.
import type { Terminal } from '../terminal/terminal.ts'

// As a shell reports a program that a signal has ended: 128 and the signal's number.
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Says `text` when the process is interrupted, and ends it.
 * @param cleanUp what is done first, once; a second interrupt does not wait for it
 * @returns what turns that off again.
 */
export function onInterrupt(terminal: Terminal, text: string, cleanUp?: () => PromiseLike<void>): () => void {
  let isEnding = false
  const listeners = Object.entries(EXIT_CODES).map(([signal, code]) => {
    const listener = (): void => {
      const end = (): never => {
        terminal.error(`\n${text}`)
        process.exit(code)
      }
      if (!cleanUp || isEnding) return end()
      isEnding = true
      // However it ends, the process does.
      void cleanUp().then(end, end)
    }
    // Not once: the second of two Ctrl-C in a row would end the process with another exit code.
    process.on(signal, listener)
    return { signal, listener }
  })
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener)
  }
}

/** Resolves when the process is told to end. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of Object.keys(EXIT_CODES)) process.once(signal, () => resolve())
  })
}
