// Owns how the API server shows itself to extension servers: a client certificate of an authority of its own, and the
// config map by which they know it. Source: kubernetes pkg/controlplane/controller/clusterauthenticationtrust.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'

import * as x509 from '@peculiar/x509'

import type { Clock } from '../../../base/clock.ts'
import type { Ids } from '../../../base/ids.ts'
import type { Draft, KubernetesClient } from '../../client/client.ts'
import { configMaps } from '../../client/resources.ts'
import { isNotFound } from '../../../base/errors.ts'

/** PEMs. */
export interface FrontProxy {
  readonly ca: string
  readonly certificate: { readonly key: string; readonly cert: string }
}

const CLIENT = 'front-proxy-client'
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const YEAR_MS = 365 * 24 * 3600 * 1000

/** A new authority and certificate; the caller keeps them. */
export async function createFrontProxy({
  clock,
  ids,
}: {
  readonly clock: Clock
  readonly ids: Ids
}): Promise<FrontProxy> {
  const validity = {
    notBefore: new Date(clock.now() - 5 * 60_000),
    notAfter: new Date(clock.now() + YEAR_MS),
    signingAlgorithm: EC,
  }
  const caKeys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: `1${ids.hex(15)}`,
    name: 'CN=front-proxy-ca',
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const cert = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: `1${ids.hex(15)}`,
    subject: `CN=${CLIENT}`,
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  })
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const key = x509.PemConverter.encode(exported, 'PRIVATE KEY')
  return { ca: ca.toString('pem'), certificate: { key, cert: cert.toString('pem') } }
}

const PLACE = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }

/** Tells extension servers whom to believe, and in which headers they find who asks. */
export async function publishFrontProxy(client: KubernetesClient, { ca }: FrontProxy): Promise<void> {
  const data = {
    'requestheader-allowed-names': JSON.stringify([CLIENT]),
    'requestheader-client-ca-file': ca,
    'requestheader-extra-headers-prefix': JSON.stringify(['X-Remote-Extra-']),
    'requestheader-group-headers': JSON.stringify(['X-Remote-Group']),
    'requestheader-username-headers': JSON.stringify(['X-Remote-User']),
    'requestheader-uid-headers': JSON.stringify(['X-Remote-Uid']),
  }
  const draft: Draft<NonNullable<(typeof configMaps)['object']>> = { metadata: PLACE, data }
  try {
    await client.patch(configMaps, PLACE, { data }, { type: 'merge' })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(configMaps, draft)
  }
}
