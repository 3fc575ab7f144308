// Owns how a step of a container's start says that it did not work.
import type { PullBackoff } from './container-state.ts'

interface Failure {
  readonly reason: string
  readonly text: string
  readonly pull?: PullBackoff
  readonly containerId?: string | undefined
}

/** A step that did not work: what the status says, and the event. */
export class StartFault extends Error {
  override readonly name = 'StartFault'
  readonly reason: string
  readonly event: { readonly reason: string; readonly text: string }
  /** How pulling its image goes on, when that is what failed. */
  readonly pull: PullBackoff | undefined
  /** The container that was made, when its process alone could not be started. */
  readonly containerId: string | undefined

  constructor(reason: string, message: string, { pull, containerId, ...event }: Failure) {
    super(message)
    this.reason = reason
    this.event = event
    this.pull = pull
    this.containerId = containerId
  }
}
