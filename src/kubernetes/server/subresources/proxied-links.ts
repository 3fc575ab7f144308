// Owns the links of pages that come through the API server's proxy: what a page calls a path of its own host is one below
// the proxy for whoever sees it there.
// Source: apimachinery pkg/util/proxy/transport.go (which attributes of which elements, and which of them are left alone).
import { gunzipSync, gzipSync, inflateRawSync, deflateRawSync } from 'node:zlib'

const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
}

// An element's opening, or a comment, which is left as it is; a `>` may stand in a quoted value.
const OPENINGS =
  /<!--[^]*?-->|<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?|\s*\/)*)\s*>/g
const ATTRIBUTES = /(\s)([^\s"'>/=]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/g

const ENCODINGS = {
  '': { read: (bytes: Uint8Array) => bytes, write: (bytes: Uint8Array) => bytes },
  gzip: { read: gunzipSync, write: gzipSync },
  deflate: { read: inflateRawSync, write: deflateRawSync },
} as const

/** Where a page is seen, and where it comes from. */
export interface ProxiedPage {
  /** Path of the proxy, without a slash at its end. */
  readonly prefix: string
  /** `10.0.1.5:80` */
  readonly host: string
}

/** A page with its links led through the proxy. */
export function proxiedLinks(html: string, page: ProxiedPage): string {
  return html.replace(OPENINGS, (whole, name: string | undefined, attributes: string | undefined) => {
    const names = LINKS[name?.toLowerCase() ?? '']
    if (!names || !attributes) return whole
    const led = attributes.replace(ATTRIBUTES, (text, ...parts: string[]) => {
      const [space = '', key = '', equals = '', value = ''] = parts
      if (!names.includes(key.toLowerCase())) return text
      const quote = /^["']/.exec(value)?.[0] ?? ''
      const url = quote === '' ? value : value.slice(1, -1)
      return `${space}${key}${equals}${quote}${proxiedUrl(url, page)}${quote}`
    })
    return whole.replace(attributes, () => led)
  })
}

/**
 * The body of an answer with its links led through the proxy; undefined where that is not to be done.
 * @throws Error of zlib for a body that is not packed as its headers say
 */
export function proxiedBody(
  body: Uint8Array,
  headers: { readonly type: string | undefined; readonly encoding: string | undefined },
  page: ProxiedPage,
): Uint8Array | undefined {
  if (!isPage(headers.type)) return undefined
  const encoding = ENCODINGS[(headers.encoding ?? '') as keyof typeof ENCODINGS]
  // What is packed in another way cannot be looked into.
  if (encoding === undefined) return undefined
  return encoding.write(Buffer.from(proxiedLinks(Buffer.from(encoding.read(body)).toString(), page)))
}

/** Whether an answer is a page with links. */
export function isPage(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim() === 'text/html'
}

function proxiedUrl(url: string, { prefix, host }: ProxiedPage): string {
  const [, authority, path = ''] = /^(?:(?:https?:)?\/\/([^/?#]*))?(.*)$/s.exec(url) ?? []
  if (authority !== undefined && authority !== host) return url
  if (!path.startsWith('/') || path.startsWith(prefix)) return url
  return prefix + path
}
