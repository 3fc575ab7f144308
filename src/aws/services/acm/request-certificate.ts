// Owns RequestCertificate: issued by the region's own authority, once the domain counts as validated.
import type { RequestCertificateRequest, RequestCertificateResponse } from '@aws-sdk/client-acm'

import { issueServerCertificate } from '../../../base/certificate-authority.ts'
import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import type { AcmState, CertificateRecord } from './state.ts'
import { recordOf, TAGS } from './tags.ts'

/** What AWS takes to see a DNS record and to issue: minutes. */
const VALIDATION_MS = 120_000
/** "Certificates are valid for 13 months (395 days)" (ACM user guide, "Characteristics"). */
const DAYS = 395
/** The same token within an hour is the same request (API reference). */
const TOKEN_MS = 3_600_000

// Of the algorithms of the API, those that public certificates may have (API reference, KeyAlgorithm).
const ALGORITHMS = {
  RSA_2048: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048 },
  EC_prime256v1: { name: 'ECDSA', namedCurve: 'P-256' },
  EC_secp384r1: { name: 'ECDSA', namedCurve: 'P-384' },
} as const

type Request = RequestCertificateRequest

/** @throws AwsError InvalidParameterException, InvalidDomainValidationOptionsException, ValidationException */
export const requestCertificate = operation<AcmState, Request, RequestCertificateResponse>()({
  honours: [
    'DomainName',
    'ValidationMethod',
    'SubjectAlternativeNames',
    'IdempotencyToken',
    'DomainValidationOptions[].DomainName',
    'DomainValidationOptions[].ValidationDomain',
    'KeyAlgorithm',
    ...TAGS,
  ],
  // There is no transparency log that anything could be written to.
  keeps: ['Options.CertificateTransparencyLoggingPreference'],
  handle: async (input, acm) => {
    const earlier = input.IdempotencyToken && findByToken(acm, input.IdempotencyToken)
    if (earlier) return { CertificateArn: earlier.arn }
    const record = await draft(acm, input)
    await acm.certificates.put(record.arn, record)
    return { CertificateArn: record.arn }
  },
})

async function draft(acm: AcmState, input: Request): Promise<CertificateRecord> {
  const { clock, ids, pace } = acm.deps
  const token = input.IdempotencyToken
  const domainName = (input.DomainName ?? '').toLowerCase()
  const others = new Set(input.SubjectAlternativeNames?.map((name) => name.toLowerCase()))
  others.delete(domainName)
  const names: [string, ...string[]] = [domainName, ...others]
  const createdAtMs = clock.now()
  const options = { clock, ids, days: DAYS, key: algorithmOf(input) }
  const { authority } = acm.ports
  const issued = await issueServerCertificate(authority, names, options)
  return {
    arn: acm.newArn(),
    type: 'AMAZON_ISSUED',
    createdAtMs,
    issuedAtMs: createdAtMs + VALIDATION_MS * pace,
    domainName,
    alternativeNames: names,
    privateKey: issued.key,
    certificate: issued.cert,
    chain: authority.cert,
    validation: { method: methodOf(input), domains: domainsOf(input, names) },
    transparency: input.Options?.CertificateTransparencyLoggingPreference ?? 'ENABLED',
    ...(token === undefined ? {} : { token: { value: token, untilMs: createdAtMs + TOKEN_MS } }),
    tags: recordOf(input.Tags),
  }
}

function findByToken(acm: AcmState, token: string): CertificateRecord | undefined {
  const now = acm.deps.clock.now()
  return acm.certificates.list().find((record) => record.token?.value === token && record.token.untilMs > now)
}

// Without a method AWS sends mails.
function methodOf({ ValidationMethod: method = 'EMAIL' }: Request): 'DNS' | 'EMAIL' {
  if (method === 'DNS' || method === 'EMAIL') return method
  throw new AwsError('InvalidParameterException', `ValidationMethod ${method} is not emulated by Neargate`)
}

function algorithmOf({ KeyAlgorithm: algorithm = 'RSA_2048' }: Request) {
  if (Object.hasOwn(ALGORITHMS, algorithm)) return ALGORITHMS[algorithm as keyof typeof ALGORITHMS]
  throw new AwsError(
    'ValidationException',
    `The algorithm ${algorithm} is not supported for public certificates.`,
  )
}

function domainsOf(
  { DomainValidationOptions = [] }: Request,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    DomainValidationOptions.map(({ DomainName: name = '', ValidationDomain: domain = '' }) => {
      const lower = name.toLowerCase()
      // "must be the same as the domain name or a superdomain of it" (API reference, DomainValidationOption).
      if (names.includes(lower) && (lower === domain || lower.endsWith(`.${domain}`))) return [lower, domain]
      throw new AwsError(
        'InvalidDomainValidationOptionsException',
        'One or more values in the DomainValidationOption structure is incorrect.',
      )
    }),
  )
}
