// Owns the file of certificates that clients of a near region trust: what this machine trusts already, and its own.
import { readFileSync } from 'node:fs'
import tls from 'node:tls'

import { writePrivateFile } from '../base/private-files.ts'
import { CA_VARIABLES } from './environment.ts'

type Environment = Readonly<Record<string, string | undefined>>

// Debian, Fedora, Alpine and SUSE, macOS: the list of Go's crypto/x509 (root_linux.go, root_darwin.go), shortened.
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * Writes the file anew. The variables that it is given by take the place of what they said before, so what the files in
 * the environment hold (a company's own authority, say) is in it too.
 * @param ca PEM of the region's own authority
 */
export function writeCaBundle(path: string, ca: string, environment: Environment): void {
  const given = CA_VARIABLES.flatMap((name) => certificatesIn(environment[name] ?? ''))
  const all = new Set([...systemCertificates(), ...given, ...certificatesOf(ca)])
  writePrivateFile(path, `${[...all].join('\n')}\n`)
}

function systemCertificates(): readonly string[] {
  const found = SYSTEM_FILES.map(certificatesIn).find((certificates) => certificates.length > 0)
  return found ?? knownToNode()
}

// Node reads the system's own store since 22.15, and brings Mozilla's list.
function knownToNode(): readonly string[] {
  const { getCACertificates, rootCertificates }: Partial<typeof tls> = tls
  return getCACertificates?.('system') ?? rootCertificates ?? []
}

function certificatesIn(path: string): readonly string[] {
  if (path === '') return []
  try {
    return certificatesOf(readFileSync(path, 'utf8'))
  } catch {
    // It is not there, or not for us: whoever names it has no more of it either.
    return []
  }
}

function certificatesOf(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
}
