// Owns how a step of a container's start says that it did not work.
import type { PullBackoff } from './container-state.ts'

/** What is told of it. */
interface FaultEvent {
  /** Absent: a warning. */
  readonly type?: 'Normal'
  readonly reason: string
  readonly text: string
}

interface Failure extends FaultEvent {
  readonly pull?: PullBackoff
  readonly containerId?: string | undefined
}

/** A step that did not work: what the status says, and the event. */
export class StartFault extends Error {
  override readonly name = 'StartFault'
  readonly reason: string
  readonly event: FaultEvent
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
