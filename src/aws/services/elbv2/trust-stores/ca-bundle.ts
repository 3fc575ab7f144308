// Owns the certificates of authorities that a trust store holds: reading a bundle, and what it may not be.
import { X509Certificate } from 'node:crypto'

import { AwsError } from '../../../../base/errors.ts'
import type { Principal } from '../../../protocol/service.ts'
import type { Elb } from '../state.ts'
import { readStored } from './stored-file.ts'

/** "CA certificates per trust store: 25" (quotas). */
const MOST_AUTHORITIES = 25

/** What operations honour of the place of a bundle. */
export const BUNDLE = [
  'CaCertificatesBundleS3Bucket',
  'CaCertificatesBundleS3Key',
  'CaCertificatesBundleS3ObjectVersion',
] as const

interface BundlePlace {
  readonly CaCertificatesBundleS3Bucket: string | undefined
  readonly CaCertificatesBundleS3Key: string | undefined
  readonly CaCertificatesBundleS3ObjectVersion?: string | undefined
}

/**
 * The authorities of a bundle in S3, each as PEM.
 * @throws AwsError CaCertificatesBundleNotFound, InvalidCaCertificatesBundle
 */
export async function readBundle(
  elb: Elb,
  input: BundlePlace,
  principal: Principal,
): Promise<readonly string[]> {
  const place = {
    Bucket: input.CaCertificatesBundleS3Bucket,
    Key: input.CaCertificatesBundleS3Key,
    VersionId: input.CaCertificatesBundleS3ObjectVersion,
  }
  return authoritiesIn(await readStored(elb, place, { principal, code: 'CaCertificatesBundleNotFound' }))
}

/** The certificates in a text, each as PEM; the words were not found. @throws AwsError InvalidCaCertificatesBundle */
function authoritiesIn(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw invalid('it holds no certificate in PEM')
  if (blocks.length > MOST_AUTHORITIES) throw invalid(`it holds more than ${MOST_AUTHORITIES} certificates`)
  return blocks.map((block, index) => {
    const certificate = parsed(block)
    if (!certificate) throw invalid(`certificate ${index + 1} cannot be read`)
    if (!certificate.ca) throw invalid(`certificate ${index + 1} is not that of a certificate authority`)
    return String(certificate)
  })
}

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block)
  } catch {
    return undefined
  }
}

function invalid(why: string): AwsError {
  return new AwsError('InvalidCaCertificatesBundle', `The CA certificates bundle is not valid: ${why}`)
}
