// Owns pods/exec and pods/attach: standard streams of a command or a container over a WebSocket.
import type { WebSocket } from 'ws'

import { messageOf, StatusError } from '../../../base/errors.ts'
import type { Api } from '../api.ts'
import type { PodAttach, PodExec, PodReference, TerminalSize } from '../ports.ts'
import { isTrue } from '../route.ts'
import { statusBody } from '../status.ts'
import { Channels } from './channels.ts'
import { TerminalSizes } from './terminal-sizes.ts'

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const STATUS = 3
const RESIZE = 4

export interface ExecRequest {
  /** `attach` takes the streams of what runs already. */
  readonly subresource: 'attach' | 'exec'
  readonly reference: PodReference
  readonly query: URLSearchParams
  /** How it failed is said in words, and that it did not is not said at all. */
  readonly isPlain?: boolean
}

/** Runs the command of a request and reports its exit code. */
export async function serveExec(api: Api, socket: WebSocket, exec: ExecRequest): Promise<void> {
  const channels = new Channels(socket)
  const input = new Queue<Uint8Array>()
  const sizes = new Queue<TerminalSize>()
  const reader = new TerminalSizes()
  const gone = new AbortController()
  channels.receive({
    onMessage: ({ channel, data }) => {
      if (channel === STDIN) input.push(data)
      if (channel === RESIZE) for (const size of reader.read(data)) sizes.push(size)
    },
    onClose: (channel) => {
      if (channel === STDIN) input.end()
    },
    onEnd: () => {
      input.end()
      sizes.end()
      gone.abort()
    },
  })
  const status = await runCommand(api, exec, {
    stdin: isTrue(exec.query.get('stdin')) ? input : undefined,
    sizes: isTrue(exec.query.get('tty')) ? sizes : undefined,
    signal: gone.signal,
    onOutput: (stream, chunk) => channels.send(stream === 'stdout' ? STDOUT : STDERR, chunk),
  })
  const said = exec.isPlain ? inWords(status) : JSON.stringify(status)
  if (said !== '') channels.send(STATUS, Buffer.from(said))
  channels.close()
}

/** Runs the command of a request. @returns the Status that tells how it ended, or why it could not run. */
export async function runCommand(
  api: Pick<Api, 'kubelet'>,
  { subresource, reference, query }: ExecRequest,
  streams: Omit<PodAttach, 'tty'>,
): Promise<object> {
  const tty = isTrue(query.get('tty'))
  const request: PodExec = { command: query.getAll('command'), tty, ...streams }
  try {
    if (subresource === 'attach') {
      await api.kubelet.attach(reference, { tty, ...streams })
      return exitStatus(0)
    }
    return exitStatus(await api.kubelet.exec(reference, request))
  } catch (error) {
    if (error instanceof StatusError) return statusBody(error)
    // Clients look for the causes of what failed: kubelet pkg/cri/streaming/remotecommand/exec.go, NewInternalError.
    const message = messageOf(error)
    return statusBody(new StatusError('InternalError', message, { causes: [{ message }] }))
  }
}

// kubelet pkg/cri/streaming/remotecommand/httpstream.go (v1WriteStatusFunc)
function inWords(status: object): string {
  return 'message' in status && typeof status.message === 'string' ? status.message : ''
}

// kubelet pkg/cri/streaming/remotecommand/exec.go
function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  }
}

/** What comes from the client, for one reader. */
class Queue<T> implements AsyncIterable<T> {
  readonly #chunks: T[] = []
  #ended = false
  #wake: (() => void) | undefined

  push(chunk: T): void {
    this.#chunks.push(chunk)
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      yield* this.#chunks.splice(0)
      if (this.#chunks.length > 0) continue
      if (this.#ended) return
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
