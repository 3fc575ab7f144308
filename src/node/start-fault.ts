// Owns how a step of a container's start says that it did not work.
import type { PullBackoff } from './container-state.ts'

/** A step that did not work: what the status says, and the event. */
export class StartFault extends Error {
  override readonly name = 'StartFault'
  readonly reason: string
  readonly event: { readonly reason: string; readonly text: string }
  /** How pulling its image goes on, when that is what failed. */
  readonly pull: PullBackoff | undefined

  constructor(
    reason: string,
    message: string,
    { pull, ...event }: { reason: string; text: string; pull?: PullBackoff },
  ) {
    super(message)
    this.reason = reason
    this.event = event
    this.pull = pull
  }
}
