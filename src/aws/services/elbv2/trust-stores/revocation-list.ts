// Owns reading certificate revocation lists: whose they are, and which certificates they take back.
import 'reflect-metadata'
import { PemConverter, X509Crl } from '@peculiar/x509'

import { AwsError } from '../../../../base/errors.ts'
import type { Revocations } from '../../../../network/tls/client-trust.ts'

/** The one list in a text, which is PEM. @throws AwsError InvalidRevocationContent; the words were not found */
export function revocationsIn(text: string): Revocations {
  try {
    const [block, ...others] = PemConverter.decode(text)
    if (!block || others.length > 0) throw invalid()
    const list = new X509Crl(block)
    // It must say when the next one comes (RFC 5280 5.1.2.5); without that the library finds no entries.
    if (!list.nextUpdate) throw invalid()
    return { issuer: list.issuer, serialNumbers: list.entries.map(({ serialNumber }) => serialNumber) }
  } catch {
    throw invalid()
  }
}

function invalid(): AwsError {
  return new AwsError(
    'InvalidRevocationContent',
    'The revocation file is not a certificate revocation list in PEM',
  )
}
