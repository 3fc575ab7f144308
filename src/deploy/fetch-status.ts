// Owns one GET of a URL, for nothing but its status.
import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'

const TIMEOUT_MS = 5_000
const LOOPBACK = '127.0.0.1'

/**
 * One GET. Names under `.localhost` are this machine whether or not its resolver knows (RFC 6761).
 * @returns the HTTP status, 0 when there was no answer.
 */
export function fetchStatus(url: string): Promise<number> {
  const target = new URL(url)
  const isTls = target.protocol === 'https:'
  const isLocal = target.hostname === 'localhost' || target.hostname.endsWith('.localhost')
  return new Promise((resolve) => {
    const sent = (isTls ? overTls : overHttp)(
      {
        host: isLocal ? LOOPBACK : target.hostname,
        port: target.port === '' ? (isTls ? 443 : 80) : Number(target.port),
        path: target.pathname,
        headers: { host: target.host, connection: 'close' },
        timeout: TIMEOUT_MS,
        // Whether somebody answers is asked, not who: certificates may be a near region's own, or of other names.
        ...(isTls && { servername: target.hostname, rejectUnauthorized: false }),
      },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => resolve(0))
    sent.end()
  })
}
