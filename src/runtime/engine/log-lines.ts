// Owns the lines of a container's log as an engine keeps them, with the time of each.
import { StringDecoder } from 'node:string_decoder'

import type { LogLine, LogOptions } from '../runtime.ts'
import type { EngineApi } from './api.ts'
import { outputOf } from './frames.ts'

/** Reads the log of a container. @throws RuntimeError NotFound */
export async function* readLog(
  api: EngineApi,
  container: { readonly id: string; readonly isTerminal: boolean },
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
      for (const text of pending[stream].add(bytes)) {
        const line = lineOf(stream, text)
        if (sinceMs === undefined || line.timeMs >= sinceMs) yield line
      }
    }
  } catch (error) {
    // Whoever follows has gone, or the engine has: what there was was read.
    if (!signal?.aborted && !follow) throw error
  } finally {
    answer.destroy()
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const text = pending[stream].rest()
    if (text !== '') yield lineOf(stream, text)
  }
}

function lineOf(stream: 'stdout' | 'stderr', text: string): LogLine {
  const space = text.indexOf(' ')
  const timeMs = Date.parse(space < 0 ? text : text.slice(0, space))
  if (Number.isNaN(timeMs)) return { stream, timeMs: 0, text }
  return { stream, timeMs, text: space < 0 ? '' : text.slice(space + 1) }
}

/** Cuts text into lines; a character may come in two parts. */
class LineBuffer {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  add(bytes: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.map((line) => line.replace(/\r$/, ''))
  }

  rest(): string {
    return this.#rest + this.#decoder.end()
  }
}
