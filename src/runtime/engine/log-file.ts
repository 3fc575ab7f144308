// Owns the lines of a log, read from the files that an engine writes: Podman and Docker 20.10 tell a reader who is behind
// nothing of what was left of a file that they have begun anew, and Podman's times are to the second alone.
import { open, stat, type FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

import type { Clock } from '../../base/clock.ts'
import type { LogLine, LogOptions } from '../runtime.ts'

const CHUNK_BYTES = 256 * 1024
const POLL_MS = 100

/** CRI's, as Podman's `k8s-file` writes it, or that of Docker's `json-file`. */
export type LogForm = 'cri' | 'json'

export interface LogFile {
  readonly path: string
  readonly form: LogForm
  readonly clock: Clock
  /** Nothing more will be written. */
  readonly hasEnded: () => boolean
}

/**
 * Reads a log, from the file that is written to now, as the kubelet does; whoever follows goes on with the next file once
 * all of the old one is read. Rejects when there is none.
 */
export async function* readLogFile(
  { path, form, clock, hasEnded }: LogFile,
  { follow = false, sinceMs = 0, tailLines, signal }: LogOptions,
): AsyncGenerator<LogLine> {
  const lines = new RecordLines(form, sinceMs)
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

/** The file that was begun after it; undefined while it is the one that is written to. */
async function successorOf(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const { ino } = await file.stat()
  for (;;) {
    const later = await laterThan(ino, path)
    if (later === undefined) return undefined
    const next = await open(later.path).catch(() => undefined)
    // The names move on while they are looked at.
    if (next && (await next.stat()).ino === later.ino) return next
    await next?.close()
  }
}

interface NamedFile {
  readonly path: string
  readonly ino: number
}

/** Docker keeps older files as NAME.1, NAME.2 and so on; of a file that is kept no more the successor is the oldest one. */
async function laterThan(ino: number, path: string): Promise<NamedFile | undefined> {
  let later: NamedFile | undefined
  for (let age = 0; ; age += 1) {
    const name = age === 0 ? path : `${path}.${age}`
    const found = await stat(name).catch(() => undefined)
    if (found === undefined || found.ino === ino) return later
    later = { path: name, ino: found.ino }
  }
}

interface LogRecord {
  readonly timeMs: number
  readonly stream: LogLine['stream']
  readonly text: string
  /** The line goes on with the next record of its stream. */
  readonly isPart: boolean
}

/** `TIME STREAM TAG TEXT`. Source: kubernetes/design-proposals-archive, node/kubelet-cri-logging.md. */
function criRecord(row: string): LogRecord {
  const [, time = '', stream = '', tag, text = ''] = /^(\S+) (\S+) (\S+) (.*)$/s.exec(row) ?? []
  return { timeMs: Date.parse(time), stream: streamOf(stream), text, isPart: tag === 'P' }
}

/** `{"log":"TEXT\n","stream":"stdout","time":"…"}`, a text without an end is a part of 16 KiB (Docker, JSON File driver). */
function jsonRecord(row: string): LogRecord {
  const { log = '', stream, time = '' } = parsed(row)
  return {
    timeMs: Date.parse(time),
    stream: streamOf(stream),
    text: log.replace(/\n$/, ''),
    isPart: !log.endsWith('\n'),
  }
}

function parsed(row: string): { readonly log?: string; readonly stream?: string; readonly time?: string } {
  try {
    // Docker's own file: its form is documented.
    return JSON.parse(row) as ReturnType<typeof parsed>
  } catch {
    // One that was not written whole, when the machine or the engine broke down.
    return {}
  }
}

function streamOf(name: string | undefined): LogLine['stream'] {
  return name === 'stderr' ? 'stderr' : 'stdout'
}

/** Joins the records of a log to lines. */
class RecordLines {
  readonly #recordOf: (row: string) => LogRecord
  readonly #sinceMs: number
  readonly #decoder = new StringDecoder('utf8')
  readonly #open = new Map<string, LogLine>()
  #text = ''

  constructor(form: LogForm, sinceMs: number) {
    this.#recordOf = form === 'cri' ? criRecord : jsonRecord
    this.#sinceMs = sinceMs
  }

  add(bytes: Buffer): LogLine[] {
    const rows = (this.#text + this.#decoder.write(bytes)).split('\n')
    this.#text = rows.pop() ?? ''
    return rows.flatMap((row) => this.#line(row))
  }

  /** Those whose ends were not written. */
  rest(): LogLine[] {
    return [...this.#open.values()].map((line) => ({ ...line, isOpen: true }))
  }

  #line(row: string): LogLine[] {
    const { timeMs, stream, text, isPart } = this.#recordOf(row)
    const before = this.#open.get(stream)
    const line = { timeMs: before?.timeMs ?? timeMs, stream, text: (before?.text ?? '') + text }
    // A file of another form, or a time that is none.
    if (Number.isNaN(line.timeMs) || line.timeMs < this.#sinceMs) return []
    if (isPart) {
      this.#open.set(stream, line)
      return []
    }
    this.#open.delete(stream)
    return [{ ...line, text: line.text.replace(/\r$/, '') }]
  }
}
