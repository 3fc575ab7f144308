import { X509Certificate } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { sequentialIds } from '../base/ids.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { secrets } from '../kubernetes/client/resources.ts'
import { servingCertificate, type ServingCertificate } from './controller-certificate.ts'

const DAY_MS = 24 * 3600 * 1000
const text = (base64: string): string => Buffer.from(base64, 'base64').toString()

function scene() {
  const clock = new FakeClock(Date.UTC(2026, 0, 1))
  const kubernetes = new FakeClient({ clock })
  return {
    clock,
    certificate: () => servingCertificate(kubernetes, 'ops', { clock, ids: sequentialIds() }),
    keep: ({ data }: ServingCertificate) =>
      kubernetes.create(secrets, { metadata: { name: 'aws-load-balancer-tls', namespace: 'ops' }, data }),
  }
}

describe('the certificate of the controller', () => {
  it('is good for the Service that the API server asks by, for ten years', async () => {
    const { data, caBundle } = await scene().certificate()
    const read = new X509Certificate(text(data['tls.crt']))
    const authority = new X509Certificate(text(caBundle))
    expect(read.checkHost('aws-load-balancer-webhook-service.ops.svc')).toBeDefined()
    expect(read.verify(authority.publicKey)).toBe(true)
    expect(new Date(read.validTo).getUTCFullYear()).toBe(2035)
  })

  it('is kept', async () => {
    const { clock, certificate, keep } = scene()
    const first = await certificate()
    await keep(first)
    await clock.advance(2000 * DAY_MS)
    expect(await certificate()).toEqual(first)
  })

  it('is renewed before it ends, and the old one is trusted beside it', async () => {
    const { clock, certificate, keep } = scene()
    const first = await certificate()
    await keep(first)
    await clock.advance(3300 * DAY_MS)
    const second = await certificate()
    expect(second.data['tls.crt']).not.toBe(first.data['tls.crt'])
    expect(text(second.caBundle)).toContain(text(first.data['ca.crt']).trim())
    expect(text(second.caBundle).match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  })

  it.each(['', 'bm9uZQ=='])('is made anew where there is no certificate but %j', async (broken) => {
    const { certificate, keep } = scene()
    const { data } = await certificate()
    await keep({ caBundle: '', data: { ...data, 'tls.crt': broken } })
    expect((await certificate()).data['tls.crt']).not.toBe(broken)
  })
})
