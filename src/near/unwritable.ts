// Owns telling that a region cannot write, its disk being full: the failures that come of it say only that something failed.
import { UserError } from '../base/errors.ts'
import type { AdminClient } from '../region/admin-client.ts'
import type { ProgressListener } from '../terminal/progress-view.ts'

export interface WriteWatch {
  /** What hears of the course; it is warned once a step fails of this, for other steps may wait on for minutes. */
  readonly listener: ProgressListener
  /** The failure as a person wants to hear it. */
  explain(error: unknown): Promise<unknown>
}

/** Asks the region at each failure whether it can write. */
export function watchWrites(listener: ProgressListener, admin: Pick<AdminClient, 'status'>): WriteWatch {
  let isTold = false
  // A region that does not even answer is a failure of another kind, which its caller explains.
  const problem = (): Promise<string | undefined> =>
    admin.status().then(
      ({ storeProblem }) => storeProblem,
      () => undefined,
    )
  const warn = async (): Promise<void> => {
    const found = await problem()
    if (found === undefined || isTold) return
    isTold = true
    listener.warning(`the near region cannot write at present: ${found}`)
  }
  return {
    listener: {
      ...listener,
      failed(title, seconds) {
        listener.failed(title, seconds)
        void warn()
      },
    },
    async explain(error) {
      const found = await problem()
      if (found === undefined) return error
      return new UserError(`the near region cannot write: ${found}`, {
        help: 'Make room, and run the same command again: it goes on from here. What was acknowledged is safe.',
        cause: error,
      })
    },
  }
}
