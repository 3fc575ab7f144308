// Owns keeping a session with AWS until it is due to be opened anew.
import type { Clock } from '../base/clock.ts'
import type { Session } from './instance-credentials.ts'

// STS gives an hour; a new session is opened well before the old one ends.
const SESSION_MS = 45 * 60_000

/** Opens a session when it is first asked for, and again when that is old or could not be opened. */
export function keptSession(clock: Clock, open: () => Promise<Session>): () => Promise<Session> {
  let current: { readonly session: Promise<Session>; readonly untilMs: number } | undefined
  return () => {
    const now = clock.now()
    if (!current || current.untilMs < now) {
      current = { session: open(), untilMs: now + SESSION_MS }
      current.session.catch(() => (current = undefined))
    }
    return current.session
  }
}
