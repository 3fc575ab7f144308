// Owns the refusal of requests that a web page of another origin makes through its visitor's browser.
import type { AwsRequest } from './message.ts'

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** True when a browser sent this for a page that is not served by this very endpoint. */
export function isForeignOrigin({ headers }: Pick<AwsRequest, 'headers'>): boolean {
  const origin = headers['origin']
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const { host, hostname } = new URL(origin)
  // The Host comparison alone would let a rebound DNS name through.
  return host !== headers['host'] || !LOOPBACK.test(hostname)
}
