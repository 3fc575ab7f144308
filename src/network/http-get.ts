// Owns the one HTTP request that probes and health checks make: GET over a given stream, status and start of the body.
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

export interface HttpGet {
  readonly isTls: boolean
  /** The Host header. */
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Ends the request; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

export interface HttpGetResult {
  readonly status: number
  /** At most 10 KiB, as the kubelet reads (pkg/probe/http maxRespBodyLength). */
  readonly body: string
}

const BODY_LIMIT = 10 * 1024

/** Sends one GET and closes the stream. Certificates are not verified: neither the kubelet nor an NLB does. */
export async function httpGet(stream: Duplex, options: HttpGet): Promise<HttpGetResult> {
  const { isTls, host, path, headers, signal } = options
  const transport = isTls ? connectTls({ socket: stream, rejectUnauthorized: false }) : stream
  try {
    return await new Promise<HttpGetResult>((resolve, reject) => {
      transport.on('error', reject)
      const outgoing = request({
        method: 'GET',
        path,
        headers: { host, connection: 'close', ...headers },
        createConnection: () => transport,
        signal,
      })
      outgoing.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = []
        let size = 0
        const finish = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).subarray(0, BODY_LIMIT).toString('utf8'),
          })
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size >= BODY_LIMIT) finish()
        })
        response.on('end', finish)
        response.on('error', reject)
      })
      outgoing.end()
    })
  } finally {
    // A late error of a stream that nobody reads any more is of no interest.
    stream.on('error', () => undefined)
    transport.destroy()
    stream.destroy()
  }
}
