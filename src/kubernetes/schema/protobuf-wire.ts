// Owns the protobuf wire format: varints, lengths and tags, without any knowledge of messages.

/** Bytes that are no protobuf, in the words of Go's generated decoders. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const INITIAL_BYTES = 256

/** Grows as it is written to. */
export class WireWriter {
  #buffer = new Uint8Array(INITIAL_BYTES)
  #length = 0

  /** What was written; a view, valid until the next write. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType)
  }

  /** A whole number; negative ones take ten bytes, as two's complement of 64 bits. */
  varint(value: number): void {
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.#bigVarint(BigInt.asUintN(64, BigInt(value)))
      return
    }
    let rest = value
    this.#reserve(10)
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#length++] = rest
  }

  double(value: number): void {
    this.#reserve(8)
    new DataView(this.#buffer.buffer).setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** Length and content. */
  chunk(content: Uint8Array): void {
    this.varint(content.length)
    this.raw(content)
  }

  raw(content: Uint8Array): void {
    this.#reserve(content.length)
    this.#buffer.set(content, this.#length)
    this.#length += content.length
  }

  #bigVarint(value: bigint): void {
    let rest = value
    this.#reserve(10)
    while (rest >= 0x80n) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.#length++] = Number(rest)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }
}

/** Reads from the start of `bytes` to their end. */
export class WireReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** @throws WireError at the end of the bytes. */
  tag(): { readonly field: number; readonly wireType: number } {
    const tag = this.varint()
    const field = Math.floor(tag / 8)
    if (field <= 0) throw new WireError(`proto: illegal tag ${field} (wire type ${tag % 8})`)
    return { field, wireType: tag % 8 }
  }

  /** A signed 64-bit integer as a number; exact up to 2^53. */
  varint(): number {
    let value = 0
    let scale = 1
    const start = this.#at
    for (let count = 0; count < 10; count++) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new WireError('unexpected EOF')
      if (count === 7 && byte !== 0 && (byte >= 0x10 || value > 0)) return this.#bigVarint(start)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
    throw new WireError('proto: integer overflow')
  }

  double(): number {
    const bytes = this.#take(8)
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)
  }

  chunk(): Uint8Array {
    return this.#take(this.varint())
  }

  skip(wireType: number): void {
    switch (wireType) {
      case VARINT:
        this.varint()
        return
      case FIXED64:
        this.#take(8)
        return
      case BYTES:
        this.chunk()
        return
      case FIXED32:
        this.#take(4)
        return
      default:
        throw new WireError(`proto: illegal wireType ${wireType}`)
    }
  }

  #bigVarint(start: number): number {
    let value = 0n
    this.#at = start
    for (let count = 0n; count < 10n; count++) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new WireError('unexpected EOF')
      value |= BigInt(byte & 0x7f) << (7n * count)
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
    throw new WireError('proto: integer overflow')
  }

  #take(count: number): Uint8Array {
    if (count < 0) throw new WireError('proto: negative length found during unmarshaling')
    const end = this.#at + count
    if (end > this.#bytes.length) throw new WireError('unexpected EOF')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
