// Owns the certificate that load balancers under test serve with.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createAuthority, issueServerCertificate } from '../../src/base/certificate-authority.ts'
import { systemClock } from '../../src/base/clock.ts'
import { randomIds } from '../../src/base/ids.ts'
import type { TlsCertificate } from '../../src/network/tls/terminate.ts'

export interface Keys {
  readonly certificate: TlsCertificate
  /** Certificate and key in one file, as haproxy wants them; nginx takes it for both. */
  readonly file: string
}

/** A new certificate, written into the directory too. */
export async function createKeys(directory: string): Promise<Keys> {
  const sources = { clock: systemClock, ids: randomIds }
  const authority = await createAuthority('suite', sources)
  const { cert, key } = await issueServerCertificate(authority, ['web.example.com'], sources)
  const file = join(directory, 'server.pem')
  writeFileSync(file, `${cert}\n${key}\n`, { mode: 0o600 })
  return { certificate: { certificateChainPem: cert, privateKeyPem: key, names: ['web.example.com'] }, file }
}
