// Owns waiting in whole-program tests: a condition with a deadline.
import { setTimeout as sleep } from 'node:timers/promises'

const STEP_MS = 50
const DEADLINE_MS = 20_000

/** Asks until there is an answer. @throws Error that names what did not come in time. */
export async function eventually<T>(probe: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const value = await probe()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`)
    await sleep(STEP_MS)
  }
}
