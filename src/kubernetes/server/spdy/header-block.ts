// Owns header blocks: names and values, compressed in one zlib context for each direction of a connection.
// Source: SPDY Protocol draft 3.1, section 2.6.10; moby/spdystream spdy/read.go parseHeaderValueBlock.
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'

import { headerDictionary } from './dictionary.ts'
import { SpdyError } from './protocol-error.ts'

/** Lower-case names; a name can have several values. */
export type Headers = ReadonlyMap<string, readonly string[]>

// No client comes near; what unpacks to more is refused before it fills the memory.
const MAXIMUM_BYTES = 256 * 1024

/** Unpacks the blocks of one direction, in the order of their frames. */
export class HeaderDecoder {
  readonly #context = new ZlibContext(createInflate({ dictionary: headerDictionary() }))

  /** @throws SpdyError for what is not a header block. */
  async decode(block: Uint8Array): Promise<Headers> {
    return parseHeaders(await this.#context.run(block))
  }

  close(): void {
    this.#context.close()
  }
}

/** Packs the blocks of one direction; they have to be sent in the order they were packed. */
export class HeaderEncoder {
  readonly #context = new ZlibContext(createDeflate({ dictionary: headerDictionary() }))

  async encode(headers: Headers): Promise<Buffer> {
    return await this.#context.run(formatHeaders(headers))
  }

  close(): void {
    this.#context.close()
  }
}

/** A header block before compression. */
export function formatHeaders(headers: Headers): Buffer {
  const parts = [word(headers.size)]
  for (const [name, values] of headers) {
    for (const text of [name.toLowerCase(), values.join('\0')]) {
      const bytes = Buffer.from(text)
      parts.push(word(bytes.length), bytes)
    }
  }
  return Buffer.concat(parts)
}

/** Reads a header block after decompression. @throws SpdyError for a wrong length, a name twice or in upper case. */
export function parseHeaders(block: Buffer): Headers {
  let offset = 0
  const number = (): number => {
    if (offset + 4 > block.length) throw new SpdyError('header block is cut short')
    offset += 4
    return block.readUInt32BE(offset - 4)
  }
  const text = (): string => {
    const length = number()
    if (offset + length > block.length) throw new SpdyError('header block is cut short')
    offset += length
    return block.toString('utf8', offset - length, offset)
  }
  const headers = new Map<string, readonly string[]>()
  for (let count = number(); count > 0; count--) {
    const name = text()
    if (name !== name.toLowerCase()) throw new SpdyError('header was not lowercased')
    if (headers.has(name)) throw new SpdyError('multiple headers with same name')
    headers.set(name, text().split('\0'))
  }
  if (offset < block.length) throw new SpdyError('header block is too long')
  return headers
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A zlib stream that gives back all it has after each piece. */
class ZlibContext {
  readonly #zlib: Deflate | Inflate
  #output: Buffer[] = []
  #size = 0
  #fail: ((error: Error) => void) | undefined

  constructor(zlib: Deflate | Inflate) {
    this.#zlib = zlib
    zlib.on('data', (chunk: Buffer) => {
      this.#output.push(chunk)
      this.#size += chunk.length
      if (this.#size > MAXIMUM_BYTES) zlib.destroy(new SpdyError('header block is too large'))
    })
    zlib.on('error', (error) => this.#fail?.(new SpdyError(`header block: ${error.message}`)))
  }

  run(input: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#zlib.write(input)
      this.#zlib.flush(constants.Z_SYNC_FLUSH, () => {
        // Also called when the stream fails; the error comes after that.
        if (this.#zlib.destroyed) return
        resolve(Buffer.concat(this.#output))
        this.#output = []
        this.#size = 0
      })
    })
  }

  close(): void {
    this.#fail?.(new SpdyError('header block: the connection is closed'))
    this.#zlib.destroy()
  }
}
