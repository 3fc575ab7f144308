import 'reflect-metadata'
import { webcrypto, X509Certificate } from 'node:crypto'

import * as x509 from '@peculiar/x509'
import { expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { createCertificateAuthority } from './certificate-signer.ts'
import { createClusterCertificates } from './certificates.ts'

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

async function requestOf(name: string, names: x509.JsonGeneralNames = []): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const extensions = names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: EC,
    extensions,
  })
  return Buffer.from(request.toString('pem')).toString('base64')
}

it('signs with the authority of the cluster what is asked for', async () => {
  const environment = { clock: systemClock, ids: randomIds }
  const certificates = await createClusterCertificates(environment)
  const authority = createCertificateAuthority(certificates, environment)
  const request = await requestOf('CN=system:node:n1, O=system:nodes', [
    { type: 'dns', value: 'n1.example.com' },
    { type: 'ip', value: '10.0.0.1' },
  ])
  expect(authority.read(request)).toEqual({
    commonName: 'system:node:n1',
    organizations: ['system:nodes'],
    dnsNames: 1,
    ipAddresses: 1,
    emailAddresses: 0,
    uris: 0,
  })
  const signed = await authority.sign({
    request,
    usages: ['digital signature', 'server auth'],
    lifetimeMs: 3600_000,
  })
  const certificate = new X509Certificate(Buffer.from(signed, 'base64'))
  const ca = new X509Certificate(certificates.ca)
  expect(certificate.verify(ca.publicKey)).toBe(true)
  expect(certificate.checkIssued(ca)).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(certificate.subject.split('\n').toSorted()).toEqual(['CN=system:node:n1', 'O=system:nodes'])
  expect(certificate.subjectAltName).toBe('DNS:n1.example.com, IP Address:10.0.0.1')
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  const lastsMs = Date.parse(certificate.validTo) - Date.now()
  expect(lastsMs).toBeGreaterThan(3590_000)
  expect(lastsMs).toBeLessThan(3601_000)
})
