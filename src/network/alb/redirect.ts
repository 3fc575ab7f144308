// Owns where a redirect leads: AWS's placeholders filled in. Source: ELBv2 API reference, RedirectActionConfig.
import type { RedirectAction } from './plan.ts'

/** What the placeholders stand for. */
export interface Origin {
  readonly protocol: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** With its first slash. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
}

/** The longest URL that AWS redirects to. */
export const LONGEST_LOCATION = 8192

/** The Location header: always with a port, as AWS writes it. */
export function locationOf(action: RedirectAction, origin: Origin): string {
  const protocol = action.protocol.replace('#{protocol}', origin.protocol).toLowerCase()
  const values: Readonly<Record<string, string>> = {
    protocol,
    host: origin.host,
    port: String(origin.port),
    path: origin.path.replace(/^\//, ''),
    query: origin.query,
  }
  const fill = (text: string): string =>
    text.replace(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => values[name] ?? '')
  const query = fill(action.query)
  return `${protocol}://${fill(action.host)}:${fill(action.port)}${fill(action.path)}${query === '' ? '' : `?${query}`}`
}
