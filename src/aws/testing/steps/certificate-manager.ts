// Owns the steps of Certificate Manager.
import { createAuthority } from '../../../base/certificate-authority.ts'
import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import { step, type Made, type Step } from './step.ts'

const ARN = ({ certificate }: Made): object => ({ CertificateArn: certificate })
const TAGS = [{ Key: 'k', Value: 'v' }]
const own = await createAuthority('imported', { clock: systemClock, ids: randomIds })

/** Requests, imports, reads and removes certificates. */
export const certificateManager: readonly Step[] = [
  step(
    'acm',
    'RequestCertificate',
    { DomainName: 'www.example.com', ValidationMethod: 'DNS', KeyAlgorithm: 'EC_prime256v1', Tags: TAGS },
    { certificate: 'CertificateArn' },
  ),
  step('acm', 'DescribeCertificate', ARN),
  step('acm', 'GetCertificate', ARN),
  step('acm', 'ListCertificates', { Includes: { keyTypes: ['EC_prime256v1'] } }),
  step('acm', 'UpdateCertificateOptions', (made) => ({
    ...ARN(made),
    Options: { CertificateTransparencyLoggingPreference: 'DISABLED' },
  })),
  step('acm', 'AddTagsToCertificate', (made) => ({ ...ARN(made), Tags: TAGS })),
  step('acm', 'ListTagsForCertificate', ARN),
  step('acm', 'RemoveTagsFromCertificate', (made) => ({ ...ARN(made), Tags: TAGS })),
  step('acm', 'DeleteCertificate', ARN),
  step('acm', 'ImportCertificate', {
    Certificate: Buffer.from(own.cert),
    PrivateKey: Buffer.from(own.key),
  }),
  step('acm', 'PutAccountConfiguration', { ExpiryEvents: { DaysBeforeExpiry: 30 }, IdempotencyToken: 't' }),
  step('acm', 'GetAccountConfiguration'),
]
