// Owns the lines of a container's log as an engine keeps them, with the time of each.
import { StringDecoder } from 'node:string_decoder'

import type { LogLine, LogOptions } from '../runtime.ts'
import type { EngineApi } from './api.ts'
import { outputOf } from './frames.ts'

interface LoggedContainer {
  readonly id: string
  readonly isTerminal: boolean
}

/** Reads the log of a container. @throws RuntimeError NotFound */
export async function* readLog(
  api: EngineApi,
  container: LoggedContainer,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const { tailLines, ...all } = options
  let count = 0
  for await (const line of linesOf(api, container, options)) {
    count += 1
    yield line
  }
  // Podman 4.3 counts the ends of lines: one without an end has none.
  if (count > 0 || all.follow || !tailLines) return
  for await (const line of linesOf(api, container, all)) yield line
}

async function* linesOf(
  api: EngineApi,
  container: LoggedContainer,
  { follow = false, tailLines, sinceMs, signal }: LogOptions,
): AsyncGenerator<LogLine> {
  const answer = await api.stream('GET', `/containers/${container.id}/logs`, {
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow,
      // An engine counts before it looks at times.
      tail: tailLines === undefined || sinceMs !== undefined ? 'all' : tailLines,
      ...(sinceMs !== undefined && { since: Math.floor(sinceMs / 1000) }),
    },
    signal,
  })
  const pending = { stdout: new LineBuffer(), stderr: new LineBuffer() }
  try {
    for await (const { stream, bytes } of outputOf(answer, container.isTerminal)) {
      for (const line of pending[stream].add(bytes)) {
        if (sinceMs === undefined || line.timeMs >= sinceMs) yield { ...line, stream }
      }
    }
  } catch (error) {
    // Whoever follows has gone, or the engine has: what there was was read.
    if (!signal?.aborted && !follow) throw error
  } finally {
    answer.destroy()
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const line = pending[stream].rest()
    if (line) yield { ...line, stream, isOpen: true }
  }
}

type TimedLine = Pick<LogLine, 'timeMs' | 'text'>

/** Cuts records into lines. Each record begins with its time, also one that goes on with the line before. */
class LineBuffer {
  readonly #decoder = new StringDecoder('utf8')
  #open: TimedLine | undefined

  add(bytes: Buffer): TimedLine[] {
    const records = this.#decoder.write(bytes).split(/(?<=\n)/)
    return records.flatMap((record) => {
      const { timeMs, text } = recordOf(record)
      const whole = { timeMs: this.#open?.timeMs ?? timeMs, text: (this.#open?.text ?? '') + text }
      this.#open = record.endsWith('\n') ? undefined : whole
      return this.#open ? [] : [{ ...whole, text: whole.text.replace(/\r?\n$/, '') }]
    })
  }

  rest(): TimedLine | undefined {
    return this.#open?.text ? this.#open : undefined
  }
}

function recordOf(record: string): TimedLine {
  const space = record.indexOf(' ')
  const timeMs = Date.parse(space < 0 ? record.trim() : record.slice(0, space))
  if (Number.isNaN(timeMs)) return { timeMs: 0, text: record }
  return { timeMs, text: space < 0 ? '\n' : record.slice(space + 1) }
}
