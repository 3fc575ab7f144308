import { describe, expect, it } from 'vitest'

import { parseSshKey } from './ssh-key.ts'

// Fingerprints by ssh-keygen and openssl.
const RSA =
  'AAAAB3NzaC1yc2EAAAADAQABAAABAQC09/ZGGMy2My/2vTW3TAUB6pupKZTARPaU6ZfOkc0XsocvFK8sFoCfdS8py1cfcORpV0ve3FsO6dH1BWthyZ+wDrhgSmAsJScGgpMM9YiCYA+DdSPpE/34fX4buznOelxCvpbb4540i4f2Rd2s3UHlml5LEpP8MsXzaQDmlEl4FHcKGHRTFChQCcLSH+NFkIZNJlXrkl/ADsx2xw1qPAPS3Ws2iIsb4cUqsBv2TV9QMBYHNl53TkAdAyzB61k45zk0D6kZbFoVmBZYhlApr1+UkUfSFANLKWNJOk5Rg5eelLtkDn1/ycXf/tI48ONDTLIdXuajkHkLY7Ysa22ihaYT'
const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'

describe('parseSshKey', () => {
  it.each([
    [`ssh-rsa ${RSA} me@example`, 'rsa', 'b2:be:05:25:12:3b:8a:25:e0:91:07:d1:cd:2c:18:31'],
    [`ssh-ed25519 ${ED25519}`, 'ed25519', '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU='],
    [ED25519, 'ed25519', '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU='],
  ])('reads %s', (text, type, fingerprint) => {
    expect(parseSshKey(text)).toMatchObject({ type, fingerprint })
  })

  it('keeps the comment', () => {
    expect(parseSshKey(` ssh-rsa ${RSA} me@example\n`)?.publicKey).toBe(`ssh-rsa ${RSA} me@example`)
  })

  it.each(['', 'ssh-rsa', 'ssh-rsa AAAA', 'ecdsa-sha2-nistp256 AAAAE2VjZHNh', '-----BEGIN PUBLIC KEY-----'])(
    'has none of %j',
    (text) => {
      expect(parseSshKey(text)).toBeUndefined()
    },
  )

  it.each([
    ['', 'no header'],
    ['Comment: me@example\n', 'a header'],
    ['Comment: "1024-bit RSA, by me@example.com"\nx-command: /bin/true\n', 'two headers'],
    ['Comment: on \\\nservers\n', 'a header on two lines'],
  ])('reads a file of RFC 4716 with %j: %s', (headers) => {
    const lines = RSA.match(/.{1,70}/g)?.join('\n') ?? ''
    const text = `---- BEGIN SSH2 PUBLIC KEY ----\n${headers}${lines}\n---- END SSH2 PUBLIC KEY ----\n`
    const line = parseSshKey(`ssh-rsa ${RSA}`)
    expect(parseSshKey(text)).toEqual({ ...line, publicKey: text })
  })
})
