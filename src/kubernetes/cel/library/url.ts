// Owns URLs in CEL. Source: apiserver pkg/cel/library/urls.go.
import type { Environment } from '@marcbachmann/cel-js'

import { CelError } from '../errors.ts'

class Url {
  readonly url: URL

  constructor(url: URL) {
    this.url = url
  }
}

/** Registers `url`, `isURL` and what a URL can be asked. */
export function registerUrl(environment: Environment): void {
  environment
    .registerType('kubernetes.URL', { ctor: Url, fields: {} })
    .registerFunction('url(string): kubernetes.URL', (text: string) => new Url(parse(text)))
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction('kubernetes.URL.getScheme(): string', ({ url }: Url) =>
      hidden(url) ? '' : url.protocol.slice(0, -1),
    )
    .registerFunction('kubernetes.URL.getHost(): string', ({ url }: Url) => (hidden(url) ? '' : url.host))
    .registerFunction('kubernetes.URL.getHostname(): string', ({ url }: Url) =>
      hidden(url) ? '' : url.hostname.replace(/^\[(.*)\]$/, '$1'),
    )
    .registerFunction('kubernetes.URL.getPort(): string', ({ url }: Url) => url.port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', ({ url }: Url) => url.pathname)
    .registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', ({ url }: Url) => queryOf(url))
}

// A path alone is an absolute URI to Go; JavaScript wants a host, which nobody gets to see.
const NOWHERE = 'nowhere.invalid'

function parse(text: string): URL {
  try {
    return text.startsWith('/') ? new URL(text, `http://${NOWHERE}`) : new URL(text)
  } catch {
    throw new CelError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    )
  }
}

function hidden({ hostname }: URL): boolean {
  return hostname === NOWHERE
}

function isUrl(text: string): boolean {
  return text.startsWith('/') || URL.canParse(text)
}

function queryOf(url: URL): Record<string, string[]> {
  return Object.fromEntries([...url.searchParams.keys()].map((key) => [key, url.searchParams.getAll(key)]))
}
