// Owns how a step of a container's start says that it did not work.
import type { ContainerExit } from '../runtime/runtime.ts'
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
  readonly exit?: ContainerExit
}

/** A step that did not work: what the status says, and the event. */
export class StartFault extends Error {
  override readonly name = 'StartFault'
  readonly reason: string
  readonly event: FaultEvent
  /** How pulling its image goes on, when that is what failed. */
  readonly pull: PullBackoff | undefined
  /** The container that was made, when its process alone could not be started, or was ended again. */
  readonly containerId: string | undefined
  /** How it was ended again. */
  readonly exit: ContainerExit | undefined

  constructor(reason: string, message: string, { pull, containerId, exit, ...event }: Failure) {
    super(message)
    this.reason = reason
    this.event = event
    this.pull = pull
    this.containerId = containerId
    this.exit = exit
  }
}
