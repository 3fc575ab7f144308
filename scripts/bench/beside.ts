// Owns measuring servers one after the other, each alone on the machine.
import type { Figure } from './figure.ts'

/** A server that is measured. */
export interface Stoppable {
  stop(): Promise<void>
}

/** Figures of each server, in the order of their starts; a server ends before the next one starts. */
export async function* besideEachOther<T extends Stoppable>(
  starts: readonly (() => Promise<T>)[],
  measure: (target: T) => AsyncIterable<Figure> | Promise<Figure[]>,
): AsyncGenerator<Figure> {
  for (const start of starts) {
    const target = await start()
    try {
      yield* await measure(target)
    } finally {
      await target.stop()
    }
  }
}
