// Owns how a certificate looks in DescribeCertificate and ListCertificates.
import type { CertificateDetail, CertificateSummary, DomainValidation } from '@aws-sdk/client-acm'

import { factsOf, type CertificateFacts } from './certificate-facts.ts'
import type { AcmState, CertificateRecord, Validation } from './state.ts'
import { validationRecord } from './validation.ts'

/** The states that a certificate can be in here. */
export type Status = 'PENDING_VALIDATION' | 'ISSUED' | 'EXPIRED'

export function statusOf(
  acm: AcmState,
  record: CertificateRecord,
  { notAfter } = factsOf(record.certificate),
): Status {
  if (acm.isPending(record)) return 'PENDING_VALIDATION'
  return notAfter.getTime() <= acm.deps.clock.now() ? 'EXPIRED' : 'ISSUED'
}

/** A certificate with everything that is known of it: before its validation that is what was asked for. */
export function showDetail(acm: AcmState, record: CertificateRecord): CertificateDetail {
  const facts = factsOf(record.certificate)
  const status = statusOf(acm, record, facts)
  const inUseBy = acm.ports.usersOf(record.arn)
  return {
    CertificateArn: record.arn,
    DomainName: record.domainName,
    SubjectAlternativeNames: [...record.alternativeNames],
    ...(record.validation && { DomainValidationOptions: validations(record, record.validation, status) }),
    Subject: facts.subject,
    ...timesOf(record, status),
    Status: status,
    // Answers have a dash where the SDK's enumeration has an underscore.
    KeyAlgorithm: facts.keyAlgorithm as CertificateDetail['KeyAlgorithm'],
    SignatureAlgorithm: facts.signatureAlgorithm,
    InUseBy: [...inUseBy],
    Type: record.type,
    RenewalEligibility: isRenewable(record, inUseBy) ? 'ELIGIBLE' : 'INELIGIBLE',
    Options: { CertificateTransparencyLoggingPreference: record.transparency, Export: 'DISABLED' },
    ...(status === 'PENDING_VALIDATION' ? { KeyUsages: [], ExtendedKeyUsages: [] } : issuedFacts(facts)),
  }
}

function issuedFacts(facts: CertificateFacts): Partial<CertificateDetail> {
  return {
    Serial: facts.serial,
    Issuer: facts.issuer,
    NotBefore: facts.notBefore,
    NotAfter: facts.notAfter,
    KeyUsages: facts.keyUsages.map((Name) => ({ Name: Name as 'ANY' })),
    ExtendedKeyUsages: facts.extendedKeyUsages.map(({ Name, OID }) => ({ Name: Name as 'ANY', OID })),
  }
}

function timesOf(record: CertificateRecord, status: Status): Partial<CertificateDetail> {
  if (record.type === 'IMPORTED') return { ImportedAt: new Date(record.createdAtMs) }
  return {
    CreatedAt: new Date(record.createdAtMs),
    ...(status !== 'PENDING_VALIDATION' && { IssuedAt: new Date(record.issuedAtMs) }),
  }
}

// "Managed certificate renewal": what was issued here and is in use.
function isRenewable({ type }: CertificateRecord, inUseBy: readonly string[]): boolean {
  return type === 'AMAZON_ISSUED' && inUseBy.length > 0
}

function validations(
  { arn, alternativeNames }: CertificateRecord,
  { method, domains }: Validation,
  status: Status,
): DomainValidation[] {
  return alternativeNames.map((name) => {
    const domain = domains[name] ?? name
    return {
      DomainName: name,
      ValidationDomain: domain,
      ValidationStatus: status === 'PENDING_VALIDATION' ? 'PENDING_VALIDATION' : 'SUCCESS',
      ValidationMethod: method,
      ...(method === 'DNS'
        ? { ResourceRecord: validationRecord(arn, name) }
        : { ValidationEmails: mailboxes(domain) }),
    }
  })
}

// The five addresses of "Email validation" in the ACM user guide.
function mailboxes(domain: string): string[] {
  const bare = domain.replace(/^(?:\*|www)\./, '')
  return ['administrator', 'hostmaster', 'postmaster', 'webmaster', 'admin'].map((box) => `${box}@${bare}`)
}

// "If there are more than 100, HasAdditionalSubjectAlternativeNames is true" (API reference, CertificateSummary).
const MOST_NAMES = 100

export function showSummary(acm: AcmState, record: CertificateRecord): CertificateSummary {
  const detail = showDetail(acm, record)
  return {
    CertificateArn: record.arn,
    DomainName: record.domainName,
    SubjectAlternativeNameSummaries: record.alternativeNames.slice(0, MOST_NAMES),
    HasAdditionalSubjectAlternativeNames: record.alternativeNames.length > MOST_NAMES,
    Status: detail.Status,
    Type: record.type,
    KeyAlgorithm: detail.KeyAlgorithm,
    KeyUsages: detail.KeyUsages?.flatMap(({ Name }) => Name ?? []),
    ExtendedKeyUsages: detail.ExtendedKeyUsages?.flatMap(({ Name }) => Name ?? []),
    ExportOption: 'DISABLED',
    InUse: (detail.InUseBy ?? []).length > 0,
    RenewalEligibility: detail.RenewalEligibility,
    NotBefore: detail.NotBefore,
    NotAfter: detail.NotAfter,
    CreatedAt: detail.CreatedAt,
    IssuedAt: detail.IssuedAt,
    ImportedAt: detail.ImportedAt,
  }
}
