// Owns the way of a line through the log router of one pod: filters in their order, then every output that fits.
import type { Filter, FilterWorld } from './filters/filter.ts'
import type { LogRouter } from './log-router.ts'
import type { LogPlace, Output } from './outputs.ts'
import type { LogEvent } from './record.ts'

export interface Delivery extends LogPlace {
  readonly output: Output
  readonly message: string
  readonly timeMs: number
}

/** A line as it stands in the file of a container. */
export interface ContainerLine {
  readonly container: string
  /** Without `containerd://`. */
  readonly containerId: string
  readonly timeMs: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** Records that get a new tag begin anew; more often than this they go in a circle. */
const MOST_ROUNDS = 10

/** The tag of what is read from the file of a container. */
export function tagOf(
  pod: { readonly name: string; readonly namespace: string },
  { container, containerId }: Pick<ContainerLine, 'container' | 'containerId'>,
): string {
  return `kube.var.log.containers.${pod.name}_${pod.namespace}_${container}-${containerId}.log`
}

/** Starts a log router for one pod. @returns takes a line to where it goes */
export function startPipeline(
  { filters, outputs }: LogRouter,
  world: FilterWorld,
): (line: ContainerLine) => readonly Delivery[] {
  const running = filters.map(({ matches, start }) => ({ matches, apply: start(world) }))
  return (line) => {
    const event = { tag: tagOf(world.pod(), line), timeMs: line.timeMs, record: { log: fileLine(line) } }
    return filtered(running, event).flatMap((each) => delivered(outputs, each))
  }
}

// The file is containerd's: a time with nanoseconds, the stream, whether the line is whole, the text.
function fileLine({ timeMs, stream, text }: ContainerLine): string {
  return `${new Date(timeMs).toISOString().replace('Z', '000000Z')} ${stream} F ${text}`
}

function filtered(
  filters: readonly { readonly matches: (tag: string) => boolean; readonly apply: Filter }[],
  first: LogEvent,
): readonly LogEvent[] {
  const done: LogEvent[] = []
  let waiting: readonly LogEvent[] = [first]
  for (let round = 0; waiting.length > 0 && round < MOST_ROUNDS; round++) {
    const again: LogEvent[] = []
    for (const event of waiting) {
      let current: LogEvent | undefined = event
      for (const { matches, apply } of filters) {
        if (!current) break
        if (!matches(current.tag)) continue
        const result = apply(current)
        if (result.again) again.push(result.again)
        current = result.event
      }
      if (current) done.push(current)
    }
    waiting = again
  }
  return done
}

function delivered(outputs: readonly Output[], event: LogEvent): readonly Delivery[] {
  return outputs
    .filter(({ matches }) => matches(event.tag))
    .flatMap((output) => {
      const message = output.message(event.record)
      return message === undefined ? [] : [{ ...output.place(event), output, message, timeMs: event.timeMs }]
    })
}
