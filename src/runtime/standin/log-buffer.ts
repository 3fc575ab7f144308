// Owns the output of one stand-in container: the last lines, and following them as they come.
import { onAbort } from '../../base/abort.ts'
import type { LogLine, LogOptions } from '../runtime.ts'

const KEPT_LINES = 1000

/** A bounded list of log lines that readers can follow until it is ended. */
export class LogBuffer {
  readonly #lines: LogLine[] = []
  readonly #wake = new Set<() => void>()
  /** How many lines were dropped from the front. */
  #dropped = 0
  #ended = false

  append(line: LogLine): void {
    this.#lines.push(line)
    // Trimming in bulk keeps appending cheap.
    if (this.#lines.length > 2 * KEPT_LINES) this.#dropped += this.#lines.splice(0, KEPT_LINES).length
    this.#notify()
  }

  /** No line comes after this; followers end. */
  end(): void {
    this.#ended = true
    this.#notify()
  }

  /** Lines that are there, and with `follow` those that come until the end or until the signal aborts. */
  async *read(options: LogOptions): AsyncGenerator<LogLine> {
    let position = this.#dropped + this.#start(options)
    for (;;) {
      position = Math.max(position, this.#dropped)
      for (; position < this.#dropped + this.#lines.length; position++) {
        const line = this.#lines[position - this.#dropped]
        if (options.signal?.aborted) return
        if (line && line.timeMs >= (options.sinceMs ?? 0)) yield line
      }
      if (!options.follow || this.#ended || options.signal?.aborted) return
      await this.#next(options.signal)
    }
  }

  #start(options: LogOptions): number {
    if (options.tailLines === undefined) return 0
    return Math.max(0, this.#lines.length - options.tailLines)
  }

  async #next(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wake.delete(wake)
        ignore?.()
        resolve()
      }
      this.#wake.add(wake)
      const ignore = signal && onAbort(signal, wake)
    })
  }

  #notify(): void {
    for (const wake of this.#wake) wake()
  }
}
