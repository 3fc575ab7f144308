// Owns trials of calls that fail: each call in its turn, one after the other; runs that are cut off at a call and taken back; calls
// that fail once and are tried again.
import { isDeepStrictEqual } from 'node:util'

import { NAMED_ERRORS, type NamedError } from '../../../../src/aws/faults/fault.ts'
import { CALLER, type Ended, type Fault, type Trial } from './trial.ts'
import type { Verdict } from './verdict.ts'

const EVERY = { operation: '*:*', caller: CALLER }
// More calls than a run has: it has not come to its end.
const MOST_CALLS = 1000

type Counts = Readonly<Record<string, number>>

/** What an undisturbed run makes, and how many calls it takes. */
export interface Whole {
  readonly made: Counts
  readonly calls: number
}

/** Builds and removes undisturbed. */
export async function whole(trial: Trial, verdict: Verdict): Promise<Whole> {
  const up = await trial.run('up', [])
  verdict.expect(up.failure === '', `up ends with: ${up.failure}`)
  const made = await trial.left()
  await cleared(trial, verdict, 'an undisturbed up')
  return { made, calls: up.calls }
}

/** `down`, and the look that nothing is left. */
export async function cleared(trial: Trial, verdict: Verdict, after: string): Promise<void> {
  const { failure } = await trial.run('down', [])
  verdict.expect(failure === '', `down after ${after} ends with: ${failure}`)
  const left = await trial.left()
  verdict.expect(isDeepStrictEqual(left, {}), `down after ${after} leaves ${JSON.stringify(left)}`)
}

/**
 * Runs a command again and again, each time with one further call that fails for good: every one of its calls, those that make
 * something among them, fails once and is gone on from.
 * @returns how many were struck
 */
export async function stairs(
  trial: Trial,
  command: 'up' | 'down',
  { error, made, verdict }: { readonly error: NamedError; readonly made: Counts; readonly verdict: Verdict },
): Promise<number> {
  let struck = 0
  for (let from = 1; from < MOST_CALLS; from += 1) {
    const ended = await trial.run(command, [{ ...EVERY, error, from, times: 1 }], 1)
    if (ended.strikes[0] === 0) break
    struck += 1
    verdict.said(error, ended, `${command} with ${error} at call ${from}`)
    // What was made is not made again: the next steps would not be reached.
    if (ended.failure === '' && command === 'up') await cleared(trial, verdict, `${error} at call ${from}`)
  }
  const where = `${command} with ${error} at each call`
  if (command === 'down') await cleared(trial, verdict, where)
  else {
    const left = await trial.left()
    verdict.expect(isDeepStrictEqual(left, made), `${where} makes ${JSON.stringify(left)}`)
  }
  return struck
}

/**
 * Cuts `up` off at a call, from where on all fail; then `down` takes away what there is, or, every second time, `up` goes on
 * first.
 */
export async function cut(
  trial: Trial,
  from: number,
  { made, verdict }: { readonly made: Counts; readonly verdict: Verdict },
): Promise<void> {
  const error = NAMED_ERRORS[from % NAMED_ERRORS.length] ?? 'unavailable'
  const where = `${error} from call ${from} on`
  const ended = await trial.run('up', [{ ...EVERY, error, from }], 1)
  verdict.said(error, ended, `up with ${where}`)
  if (from % 2 === 0) {
    const { failure } = await trial.run('up', [])
    verdict.expect(failure === '', `up after ${where} ends with: ${failure}`)
    const left = await trial.left()
    verdict.expect(isDeepStrictEqual(left, made), `up after ${where} makes ${JSON.stringify(left)}`)
  }
  await cleared(trial, verdict, where)
}

/** Every fourth call fails once, and is tried again by the SDK: nobody notices, whatever it was. */
export async function scattered(
  trial: Trial,
  {
    error,
    first,
    made,
    verdict,
  }: { readonly error: NamedError; readonly first: number; readonly made: Counts; readonly verdict: Verdict },
): Promise<number> {
  const faults: readonly Fault[] = [{ ...EVERY, error, rate: 0.25, from: first }]
  const where = `${error} of every fourth call from ${first} on`
  const up = await trial.run('up', faults)
  verdict.expect(up.failure === '', `up with ${where} ends with: ${up.failure}`)
  const built = await trial.left()
  verdict.expect(isDeepStrictEqual(built, made), `up with ${where} makes ${JSON.stringify(built)}`)
  const down: Ended = await trial.run('down', faults)
  verdict.expect(down.failure === '', `down with ${where} ends with: ${down.failure}`)
  const left = await trial.left()
  verdict.expect(isDeepStrictEqual(left, {}), `down with ${where} leaves ${JSON.stringify(left)}`)
  return (up.strikes[0] ?? 0) + (down.strikes[0] ?? 0)
}
