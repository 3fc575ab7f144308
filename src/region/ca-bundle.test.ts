import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, it, onTestFinished } from 'vitest'

import { createAuthority } from '../base/certificate-authority.ts'
import { systemClock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { writeCaBundle } from './ca-bundle.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'neargate-bundle-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
})

async function authority(): Promise<string> {
  return (await createAuthority('Test', { clock: systemClock, ids: randomIds })).cert
}

function certificates(path: string): readonly string[] {
  return readFileSync(path, 'utf8').match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []
}

it('holds what the system trusts, what the environment names, and the authority of the region', async () => {
  const [own, company] = [await authority(), await authority()]
  const [bundle, given] = [join(directory, 'bundle.pem'), join(directory, 'company.pem')]
  writeFileSync(given, company)
  writeCaBundle(bundle, own, { AWS_CA_BUNDLE: given, SSL_CERT_FILE: join(directory, 'missing.pem') })
  const found = certificates(bundle)
  expect(found).toContain(company.trim())
  expect(found).toContain(own.trim())
  // Every system that runs this trusts dozens.
  expect(found.length).toBeGreaterThan(20)
})

it('does not grow when it is written from a shell that uses it', async () => {
  const [own, company] = [await authority(), await authority()]
  const [bundle, given] = [join(directory, 'bundle.pem'), join(directory, 'company.pem')]
  writeFileSync(given, company)
  writeCaBundle(bundle, own, { SSL_CERT_FILE: given })
  const first = certificates(bundle)
  writeCaBundle(bundle, own, { SSL_CERT_FILE: bundle, AWS_CA_BUNDLE: bundle })
  expect(certificates(bundle).toSorted()).toEqual(first.toSorted())
})
