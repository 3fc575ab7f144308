// Owns the refusal of requests that a web page of another origin makes through its visitor's browser.
import { headerOf, type AwsRequest } from './message.ts'

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** True when a browser sent this for a page that is not served by this very endpoint. */
export function isForeignOrigin(request: Pick<AwsRequest, 'headers'>): boolean {
  const origin = headerOf(request, 'origin')
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const { host, hostname } = new URL(origin)
  // The Host comparison alone would let a rebound DNS name through.
  return host !== headerOf(request, 'host') || !LOOPBACK.test(hostname)
}
