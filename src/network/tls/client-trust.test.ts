import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'

import { ExtendedKeyUsage } from '@peculiar/x509'
import { beforeAll, describe, expect, it } from 'vitest'

import { ClientJudge, type ClientTrust } from './client-trust.ts'
import { ClientAuthority, type ClientIdentity } from './testing/client-authority.ts'

let root: ClientAuthority
let middle: ClientAuthority
let stranger: ClientAuthority

beforeAll(async () => {
  root = await ClientAuthority.create('root')
  middle = await ClientAuthority.create('middle', root)
  stranger = await ClientAuthority.create('root')
})

const chainOf = ({ cert }: Pick<ClientIdentity, 'cert'>): X509Certificate[] =>
  (cert.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem))

const judge = (chain: readonly X509Certificate[], change: Partial<ClientTrust> = {}, nowMs = Date.now()) =>
  new ClientJudge({
    authorities: [root.certificate],
    revocations: [],
    isIgnoringExpiry: false,
    isAdvertising: false,
    ...change,
  }).verdict(chain, nowMs)

describe('a client comes in', () => {
  it('with a certificate of an authority of the trust store', async () => {
    expect(judge(chainOf(await root.issue('app')))).toBeUndefined()
    expect(judge(chainOf(await root.issue('app', { purpose: ExtendedKeyUsage.clientAuth })))).toBeUndefined()
  })

  it('through an authority that it shows itself, or that alone is trusted', async () => {
    const chain = chainOf(await middle.issue('app'))
    expect(chain).toHaveLength(2)
    expect(judge(chain)).toBeUndefined()
    expect(judge(chain.slice(0, 1), { authorities: [middle.certificate] })).toBeUndefined()
  })

  it('with one that has run out, where that is ignored', async () => {
    const chain = chainOf(await root.issue('old', { days: -1 }))
    expect(judge(chain)).toBe('ClientCertExpired')
    expect(judge(chain, { isIgnoringExpiry: true })).toBeUndefined()
  })
})

describe('a client does not come in', () => {
  it('without a certificate, or with one of somebody else of the same name', async () => {
    expect(judge([])).toBe('ClientCertUntrusted')
    expect(judge(chainOf(await stranger.issue('app')))).toBe('ClientCertUntrusted')
  })

  it('when an authority between is missing, or has run out, whatever is ignored', async () => {
    const chain = chainOf(await middle.issue('app', { days: 90 }))
    expect(judge(chain.slice(0, 1))).toBe('ClientCertUntrusted')
    const later = Date.now() + 60 * 24 * 3600 * 1000
    expect(judge(chain, { isIgnoringExpiry: true }, later)).toBe('ClientCertExpired')
  })

  it('before its certificate is valid, or when that is for servers', async () => {
    const before = Date.now() - 30 * 24 * 3600 * 1000
    expect(judge(chainOf(await root.issue('app')), {}, before)).toBe('ClientCertNotYetValid')
    const forServers = await root.issue('app', { purpose: ExtendedKeyUsage.serverAuth })
    expect(judge(chainOf(forServers))).toBe('ClientCertPurposeInvalid')
  })

  it('when its certificate is signed by one that is no authority', async () => {
    const [leaf] = chainOf(await root.issue('leaf'))
    const [app] = chainOf(await stranger.issue('app'))
    expect(judge([app, leaf].flatMap((each) => each ?? []))).toBe('ClientCertUntrusted')
  })

  it('through more than four certificates', async () => {
    let authority = root
    const between: X509Certificate[] = []
    for (const name of ['1', '2', '3', '4']) {
      authority = await ClientAuthority.create(name, authority)
      between.unshift(new X509Certificate(authority.certificate))
    }
    const [own] = chainOf(await authority.issue('app'))
    expect(judge(own ? [own, ...between] : [])).toBe('ClientCertMaxChainDepthExceeded')
  })

  it('once its certificate, or that of its authority, is revoked', async () => {
    const app = await middle.issue('app')
    const chain = chainOf(app)
    const revoked = (issuer: string, ...serialNumbers: string[]) =>
      judge(chain, { revocations: [{ issuer, serialNumbers }] })
    const [, between] = chain
    expect(revoked('C=US, O=Example, CN=middle', app.serialNumber)).toBe('ClientCertCrlHit')
    expect(revoked('C=US, O=Example, CN=middle', `00${app.serialNumber.toUpperCase()}`)).toBe(
      'ClientCertCrlHit',
    )
    expect(revoked('C=US, O=Example, CN=root', between?.serialNumber ?? '')).toBe('ClientCertCrlHit')
    expect(revoked('C=US, O=Example, CN=root', app.serialNumber)).toBeUndefined()
  })
})
