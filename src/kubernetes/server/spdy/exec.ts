// Owns exec and attach over SPDY, as clients before WebSockets do it: a stream for each standard stream.
// Source: kubelet pkg/cri/streaming/remotecommand/httpstream.go (v4ProtocolHandler).
import type { Duplex } from 'node:stream'

import { StatusError } from '../../../base/errors.ts'
import type { Api } from '../api.ts'
import type { TerminalSize } from '../ports.ts'
import { isTrue } from '../route.ts'
import { runCommand, type ExecRequest } from '../subresources/exec.ts'
import { TerminalSizes } from '../subresources/terminal-sizes.ts'
import { SpdyConnection } from './connection.ts'
import type { SpdyStream } from './stream.ts'

/** The protocol that is spoken in the streams, as clients ask for it. */
export const EXEC_PROTOCOL = 'v4.channel.k8s.io'

// kubelet pkg/cri/streaming: DefaultStreamCreationTimeout.
const STREAM_CREATION_TIMEOUT_MS = 30_000
const STREAM_TYPES = ['error', 'stdin', 'stdout', 'stderr', 'resize']

type ExecApi = Pick<Api, 'kubelet' | 'clock' | 'log'>

/** Runs the command of a request once all of its streams are there; the exit code goes to the error stream. */
export async function serveExecStreams(api: ExecApi, transport: Duplex, exec: ExecRequest): Promise<void> {
  const streams = new Map<string, SpdyStream>()
  const gone = new AbortController()
  const expected = expectedStreams(exec.query)
  const connection = new SpdyConnection(transport, {
    check: requireType,
    serve: (stream) => {
      streams.set(stream.header('streamtype'), stream)
      if (!expected.every((type) => streams.has(type))) return
      timer.cancel()
      void run(api, exec, { streams, signal: gone.signal }).then(() => connection.close())
    },
    log: api.log,
  })
  const timer = api.clock.after(STREAM_CREATION_TIMEOUT_MS, () => connection.close())
  try {
    await connection.run()
  } finally {
    gone.abort()
    timer.cancel()
  }
}

function requireType(stream: SpdyStream): void {
  const type = stream.header('streamtype')
  if (STREAM_TYPES.includes(type)) return
  throw new StatusError('BadRequest', `unexpected stream type: ${JSON.stringify(type)}`)
}

function expectedStreams(query: URLSearchParams): string[] {
  const tty = isTrue(query.get('tty'))
  const asked = ['stdin', 'stdout', 'stderr'].filter((type) => isTrue(query.get(type)))
  // A terminal has one output, and a size.
  return ['error', ...asked.filter((type) => !tty || type !== 'stderr'), ...(tty ? ['resize'] : [])]
}

/** Resolves when everything the command has said is on its way. */
async function run(
  api: ExecApi,
  exec: ExecRequest,
  { streams, signal }: { readonly streams: ReadonlyMap<string, SpdyStream>; readonly signal: AbortSignal },
): Promise<void> {
  const stdin = streams.get('stdin')
  const resize = streams.get('resize')
  for (const [type, stream] of streams) {
    if (type !== 'stdin' && type !== 'resize') stream.resume()
  }
  const status = await runCommand(api, exec, {
    stdin: stdin && inputOf(stdin),
    sizes: resize && sizesOf(resize),
    signal,
    onOutput: (type, chunk) => {
      const stream = streams.get(type)
      if (stream?.writable) stream.write(chunk)
    },
  })
  streams.get('error')?.write(JSON.stringify(status))
  await Promise.all([...streams.values()].map(ended))
}

function ended(stream: SpdyStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve)
    stream.end(resolve)
  })
}

async function* sizesOf(stream: SpdyStream): AsyncGenerator<TerminalSize> {
  const reader = new TerminalSizes()
  for await (const bytes of inputOf(stream)) yield* reader.read(bytes)
}

async function* inputOf(stream: SpdyStream): AsyncGenerator<Uint8Array> {
  try {
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  } catch (error) {
    // A client that has left sends no more input; the command goes on, as it does in a kubelet.
    if (!stream.destroyed) throw error
  }
}
