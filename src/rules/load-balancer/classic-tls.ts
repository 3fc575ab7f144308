// Owns what listeners of Classic Load Balancers may speak over TLS: protocols, ciphers, predefined policies; pure.
// Source: user guide for Classic Load Balancers, "SSL negotiation configurations" and "Predefined SSL security policies".
import { sslPolicy, type TlsProtocol } from './ssl-policies.ts'

/** What a listener accepts. */
export interface ClassicTls {
  /** Oldest first. */
  readonly protocols: readonly TlsProtocol[]
  /** In the names of OpenSSL. */
  readonly ciphers: readonly string[]
  /** Whether the client's order of ciphers decides. */
  readonly isClientOrdered: boolean
}

/** Attributes of policies that name protocols. */
export const CLASSIC_PROTOCOLS = [
  'Protocol-SSLv2',
  'Protocol-SSLv3',
  'Protocol-TLSv1',
  'Protocol-TLSv1.1',
  'Protocol-TLSv1.2',
] as const

/** The policy of a secure listener until another is set. */
export const CLASSIC_DEFAULT = 'ELBSecurityPolicy-2016-08'

/** Those that a policy may enable and that the OpenSSL of Node.js has. */
const KNOWN = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'DHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES128-SHA256',
  'AES128-SHA',
  'AES256-GCM-SHA384',
  'AES256-SHA256',
  'AES256-SHA',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-AES256-SHA256',
  'DHE-RSA-AES256-SHA',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES128-SHA256',
] as const

/** Those that it may enable on AWS, and that nothing here speaks. */
const FOREIGN = [
  'DHE-DSS-AES128-SHA',
  'CAMELLIA128-SHA',
  'EDH-RSA-DES-CBC3-SHA',
  'DES-CBC3-SHA',
  'ECDHE-RSA-RC4-SHA',
  'RC4-SHA',
  'ECDHE-ECDSA-RC4-SHA',
  'DHE-DSS-AES256-GCM-SHA384',
  'DHE-DSS-AES256-SHA256',
  'DHE-DSS-AES256-SHA',
  'DHE-RSA-CAMELLIA256-SHA',
  'DHE-DSS-CAMELLIA256-SHA',
  'CAMELLIA256-SHA',
  'EDH-DSS-DES-CBC3-SHA',
  'DHE-DSS-AES128-GCM-SHA256',
  'DHE-DSS-AES128-SHA256',
  'DHE-RSA-CAMELLIA128-SHA',
  'DHE-DSS-CAMELLIA128-SHA',
  'ADH-AES128-GCM-SHA256',
  'ADH-AES128-SHA',
  'ADH-AES128-SHA256',
  'ADH-AES256-GCM-SHA384',
  'ADH-AES256-SHA',
  'ADH-AES256-SHA256',
  'ADH-CAMELLIA128-SHA',
  'ADH-CAMELLIA256-SHA',
  'ADH-DES-CBC3-SHA',
  'ADH-DES-CBC-SHA',
  'ADH-RC4-MD5',
  'ADH-SEED-SHA',
  'DES-CBC-SHA',
] as const

/** Ciphers that policies may name. */
export const CLASSIC_CIPHERS: readonly string[] = [...KNOWN, ...FOREIGN]

/** Policies of AWS that a policy may refer to. The older ones enable ciphers that nothing here speaks. */
export const REFERENCES: readonly string[] = [
  CLASSIC_DEFAULT,
  'ELBSecurityPolicy-TLS-1-2-2017-01',
  'ELBSecurityPolicy-TLS-1-1-2017-01',
]
const OLDER: readonly string[] = [
  'ELBSecurityPolicy-2015-05',
  'ELBSecurityPolicy-2015-03',
  'ELBSecurityPolicy-2015-02',
  'ELBSecurityPolicy-2014-10',
  'ELBSecurityPolicy-2014-01',
  'ELBSecurityPolicy-2011-08',
  'ELBSample-ELBDefaultNegotiationPolicy',
  'ELBSample-ELBDefaultCipherPolicy',
  'ELBSample-OpenSSLDefaultNegotiationPolicy',
  'ELBSample-OpenSSLDefaultCipherPolicy',
]

/** The attributes of a policy by name. */
export type PolicyAttributes = Readonly<Record<string, string>>

/** Why attributes make no policy: AWS does not know such, or nothing here speaks what they enable. */
export type TlsFault = { readonly unknown: string } | { readonly notEmulated: string }

/** What is wrong with a policy of these attributes; undefined when nothing is. */
export function tlsFault(attributes: PolicyAttributes): TlsFault | undefined {
  const { 'Reference-Security-Policy': reference } = attributes
  if (reference !== undefined) {
    if (REFERENCES.includes(reference)) return undefined
    return OLDER.includes(reference) ? { notEmulated: reference } : { unknown: reference }
  }
  const foreign = [...FOREIGN, 'Protocol-SSLv2', 'Protocol-SSLv3'].find((name) => isOn(attributes, name))
  return foreign === undefined ? undefined : { notEmulated: foreign }
}

/** What listeners with a policy of such attributes accept; of those that `tlsFault` finds nothing wrong with. */
export function classicTls(attributes: PolicyAttributes): ClassicTls {
  const { 'Reference-Security-Policy': reference } = attributes
  if (reference !== undefined) {
    const { protocols = [], ciphers = [] } = sslPolicy(reference) ?? {}
    return { protocols, ciphers, isClientOrdered: false }
  }
  const protocols = (['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const).filter((name) =>
    isOn(attributes, `Protocol-${name}`),
  )
  const ciphers = KNOWN.filter((name) => isOn(attributes, name))
  return { protocols, ciphers, isClientOrdered: !isOn(attributes, 'Server-Defined-Cipher-Order') }
}

/** All attributes of a policy as AWS shows them: each protocol and cipher, and whether it is enabled. */
export function shownAttributes(attributes: PolicyAttributes): PolicyAttributes {
  const { 'Reference-Security-Policy': reference } = attributes
  const { protocols, ciphers, isClientOrdered } = classicTls(attributes)
  const flags = [
    ...CLASSIC_PROTOCOLS.map((name) => [name, protocols.some((each) => name === `Protocol-${each}`)]),
    ['Server-Defined-Cipher-Order', !isClientOrdered],
    ...CLASSIC_CIPHERS.map((name) => [name, ciphers.includes(name)]),
  ].map(([name, value]): [string, string] => [String(name), String(value)])
  return {
    ...(reference !== undefined && { 'Reference-Security-Policy': reference }),
    ...Object.fromEntries(flags),
  }
}

function isOn(attributes: PolicyAttributes, name: string): boolean {
  return attributes[name] === 'true'
}
