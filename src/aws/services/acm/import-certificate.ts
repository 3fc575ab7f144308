// Owns ImportCertificate: a certificate of somebody else, with its key, new or in place of an imported one.
import type { ImportCertificateRequest, ImportCertificateResponse } from '@aws-sdk/client-acm'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { checkPrivateKey, factsOf, invalid } from './certificate-facts.ts'
import type { AcmState, CertificateRecord } from './state.ts'
import { recordOf, TAGS } from './tags.ts'

/** @throws AwsError ValidationException, ResourceNotFoundException, InvalidArnException */
export const importCertificate = operation<AcmState, ImportCertificateRequest, ImportCertificateResponse>()({
  honours: ['CertificateArn', 'Certificate', 'PrivateKey', 'CertificateChain', ...TAGS],
  handle: async (input, acm) => {
    const read = readImport(acm, input)
    if (input.CertificateArn !== undefined && (input.Tags ?? []).length > 0) {
      throw invalid('Tagging is not permitted on re-import.')
    }
    return await acm.deps.store.transact((tx) => {
      const earlier = input.CertificateArn === undefined ? undefined : acm.certificate(input.CertificateArn)
      if (earlier && earlier.type !== 'IMPORTED')
        throw invalid(`Certificate ${earlier.arn} was not imported.`)
      const arn = earlier?.arn ?? acm.newArn()
      const tags = earlier?.tags ?? recordOf(input.Tags)
      acm.certificates.putIn(tx, arn, { ...read, arn, tags })
      return { CertificateArn: arn }
    })
  },
})

function readImport(
  acm: AcmState,
  input: Pick<ImportCertificateRequest, 'Certificate' | 'PrivateKey' | 'CertificateChain'>,
): Omit<CertificateRecord, 'arn' | 'tags'> {
  const certificate = textOf(input.Certificate)
  const privateKey = textOf(input.PrivateKey)
  const chain = textOf(input.CertificateChain)
  const facts = factsOf(certificate)
  const now = acm.deps.clock.now()
  if (facts.notAfter.getTime() <= now) throw invalid('The certificate has expired, is not valid.')
  if (facts.notBefore.getTime() > now) throw invalid('The certificate is not in effect yet, is not valid.')
  checkPrivateKey(privateKey, certificate)
  if (chain !== '') factsOf(chain)
  return {
    type: 'IMPORTED',
    createdAtMs: now,
    issuedAtMs: now,
    domainName: facts.commonName || (facts.names[0] ?? ''),
    alternativeNames: facts.names,
    privateKey,
    certificate,
    chain,
    transparency: 'DISABLED',
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return ''
  const text = Buffer.from(bytes).toString('utf8')
  if (text.includes('ENCRYPTED')) throw new AwsError('ValidationException', 'The private key is encrypted.')
  return text
}
