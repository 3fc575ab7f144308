// Owns which certificate a client gets: by the server name it asks for.
import { createSecureContext, type SecureContext } from 'node:tls'

import type { Certificate } from './plan.ts'

/** The certificate for a name: one that names it, then one with a wildcard for it, then the default one. */
export function certificateFor(certificates: readonly Certificate[], name: string): Certificate | undefined {
  const wanted = name.toLowerCase()
  const parent = wanted.replace(/^[^.]+/, '*')
  const named = (text: string) =>
    certificates.find(({ names }) => names.some((each) => each.toLowerCase() === text))
  return named(wanted) ?? named(parent) ?? certificates[0]
}

const contexts = new WeakMap<Certificate, SecureContext>()

/** What TLS needs of a certificate; made once for each. */
export function contextOf(certificate: Certificate): SecureContext {
  const there = contexts.get(certificate)
  if (there) return there
  const made = createSecureContext({ cert: certificate.certificateChainPem, key: certificate.privateKeyPem })
  contexts.set(certificate, made)
  return made
}
