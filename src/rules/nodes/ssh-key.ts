// Owns public SSH keys as people write them, and their fingerprints as EC2 shows those of imported key pairs.
// Source: EC2 User Guide, "Verify the fingerprints of your Amazon EC2 key pairs"; RFC 4253 6.6.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

export interface SshKey {
  readonly type: 'rsa' | 'ed25519'
  readonly fingerprint: string
  /** `ssh-rsa AAAA…` */
  readonly publicKey: string
}

/**
 * The key of a line of `authorized_keys`, of its base64 alone, or of a file as RFC 4716 has it; undefined for anything that
 * EC2 does not take.
 */
export function parseSshKey(text: string): SshKey | undefined {
  const body = readFile(text)
  const key = readLine(body ?? text)
  // Imported as a file it is shown as one.
  return key && body !== undefined ? { ...key, publicKey: text } : key
}

// RFC 4716 3: headers, continued after a backslash, then base64 in lines of at most 72 characters.
function readFile(text: string): string | undefined {
  const file = /^---- BEGIN SSH2 PUBLIC KEY ----\r?\n(.*?)\r?\n---- END SSH2 PUBLIC KEY ----\s*$/s.exec(
    text.trimStart(),
  )
  const lines = file?.[1]?.replaceAll(/\\\r?\n/g, '').split(/\r?\n/)
  return lines?.filter((line) => !/^[^:]{1,64}: /.test(line)).join('')
}

function readLine(text: string): SshKey | undefined {
  const words = text.trim().split(/\s+/)
  const blob = Buffer.from(words.find((word) => word.startsWith('AAAA')) ?? '', 'base64')
  const fields = readFields(blob)
  const type = fields[0]?.toString('latin1')
  const [, first, second] = fields
  if (type === 'ssh-ed25519' && first?.length === 32) {
    return { type: 'ed25519', fingerprint: sha256(blob), publicKey: lineOf(words, type) }
  }
  if (type !== 'ssh-rsa' || !first || !second) return undefined
  const der = rsaKey({ exponent: first, modulus: second })?.export({ type: 'spki', format: 'der' })
  if (!der) return undefined
  // Of an imported key: MD5 of the public half.
  const fingerprint = colons(createHash('md5').update(der).digest('hex'))
  return { type: 'rsa', fingerprint, publicKey: lineOf(words, type) }
}

// As it was written, with the comment that it ends with.
function lineOf(words: readonly string[], type: string): string {
  return [type, ...words.slice(words.findIndex((word) => word.startsWith('AAAA')))].join(' ')
}

function rsaKey({ exponent, modulus }: { exponent: Buffer; modulus: Buffer }): KeyObject | undefined {
  const key = { kty: 'RSA', e: exponent.toString('base64url'), n: unsigned(modulus).toString('base64url') }
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    // Numbers that are no key.
    return undefined
  }
}

// Big numbers have a leading zero where their first bit would be taken for a sign (RFC 4251, `mpint`).
function unsigned(number: Buffer): Buffer {
  return number[0] === 0 ? number.subarray(1) : number
}

function readFields(blob: Buffer): Buffer[] {
  const fields: Buffer[] = []
  let at = 0
  while (at + 4 <= blob.length) {
    const length = blob.readUInt32BE(at)
    if (at + 4 + length > blob.length) break
    fields.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return fields
}

/** `ab:cd:…` */
export function colons(hex: string): string {
  return (hex.match(/../g) ?? []).join(':')
}

/** The fingerprint of an Ed25519 key. */
export function sha256(blob: Buffer): string {
  return createHash('sha256').update(blob).digest('base64')
}
