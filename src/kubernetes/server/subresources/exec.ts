// Owns pods/exec: standard streams of a command over a WebSocket.
import type { WebSocket } from 'ws'

import { messageOf, StatusError } from '../../../base/errors.ts'
import type { Api } from '../api.ts'
import { statusBody } from '../http.ts'
import type { PodReference } from '../ports.ts'
import { isTrue } from '../route.ts'
import { Channels } from './channels.ts'

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const STATUS = 3

/** Runs the command of a request and reports its exit code. */
export async function serveExec(
  api: Api,
  socket: WebSocket,
  { reference, query }: { reference: PodReference; query: URLSearchParams },
): Promise<void> {
  const channels = new Channels(socket)
  const input = new InputQueue()
  channels.receive({
    onMessage: ({ channel, data }) => {
      if (channel === STDIN) input.push(data)
    },
    onClose: (channel) => {
      if (channel === STDIN) input.end()
    },
    onEnd: () => input.end(),
  })
  try {
    const exitCode = await api.kubelet.exec(reference, {
      command: query.getAll('command'),
      tty: isTrue(query.get('tty')),
      stdin: isTrue(query.get('stdin')) ? input : undefined,
      onOutput: (stream, chunk) => channels.send(stream === 'stdout' ? STDOUT : STDERR, chunk),
    })
    channels.send(STATUS, encode(exitStatus(exitCode)))
  } catch (error) {
    const status = error instanceof StatusError ? error : new StatusError('InternalError', messageOf(error))
    channels.send(STATUS, encode(statusBody(status)))
  }
  channels.close()
}

function encode(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
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

/** Bytes from the client, for one reader. */
class InputQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = []
  #ended = false
  #wake: (() => void) | undefined

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield* this.#chunks.splice(0)
      if (this.#chunks.length > 0) continue
      if (this.#ended) return
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
