// Owns how this machine reaches near load balancers: the URL that works, and one GET of it.
import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'

import type { WebAccess } from '../deploy/load-balancers.ts'
import type { AdminClient } from '../region/admin-client.ts'

const TIMEOUT_MS = 5_000
const LOOPBACK = '127.0.0.1'

/** Web access by the URLs that the region itself reports. */
export function nearWeb(admin: AdminClient): WebAccess {
  return {
    async wayTo(hostname, port) {
      const { loadBalancers } = await admin.status()
      const balancer = loadBalancers.find((entry) => entry.hostname === hostname)
      const listener = balancer?.listeners.find((entry) => entry.port === port) ?? balancer?.listeners[0]
      const [address] = listener?.addresses ?? []
      return {
        url: listener?.url ?? `http://${hostname}${port === 80 ? '' : `:${port}`}`,
        ...(address !== undefined && { address }),
      }
    },
    fetchStatus,
  }
}

/** One GET. Names under `.localhost` are this machine whether or not its resolver knows (RFC 6761). */
function fetchStatus(url: string): Promise<number> {
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
        // Whether somebody answers is asked, not who: certificates are the region's own, or of other names.
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
