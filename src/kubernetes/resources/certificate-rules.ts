// Owns the rules for what certificates are asked for by: requests, signers, and what a signer answers with.
// Source: kubernetes pkg/apis/certificates (ParseCSR, validateCertificate), pkg/apis/core/validation ValidateSignerName.
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'

import { Pkcs10CertificateRequest } from '@peculiar/x509'

import { messageOf } from '../../base/errors.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { nameProblems } from './naming.ts'

const LEGACY = 'kubernetes.io/legacy-unknown'
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s+([\s\S]*?)-----END \1-----/g

interface Block {
  readonly type: string
  readonly body: string
  readonly text: string
}

function blocksOf(base64: string): Block[] {
  const text = Buffer.from(base64, 'base64').toString('latin1')
  return [...text.matchAll(BLOCK)].map(([whole, type = '', body = '']) => ({ type, body, text: whole }))
}

/** A certificate request that is PEM in base64; undefined for what is none. */
export function parseRequest(base64: string): Pkcs10CertificateRequest | undefined {
  const [block] = blocksOf(base64)
  if (block?.type !== 'CERTIFICATE REQUEST') return undefined
  return new Pkcs10CertificateRequest(Buffer.from(block.body, 'base64'))
}

/** What is wrong with the request of a CertificateSigningRequest. */
export function requestProblem(base64: string): string | undefined {
  try {
    if (parseRequest(base64)) return undefined
    return 'PEM block type must be CERTIFICATE REQUEST'
  } catch (error) {
    // Go names what its decoder found; this names what ours did.
    return `asn1: structure error: ${messageOf(error)}`
  }
}

/** What is wrong with what a signer answers with: certificates in PEM. */
export function certificateProblem(base64: string): string | undefined {
  const blocks = blocksOf(base64)
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  for (const { type, body, text } of blocks) {
    if (type !== 'CERTIFICATE')
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`
    if (body.includes(':')) return 'no PEM block headers are permitted'
    try {
      // Reads it, or throws.
      void new X509Certificate(text).subject
    } catch (error) {
      return `x509: malformed certificate: ${messageOf(error)}`
    }
  }
  return undefined
}

/** Findings for the name of a signer: `example.com/signer-name`. */
export function validateSignerName(field: string, signer: string): FieldError[] {
  if (signer === LEGACY) {
    return [invalid(field, signer, 'the legacy signerName is not allowed via this API version')]
  }
  if (signer === '') return [required(field)]
  const [domain = '', path = '', ...more] = signer.split('/')
  if (!signer.includes('/') || more.length > 0) {
    const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    return [invalid(field, signer, form)]
  }
  const labels = domain.split('.')
  return [
    ...labelErrors(field, domain, 'label'),
    ...(labels.length < 2
      ? [invalid(field, domain, 'should be a domain with at least two segments separated by dots')]
      : []),
    ...labelErrors(field, path, 'subdomain'),
  ]
}

// The first label that is wrong is named: what follows would say the same.
function labelErrors(field: string, segment: string, rule: 'label' | 'subdomain'): FieldError[] {
  for (const label of segment.split('.')) {
    const problems = nameProblems(label, rule)
    if (problems.length === 0) continue
    return problems.map((problem) =>
      invalid(field, segment, `validating label ${JSON.stringify(label)}: ${problem}`),
    )
  }
  return []
}
