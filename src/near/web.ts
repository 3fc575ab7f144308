// Owns how this machine reaches near load balancers: the URL that works, and one GET of it.
import { fetchStatus } from '../deploy/fetch-status.ts'
import type { WebAccess } from '../deploy/load-balancers.ts'
import type { AdminClient } from '../region/admin-client.ts'

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
