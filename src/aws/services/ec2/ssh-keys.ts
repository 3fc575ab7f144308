// Owns SSH keys as EC2 makes them: OpenSSH lines and PEM files.
// Source: RFC 4253 6.6; PROTOCOL.key of OpenSSH.
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

import { AwsError } from '../../../base/errors.ts'
import { sha1Hex } from '../../../base/sha1.ts'
import { colons, parseSshKey, sha256, type SshKey } from '../../../rules/nodes/ssh-key.ts'

const RSA_BITS = 2048

/** A fresh key, with the private half as a file for `ssh -i`. */
export async function makeSshKey(type: 'rsa' | 'ed25519'): Promise<SshKey & { readonly privateKey: string }> {
  if (type === 'ed25519') return makeEd25519()
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS })
  const der = privateKey.export({ type: 'pkcs8', format: 'der' })
  return {
    type,
    // Of a key that EC2 made: SHA-1 of the private half.
    fingerprint: colons(sha1Hex(der)),
    publicKey: `ssh-rsa ${rsaBlob(publicKey).toString('base64')}`,
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  }
}

async function makeEd25519(): Promise<SshKey & { readonly privateKey: string }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')
  const blob = ed25519Blob(point)
  return {
    type: 'ed25519',
    fingerprint: sha256(blob),
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
    privateKey: openSshFile(blob, { point, seed }),
  }
}

function ed25519Blob(point: Buffer): Buffer {
  return Buffer.concat([field('ssh-ed25519'), field(point)])
}

// PROTOCOL.key: a header, the public key, and the private one between two equal check numbers, padded to 8 bytes.
function openSshFile(blob: Buffer, { point, seed }: { point: Buffer; seed: Buffer }): string {
  const check = createHash('sha256').update(seed).digest().subarray(0, 4)
  const inner = Buffer.concat([
    check,
    check,
    field('ssh-ed25519'),
    field(point),
    field(Buffer.concat([seed, point])),
    field(''),
  ])
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1))
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(blob),
    field(Buffer.concat([inner, padding])),
  ])
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

/** The key of a line of `authorized_keys`, or of its base64 alone. @throws AwsError InvalidKey.Format */
export function readSshKey(text: string): SshKey {
  const key = parseSshKey(text)
  if (!key) throw new AwsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format')
  return key
}

function rsaBlob(key: KeyObject): Buffer {
  const { e = '', n = '' } = key.export({ format: 'jwk' })
  return Buffer.concat([
    field('ssh-rsa'),
    field(Buffer.from(e, 'base64url')),
    field(signed(Buffer.from(n, 'base64url'))),
  ])
}

// Big numbers have a leading zero where their first bit would be taken for a sign (RFC 4251, `mpint`).
function signed(number: Buffer): Buffer {
  return (number[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
