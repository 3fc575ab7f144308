// Owns what scenarios of HTTP share: requests byte by byte, answers read apart, what the target was asked.
import type { IncomingMessage, ServerResponse } from 'node:http'

import { open, type Wire } from '../client.ts'
import type { Front, Stage } from '../scenario.ts'

/** An answer as it came. */
export interface Answer {
  readonly status: number
  /** Names in lower case; several values are joined. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What came behind a chunked body. */
  readonly trailers: string
  readonly isWhole: boolean
}

/** Reads the answers apart. @param bodiless how many of them, from the first on, have no body whatever they say */
export function answersOf(wire: Wire, { bodiless = 0 }: { readonly bodiless?: number } = {}): Answer[] {
  const answers: Answer[] = []
  let rest = wire.text
  for (let end; (end = rest.indexOf('\r\n\r\n')) >= 0;) {
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers: Record<string, string> = {}
    for (const each of lines) {
      const at = each.indexOf(':')
      const name = each.slice(0, at).toLowerCase()
      const value = each.slice(at + 1).trim()
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
    }
    const status = Number(line.split(' ')[1])
    const hasNone = status < 200 || status === 204 || status === 304 || answers.length < bodiless
    const { body, trailers, isWhole, length } = hasNone
      ? { body: '', trailers: '', isWhole: true, length: 0 }
      : bodyOf(rest.slice(end + 4), headers, wire.isOver)
    answers.push({ status, headers, body, trailers, isWhole })
    rest = rest.slice(end + 4 + length)
    if (!isWhole) break
  }
  return answers
}

interface Body {
  readonly body: string
  readonly trailers: string
  readonly isWhole: boolean
  readonly length: number
}

function bodyOf(text: string, headers: Readonly<Record<string, string>>, isOver: boolean): Body {
  if (/chunked/i.test(headers['transfer-encoding'] ?? '')) return chunksOf(text)
  const given = headers['content-length']
  if (given === undefined) return { body: text, trailers: '', isWhole: isOver, length: text.length }
  const length = Math.min(Number(given), text.length)
  return { body: text.slice(0, length), trailers: '', isWhole: length === Number(given), length }
}

function chunksOf(text: string): Body {
  let body = ''
  let at = 0
  for (;;) {
    const end = text.indexOf('\r\n', at)
    if (end < 0) return { body, trailers: '', isWhole: false, length: text.length }
    const size = Number.parseInt(text.slice(at, end), 16)
    if (size === 0) {
      const last = text.startsWith('\r\n', end + 2) ? end + 2 : text.indexOf('\r\n\r\n', end) + 2
      const trailers = last > end + 2 ? text.slice(end + 2, last).trim() : ''
      return { body, trailers, isWhole: true, length: last + 2 }
    }
    body += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
}

/** Sends the text and waits for so many whole answers, or for the end. */
export async function ask(
  stage: Stage,
  text: string | Buffer,
  options: {
    readonly front?: Front
    readonly answers?: number
    readonly bodiless?: number
    readonly withinMs?: number
  } = {},
): Promise<{ wire: Wire; answers: Answer[] }> {
  const wire = await open(stage, options.front)
  await wire.send(text)
  const { answers = 1, withinMs = 3000 } = options
  const isEnough = (): boolean => answersOf(wire, options).filter(({ isWhole }) => isWhole).length >= answers
  await wire.until(isEnough, withinMs)
  return { wire, answers: answersOf(wire, options) }
}

/** Statuses of answers, and whether the connection goes on after them. */
export async function outcome({ wire, answers }: { wire: Wire; answers: Answer[] }): Promise<string> {
  const statuses = answers.map(({ status, isWhole }) => `${status}${isWhole ? '' : ' cut short'}`)
  const ending = await wire.ending(150)
  return `${statuses.join(', ') || 'no answer'}; ${ending === 'open' ? 'stays open' : 'ends'}`
}

/** A target that keeps what it was asked, and answers each request in the same way. */
export interface Told {
  readonly requests: { readonly line: string; readonly message: IncomingMessage; body: string }[]
}

/** Serves HTTP: reads each request whole, keeps it, and answers. */
export function listen(
  stage: Stage,
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end('ok'),
): Told {
  const told: Told = { requests: [] }
  stage.target.serveHttp((message, response) => {
    const entry = { line: `${message.method} ${message.url}`, message, body: '' }
    told.requests.push(entry)
    message.on('data', (chunk: Buffer) => (entry.body += chunk.toString('latin1')))
    message.on('end', () => answer(response, message))
    message.on('error', () => undefined)
  })
  return told
}

/** A request of these lines. */
export function lines(...each: readonly string[]): string {
  return `${each.join('\r\n')}\r\n\r\n`
}

export const HOST = 'Host: web.example.com'
export const GET = lines('GET / HTTP/1.1', HOST)
