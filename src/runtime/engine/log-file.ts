// Owns the lines of a log in CRI's form, read from their file: Podman tells a reader who is behind nothing of what was left
// of a file that it has begun anew, and times to the second alone.
import { open, stat, type FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

import type { Clock } from '../../base/clock.ts'
import type { LogLine, LogOptions } from '../runtime.ts'

const CHUNK_BYTES = 256 * 1024
const POLL_MS = 100

export interface LogFile {
  readonly path: string
  readonly clock: Clock
  /** Nothing more will be written. */
  readonly hasEnded: () => boolean
}

/** Reads a log; whoever follows goes on with the next file once all of the old one is read. Rejects when there is none. */
export async function* readLogFile(
  { path, clock, hasEnded }: LogFile,
  { follow = false, sinceMs = 0, tailLines, signal }: LogOptions,
): AsyncGenerator<LogLine> {
  const lines = new CriLines(sinceMs)
  let file = await open(path)
  try {
    const present: LogLine[] = []
    for await (const chunk of chunksOf(file)) {
      for (const line of lines.add(chunk)) {
        if (tailLines === undefined) yield line
        else present.push(line)
      }
    }
    if (!follow) present.push(...lines.rest())
    yield* tailLines === undefined ? present : present.slice(Math.max(0, present.length - tailLines))
    while (follow && !signal?.aborted) {
      // Asked before the last look, because what it says goes for what was written until then.
      const isLast = hasEnded()
      const next = await successorOf(file, path)
      for await (const chunk of chunksOf(file)) yield* lines.add(chunk)
      if (next) {
        await file.close()
        file = next
      } else if (isLast) return yield* lines.rest()
      else await clock.sleep(POLL_MS, signal).catch(() => undefined)
    }
  } finally {
    await file.close()
  }
}

/** From where it was read to, to its end. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/** The file that has its name now; undefined while it is the same. */
async function successorOf(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const [now, then] = await Promise.all([stat(path).catch(() => undefined), file.stat()])
  return now === undefined || now.ino === then.ino ? undefined : await open(path)
}

/**
 * Lines of `TIME STREAM TAG TEXT`, where the tag P says that the line goes on with the next record of its stream.
 * Source: kubernetes/design-proposals-archive, node/kubelet-cri-logging.md.
 */
class CriLines {
  readonly #sinceMs: number
  readonly #decoder = new StringDecoder('utf8')
  readonly #open = new Map<string, LogLine>()
  #text = ''

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs
  }

  add(bytes: Buffer): LogLine[] {
    const records = (this.#text + this.#decoder.write(bytes)).split('\n')
    this.#text = records.pop() ?? ''
    return records.flatMap((record) => this.#record(record))
  }

  /** Those whose ends were not written. */
  rest(): LogLine[] {
    return [...this.#open.values()].map((line) => ({ ...line, isOpen: true }))
  }

  #record(record: string): LogLine[] {
    const [, time = '', name = '', tag, part = ''] = /^(\S+) (\S+) (\S+) (.*)$/s.exec(record) ?? []
    const stream = name === 'stderr' ? 'stderr' : 'stdout'
    const before = this.#open.get(stream)
    const line = {
      timeMs: before?.timeMs ?? Date.parse(time),
      stream,
      text: (before?.text ?? '') + part,
    } as const
    // A file of another form, or a time that is none.
    if (Number.isNaN(line.timeMs) || line.timeMs < this.#sinceMs) return []
    if (tag === 'P') {
      this.#open.set(stream, line)
      return []
    }
    this.#open.delete(stream)
    return [{ ...line, text: line.text.replace(/\r$/, '') }]
  }
}
