// Owns how this machine reaches load balancers of AWS: by their names, which take a while to be known everywhere.
import type { Clock } from '../base/clock.ts'
import { fetchStatus } from '../deploy/fetch-status.ts'
import type { WebAccess } from '../deploy/load-balancers.ts'
import type { Pace } from '../deploy/pace.ts'

// A resolver that was asked too early remembers for a minute that there is no such name.
const FRESH_NAME_MS = 5 * 60_000
const TLS_PORT = 443
const HTTP_PORT = 80

/** Web access by hostnames. A URL that nobody answers is fetched again for some minutes. */
export function farWeb(
  { clock, pace }: { readonly clock: Clock; readonly pace: Pace },
  fetch: (url: string) => Promise<number> = fetchStatus,
): WebAccess {
  return {
    wayTo: async (hostname, port) => ({ url: urlOf(hostname, port) }),
    async fetchStatus(url) {
      const deadline = clock.now() + FRESH_NAME_MS
      for (;;) {
        const status = await fetch(url)
        if (status !== 0 || clock.now() + pace.longestPauseMs > deadline) return status
        await clock.sleep(pace.longestPauseMs)
      }
    },
  }
}

function urlOf(hostname: string, port: number): string {
  if (port === TLS_PORT) return `https://${hostname}`
  return `http://${hostname}${port === HTTP_PORT ? '' : `:${port}`}`
}
