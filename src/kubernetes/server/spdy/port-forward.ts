// Owns port-forward over SPDY: pairs of a data and an error stream, one pair for each connection to the pod.
// Source: kubelet pkg/cri/streaming/portforward/httpstream.go.
import type { Duplex } from 'node:stream'

import { onAbort } from '../../../base/abort.ts'
import type { Timer } from '../../../base/clock.ts'
import { StatusError } from '../../../base/errors.ts'
import type { Api } from '../api.ts'
import type { PodReference } from '../ports.ts'
import { forwardingError } from '../subresources/port-forward.ts'
import { SpdyConnection } from './connection.ts'
import type { SpdyStream } from './stream.ts'

/** The protocol that is spoken in the streams, as clients ask for it. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io'

// kubelet pkg/cri/streaming: DefaultStreamCreationTimeout.
const STREAM_CREATION_TIMEOUT_MS = 30_000

type ForwardingApi = Pick<Api, 'kubelet' | 'clock' | 'closing' | 'log'>

interface Pair {
  readonly requestId: string
  readonly timer: Timer
  data?: SpdyStream
  error?: SpdyStream
}

/**
 * Serves a client until it leaves or the server closes.
 * @param transport what carries the frames
 */
export async function servePortForwardStreams(
  api: ForwardingApi,
  transport: Duplex,
  reference: PodReference,
): Promise<void> {
  const pairs = new Pairs(api, (pair) => void forward(api, reference, pair))
  const connection = new SpdyConnection(transport, {
    check: requireHeaders,
    serve: (stream) => pairs.add(stream),
    log: api.log,
  })
  const ignore = onAbort(api.closing, () => connection.close())
  try {
    await connection.run()
  } finally {
    ignore()
    pairs.close()
  }
}

interface CompletePair {
  readonly data: SpdyStream
  readonly error: SpdyStream
}

/** Streams whose other half has not come yet, by request. */
class Pairs {
  readonly #api: ForwardingApi
  readonly #onComplete: (pair: CompletePair) => void
  readonly #pairs = new Map<string, Pair>()

  constructor(api: ForwardingApi, onComplete: (pair: CompletePair) => void) {
    this.#api = api
    this.#onComplete = onComplete
  }

  add(stream: SpdyStream): void {
    const pair = this.#pairFor(requestIdOf(stream))
    const type = stream.header('streamtype') === 'error' ? 'error' : 'data'
    if (pair[type]) {
      const text = `error processing stream for request ${pair.requestId}: ${type} stream already assigned`
      pair.error?.write(text)
      return
    }
    pair[type] = stream
    const { data, error } = pair
    if (!data || !error) return
    this.#remove(pair)
    this.#onComplete({ data, error })
  }

  close(): void {
    for (const pair of this.#pairs.values()) pair.timer.cancel()
  }

  #pairFor(requestId: string): Pair {
    const known = this.#pairs.get(requestId)
    if (known) return known
    const timer = this.#api.clock.after(STREAM_CREATION_TIMEOUT_MS, () => this.#expire(pair))
    const pair: Pair = { requestId, timer }
    this.#pairs.set(requestId, pair)
    return pair
  }

  #expire(pair: Pair): void {
    this.#remove(pair)
    pair.error?.end(`(request=${pair.requestId}) timed out waiting for streams`)
    pair.data?.destroy()
  }

  #remove(pair: Pair): void {
    pair.timer.cancel()
    this.#pairs.delete(pair.requestId)
  }
}

function requireHeaders(stream: SpdyStream): void {
  const port = stream.header('port')
  if (port === '') throw new StatusError('BadRequest', '"port" header is required')
  if (!/^\d+$/.test(port) || Number(port) > 65535) {
    throw new StatusError('BadRequest', `unable to parse ${JSON.stringify(port)} as a port`)
  }
  if (Number(port) < 1) throw new StatusError('BadRequest', `port ${JSON.stringify(port)} must be > 0`)
  const type = stream.header('streamtype')
  if (type === '') throw new StatusError('BadRequest', '"streamType" header is required')
  if (type === 'error' || type === 'data') return
  throw new StatusError('BadRequest', `invalid stream type ${JSON.stringify(type)}`)
}

// Clients before requestID open both streams in a row, the error stream first: their ids tell what belongs together.
function requestIdOf(stream: SpdyStream): string {
  const given = stream.header('requestid')
  if (given !== '') return given
  return String(stream.header('streamtype') === 'error' ? stream.id : stream.id - 2)
}

async function forward(
  api: ForwardingApi,
  reference: PodReference,
  { data, error }: CompletePair,
): Promise<void> {
  // Nothing comes on it, but its end is only seen by reading.
  error.resume()
  const port = Number(data.header('port'))
  try {
    const connection = await api.kubelet.portForward(reference, port)
    // When the data has ended, the client waits for the end of this one before it lets go of its own side.
    connection.once('end', () => error.end())
    await splice(data, connection)
  } catch (cause) {
    if (!error.writableEnded) error.write(forwardingError(port, reference, cause))
  }
  error.end()
  data.end()
  data.resume()
}

/**
 * Passes bytes both ways, the end of each direction too, until the pod's side is closed.
 * Rejects when the pod breaks the connection off.
 */
function splice(stream: SpdyStream, connection: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.on('error', reject)
    connection.on('close', resolve)
    // The client has reset the stream: what it sent before still goes out, what the pod sends goes nowhere.
    stream.on('close', () => connection.end(() => connection.destroy()))
    if (stream.destroyed) {
      connection.destroy()
      return
    }
    stream.pipe(connection)
    connection.pipe(stream)
  })
}
