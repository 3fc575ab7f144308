// Owns telling a region that went away from a failure of what was asked of it.
import { StatusError, UserError } from '../base/errors.ts'
import { hasEnded } from '../region/running.ts'
import type { Near } from './app.ts'

// What sockets report when nobody listens any more, or the other side ended in the middle.
const GONE: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** The failure as a person wants to hear it: when the region has ended, that, and how to go on. */
export function explainFailure(error: unknown, near: Near): unknown {
  if (!isUnreachable(error)) return error
  const state = hasEnded(near.running) ? 'has ended' : 'does not answer'
  return new UserError(`the near region at ${near.running.endpoint} ${state}`, {
    help: `Run the same command again: it goes on from here. The region's log: ${near.home.log}`,
    cause: error,
  })
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof StatusError) return error.reason === 'ServiceUnavailable'
  if (!Error.isError(error)) return false
  const { code } = error as { code?: unknown }
  return GONE.has(code) || isUnreachable(error.cause)
}
