// Owns the writing of DER, as far as certificates are made of it, and the reading that a signer needs: the parts of a
// value. A library for all of ASN.1 takes longer to load than a region takes to start (docs/performance.md).
// Source: ITU-T X.690, clauses 8 and 10; RFC 5280, section 4.1 on times.

const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const
const CONTEXT = 0x80
const CONSTRUCTED = 0x20
// From here on a length takes bytes of its own.
const LONG_LENGTH = 0x80
// UTCTime has two digits for the year (RFC 5280, section 4.1.2.5).
const UTC_YEARS_END = 2050

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < LONG_LENGTH) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const digits = content.length.toString(16)
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, LONG_LENGTH | length.length]), length, content])
}

/** Values one after the other. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(TAGS.sequence, ...parts)
}

/** A set of one value, as names have them. */
export function setOf(part: Uint8Array): Buffer {
  return element(TAGS.set, part)
}

/** Of a number that is not negative, in hexadecimal digits. */
export function integer(hex: string): Buffer {
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  // A first bit that is set would make it negative.
  return element(TAGS.integer, ...((bytes[0] ?? 0) < 0x80 ? [bytes] : [Buffer.of(0), bytes]))
}

export function boolean(value: boolean): Buffer {
  return element(TAGS.boolean, Buffer.of(value ? 0xff : 0))
}

/** @param unused how many bits at the end of the last byte mean nothing */
export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return element(TAGS.bits, Buffer.of(unused), bytes)
}

export function octets(bytes: Uint8Array): Buffer {
  return element(TAGS.octets, bytes)
}

export function utf8(text: string): Buffer {
  return element(TAGS.utf8, Buffer.from(text))
}

/** An object identifier: `1.2.840.10045.4.3.2` */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return element(TAGS.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

// Seven bits a byte; all but the last have the first bit set.
function base128(value: number): number[] {
  const digits = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
    digits.unshift((left % 128) + 128)
  }
  return digits
}

/** A moment, to the second. */
export function moment(date: Date): Buffer {
  const text = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < UTC_YEARS_END
    ? element(TAGS.utcTime, Buffer.from(text.slice(2)))
    : element(TAGS.time, Buffer.from(text))
}

/** `[n]` around other values. */
export function tagged(n: number, ...parts: readonly Uint8Array[]): Buffer {
  return element(CONTEXT | CONSTRUCTED | n, ...parts)
}

/** `[n]` in the place of another tag, of a value that is not made of others. */
export function taggedBytes(n: number, bytes: Uint8Array): Buffer {
  return element(CONTEXT | n, bytes)
}

/** The values that a value is made of, each with its tag and length. */
export function partsOf(value: Uint8Array): readonly Buffer[] {
  const content = contentOf(value)
  const parts: Buffer[] = []
  for (let at = 0; at < content.length;) {
    const { start, length } = measure(content.subarray(at))
    parts.push(content.subarray(at, at + start + length))
    at += start + length
  }
  return parts
}

/** What a value holds, without its tag and length. */
export function contentOf(value: Uint8Array): Buffer {
  const { start, length } = measure(value)
  return Buffer.from(value.subarray(start, start + length))
}

function measure(value: Uint8Array): { readonly start: number; readonly length: number } {
  const first = value[1] ?? 0
  if (first < LONG_LENGTH) return { start: 2, length: first }
  const start = 2 + (first - LONG_LENGTH)
  return { start, length: Number(`0x${Buffer.from(value.subarray(2, start)).toString('hex')}`) }
}
