// Owns the certificate that the load balancer controller answers webhooks with: made once, kept, and renewed in time.
// Source: aws-load-balancer-controller v3.5.0, helm/aws-load-balancer-controller/templates/_helpers.tpl (names, days).
import { X509Certificate } from 'node:crypto'

import type { Secret } from '../../generated/kubernetes.d.ts'
import { createAuthority, issueServerCertificate } from '../base/certificate-authority.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { secrets } from '../kubernetes/client/resources.ts'
import { WEBHOOK_SECRET, WEBHOOK_SERVICE } from '../rules/load-balancer/chart/webhooks.ts'
import { find } from './apply.ts'

/** What the Secret holds and the webhook configurations trust, each in base64. */
export interface ServingCertificate {
  readonly caBundle: string
  readonly data: Readonly<Record<'ca.crt' | 'tls.crt' | 'tls.key', string>>
}

const DAYS = 3650
const DAY_MS = 24 * 3600 * 1000
// So that a cluster which is brought up to date once a year never has a certificate that ends before.
const RENEWED_BEFORE_MS = 400 * DAY_MS

/** The certificate that the namespace has, or a new one where it has none, one for other names, or one that ends soon. */
export async function servingCertificate(
  kubernetes: KubernetesClient,
  namespace: string,
  sources: { readonly clock: Clock; readonly ids: Ids },
): Promise<ServingCertificate> {
  const present = dataOf(await find(kubernetes, secrets, { namespace, name: WEBHOOK_SECRET }))
  const host = `${WEBHOOK_SERVICE}.${namespace}`
  if (present && isGood(present['tls.crt'], `${host}.svc`, sources.clock.now()))
    return { data: present, caBundle: present['ca.crt'] }
  const authority = await createAuthority('aws-load-balancer-controller-ca', sources)
  const names = [`${host}.svc`, host, `${host}.svc.cluster.local`] as const
  const { cert, key } = await issueServerCertificate(authority, names, { ...sources, days: DAYS })
  const data = { 'ca.crt': encode(authority.cert), 'tls.crt': encode(cert), 'tls.key': encode(key) }
  // Pods go on with the certificate that they have until the new one has reached them: both are trusted.
  const old = present === undefined ? [] : [decode(present['ca.crt'])]
  return { data, caBundle: encode([authority.cert, ...old].join('\n')) }
}

function dataOf(secret: Secret | undefined): ServingCertificate['data'] | undefined {
  const { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key } = secret?.data ?? {}
  if (ca === undefined || cert === undefined || key === undefined) return undefined
  return { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key }
}

function isGood(certificate: string, host: string, nowMs: number): boolean {
  try {
    const read = new X509Certificate(decode(certificate))
    return read.checkHost(host) !== undefined && Date.parse(read.validTo) - nowMs > RENEWED_BEFORE_MS
  } catch {
    // It is none.
    return false
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
