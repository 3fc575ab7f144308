// Owns reading which host the first bytes of a connection are for: HTTP Host header or TLS server name.

export type Destination =
  /** Not enough bytes to tell. */
  | { readonly kind: 'incomplete' }
  /** `port` is what the Host header names, when it does. */
  | { readonly kind: 'http'; readonly host: string; readonly port: number | undefined }
  | { readonly kind: 'tls'; readonly host: string }
  /** Neither HTTP with a host nor TLS with a server name. */
  | { readonly kind: 'opaque' }

/** Most bytes that are read before a connection counts as opaque. */
export const LONGEST_PREAMBLE = 16 * 1024

const INCOMPLETE: Destination = { kind: 'incomplete' }
const OPAQUE: Destination = { kind: 'opaque' }
const METHOD = /^[A-Z]{1,20}$/

/** Reads the destination of what has arrived so far; never consumes anything. */
export function readDestination(bytes: Buffer): Destination {
  if (bytes.length === 0) return INCOMPLETE
  const result = bytes[0] === 0x16 ? readServerName(bytes) : readHost(bytes)
  return result.kind === 'incomplete' && bytes.length >= LONGEST_PREAMBLE ? OPAQUE : result
}

function readHost(bytes: Buffer): Destination {
  const text = bytes.toString('latin1')
  const space = text.indexOf(' ')
  if (!METHOD.test(space < 0 ? text : text.slice(0, space))) return OPAQUE
  const end = /\r?\n\r?\n/.exec(text)
  const match = /\n[Hh][Oo][Ss][Tt]:[ \t]*([^\r\n]*?)[ \t]*\r?\n/.exec(
    end ? text.slice(0, end.index + 2) : text,
  )
  if (!match) return end ? OPAQUE : INCOMPLETE
  const [host = '', port] = (match[1] ?? '').split(':')
  return { kind: 'http', host: host.toLowerCase(), port: port ? Number(port) : undefined }
}

/** Walks through the ClientHello (RFC 8446 4.1.2, RFC 6066 3). Reading past what has arrived means incomplete. */
function readServerName(bytes: Buffer): Destination {
  const reader = new Reader(bytes)
  try {
    reader.skip(3)
    reader.skip(2)
    if (reader.uint(1) !== 1) return OPAQUE
    reader.skip(3 + 2 + 32)
    reader.skip(reader.uint(1))
    reader.skip(reader.uint(2))
    reader.skip(reader.uint(1))
    const end = reader.uint(2) + reader.position
    while (reader.position < end) {
      const type = reader.uint(2)
      const length = reader.uint(2)
      if (type !== 0) {
        reader.skip(length)
        continue
      }
      reader.skip(3)
      return { kind: 'tls', host: reader.text(reader.uint(2)).toLowerCase() }
    }
    return OPAQUE
  } catch (error) {
    if (error instanceof RangeError) return INCOMPLETE
    throw error
  }
}

class Reader {
  position = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(length: number): void {
    this.position += length
  }

  uint(length: 1 | 2): number {
    const value = this.#bytes.readUIntBE(this.position, length)
    this.position += length
    return value
  }

  text(length: number): string {
    const end = this.position + length
    if (end > this.#bytes.length) throw new RangeError('text goes past the end')
    const value = this.#bytes.toString('latin1', this.position, end)
    this.position = end
    return value
  }
}
