// Owns requests to a container engine that speaks the Docker Engine API on a Unix socket, and what its failures mean.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

import { messageOf } from '../../base/errors.ts'
import { RuntimeError, type RuntimeErrorCode } from '../runtime.ts'

export interface EngineRequest {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON; bytes are sent as a tar archive. */
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'

/**
 * A client of one engine. Paths carry no version: engines drop old ones, and all that is used here is older than any.
 * Rejections are `RuntimeError`s: `Unavailable` when nobody answers, `NotFound` for a 404, else `StartFailed`.
 */
export class EngineApi {
  readonly socketPath: string

  constructor(socketPath: string) {
    this.socketPath = socketPath
  }

  /** @returns the answer's JSON; undefined where it has none. */
  async json<T>(method: Method, path: string, request: EngineRequest = {}): Promise<T> {
    const text = await this.text(method, path, request)
    // What an engine answers is documented; what is read of it is declared where it is read.
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  async text(method: Method, path: string, request: EngineRequest = {}): Promise<string> {
    const answer = await this.stream(method, path, request)
    return await textOf(answer)
  }

  /** The answer as it comes. */
  async stream(method: Method, path: string, request: EngineRequest = {}): Promise<IncomingMessage> {
    const answer = await this.#send(method, path, request)
    const { statusCode: status = 500 } = answer
    if (status < 400) return answer
    throw refusal(status, await textOf(answer))
  }

  /** A connection that the engine hands over to a process: what is written goes to it, what it writes comes back. */
  async hijack(path: string, { query, body = {} }: EngineRequest): Promise<Duplex> {
    const bytes = Buffer.from(JSON.stringify(body))
    return await new Promise<Duplex>((resolve, reject) => {
      const request = httpRequest({
        method: 'POST',
        path: withQuery(path, query),
        headers: {
          host: 'engine',
          'content-type': 'application/json',
          'content-length': bytes.length,
          connection: 'Upgrade',
          upgrade: 'tcp',
        },
        // The end of the input must leave the output open.
        createConnection: () => connect({ path: this.socketPath, allowHalfOpen: true }),
      })
      request.once('upgrade', (_answer, socket, head) => {
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      request.once('response', (answer) => {
        textOf(answer).then((text) => reject(refusal(answer.statusCode ?? 500, text)), reject)
      })
      request.once('error', (cause) => reject(unavailable(this.socketPath, cause)))
      request.end(bytes)
    })
  }

  #send(
    method: Method,
    path: string,
    { query, body, headers, signal }: EngineRequest,
  ): Promise<IncomingMessage> {
    const bytes = body instanceof Uint8Array ? body : body && Buffer.from(JSON.stringify(body))
    const type = body instanceof Uint8Array ? 'application/x-tar' : 'application/json'
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        method,
        path: withQuery(path, query),
        headers: {
          host: 'engine',
          ...(bytes && { 'content-type': type, 'content-length': bytes.length }),
          ...headers,
        },
        // Connections are cheap on a socket, and a pool would keep some that a restarted engine has closed.
        createConnection: () => connect({ path: this.socketPath }),
        ...(signal && { signal }),
      })
      request.once('response', resolve)
      request.once('error', (cause) => reject(unavailable(this.socketPath, cause)))
      request.end(bytes)
    })
  }
}

/** Containers by a filter of the API, also those that have ended. */
export async function listContainers<T>(api: EngineApi, filters: string): Promise<T[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await api.json<T[]>('GET', '/containers/json', { query: { all: true, filters } })
    } catch (error) {
      // Podman fails when a container goes while it counts.
      if (attempt === LIST_ATTEMPTS || !(error instanceof RuntimeError) || error.code !== 'NotFound')
        throw error
    }
  }
}

const LIST_ATTEMPTS = 10
// What Podman 4.3 says of a container that has just gone, with status 500.
const GONE =
  /no such container|container not known|does not exist in database|no container with (name or )?id/i

function withQuery(path: string, query: EngineRequest['query'] = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  try {
    // No encoding is set on the stream, so it yields buffers.
    for await (const chunk of answer) chunks.push(chunk as Buffer)
  } catch (cause) {
    throw new RuntimeError('Unavailable', `the container engine broke off its answer: ${messageOf(cause)}`, {
      cause,
    })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function unavailable(socketPath: string, cause: Error): RuntimeError {
  if (cause.name === 'AbortError') return new RuntimeError('Unavailable', 'given up', { cause })
  return new RuntimeError(
    'Unavailable',
    `the container engine at ${socketPath} does not answer: ${cause.message}`,
    { cause },
  )
}

function refusal(status: number, text: string): RuntimeError {
  const message = messageIn(text)
  const code: RuntimeErrorCode = status === 404 || GONE.test(message) ? 'NotFound' : 'StartFailed'
  return new RuntimeError(code, message || `the container engine answered ${status}`)
}

function messageIn(text: string): string {
  try {
    const { message, cause } = JSON.parse(text) as { message?: string; cause?: string }
    return message ?? cause ?? text
  } catch {
    return text.trim()
  }
}
