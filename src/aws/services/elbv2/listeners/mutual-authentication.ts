// Owns what listeners do with the certificates of clients: what a request may ask for, and what data planes are told.
// Source: ELBv2 API reference, MutualAuthenticationAttributes.
import type { Listener, ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { ClientCertificates } from '../../../../network/tls/client-trust.ts'
import { validationError } from '../errors.ts'
import type { Elb } from '../state.ts'
import { findTrustStore } from '../trust-stores/lookup.ts'

/** What an operation honours of mutual TLS. */
export const MUTUAL = [
  'MutualAuthentication.Mode',
  'MutualAuthentication.TrustStoreArn',
  'MutualAuthentication.IgnoreClientCertificateExpiry',
  'MutualAuthentication.AdvertiseTrustStoreCaNames',
] as const

/** Mutual TLS as requests give it. */
export interface MutualInput {
  readonly Mode?: string | undefined
  readonly TrustStoreArn?: string | undefined
  readonly IgnoreClientCertificateExpiry?: boolean | undefined
  readonly AdvertiseTrustStoreCaNames?: string | undefined
}

type Shown = NonNullable<Listener['MutualAuthentication']>

const MODES: Readonly<Record<string, readonly string[]>> = {
  HTTPS: ['off', 'passthrough', 'verify'],
  TLS: ['off', 'verify'],
}

/** Mutual TLS of a listener as responses show it. @throws AwsError ValidationError, TrustStoreNotFound */
export function readMutual(elb: Elb, protocol: ProtocolEnum, given: MutualInput = {}): Shown {
  const { Mode = 'off', TrustStoreArn, IgnoreClientCertificateExpiry, AdvertiseTrustStoreCaNames } = given
  const modes = MODES[protocol] ?? []
  if (!modes.includes(Mode)) {
    throw validationError(`Mutual authentication mode '${Mode}' must be one of '${modes.join(', ')}'`)
  }
  if (Mode !== 'verify') {
    const isBare =
      !TrustStoreArn && !IgnoreClientCertificateExpiry && (AdvertiseTrustStoreCaNames ?? 'off') === 'off'
    if (isBare) return { Mode }
    throw validationError(`Mutual authentication mode '${Mode}' takes no settings of a trust store`)
  }
  if (!TrustStoreArn) throw validationError("A trust store ARN must be specified for the mode 'verify'")
  const { arn } = findTrustStore(elb, TrustStoreArn)
  return {
    Mode,
    TrustStoreArn: arn,
    IgnoreClientCertificateExpiry: IgnoreClientCertificateExpiry ?? false,
    TrustStoreAssociationStatus: 'active',
    AdvertiseTrustStoreCaNames: AdvertiseTrustStoreCaNames === 'on' ? 'on' : 'off',
  }
}

/** What a data plane is told; undefined where clients are not asked. */
export function clientCertificatesOf(
  elb: Elb,
  { MutualAuthentication }: Listener,
): ClientCertificates | undefined {
  const { Mode, TrustStoreArn, ...settings } = MutualAuthentication ?? {}
  if (Mode === 'passthrough') return { mode: 'passthrough' }
  if (Mode !== 'verify') return undefined
  const { authorities, revocations } = findTrustStore(elb, TrustStoreArn)
  return {
    mode: 'verify',
    trust: {
      authorities,
      revocations: revocations.map(({ issuer, serialNumbers }) => ({ issuer, serialNumbers })),
      isIgnoringExpiry: settings.IgnoreClientCertificateExpiry ?? false,
      isAdvertising: settings.AdvertiseTrustStoreCaNames === 'on',
    },
  }
}
