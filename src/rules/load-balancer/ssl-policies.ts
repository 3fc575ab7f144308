// Owns the security policies of TLS listeners: which protocols and ciphers each allows, the preferred one first.
// Source: Elastic Load Balancing user guides, "Security policies for your Network Load Balancer" and "… Application Load
// Balancer".

export interface SslPolicy {
  readonly name: string
  /** `TLSv1.2`, oldest first. */
  readonly protocols: readonly TlsProtocol[]
  /** In the names of OpenSSL. */
  readonly ciphers: readonly string[]
}

export type TlsProtocol = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const GCM = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]
const CBC_128 = ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA256']
const CBC_256 = ['ECDHE-ECDSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA384']
const SHA1_128 = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA']
const SHA1_256 = ['ECDHE-RSA-AES256-SHA', 'ECDHE-ECDSA-AES256-SHA']
const RSA_128 = ['AES128-GCM-SHA256', 'AES128-SHA256']
const RSA_256 = ['AES256-GCM-SHA384', 'AES256-SHA256']
const GCM_128 = GCM.slice(0, 2)
const GCM_256 = GCM.slice(2)

const RES = [...TLS13, ...GCM]
const FORWARD = [...TLS13, ...GCM_128, ...CBC_128, ...GCM_256, ...CBC_256]
const EXT1 = [...FORWARD, ...RSA_128, ...RSA_256]
const EXT2 = [
  ...TLS13,
  ...GCM_128,
  ...CBC_128,
  ...SHA1_128,
  ...GCM_256,
  ...CBC_256,
  ...SHA1_256,
  ...RSA_128,
  'AES128-SHA',
  ...RSA_256,
  'AES256-SHA',
]
const without13 = (ciphers: readonly string[]): readonly string[] =>
  ciphers.filter((cipher) => !TLS13.includes(cipher))
const CLASSIC = without13(EXT2)
const FORWARD_ONLY = CLASSIC.filter((cipher) => cipher.startsWith('ECDHE-'))

const FROM_10 = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
const [, ...FROM_11] = FROM_10
const [, ...FROM_12] = FROM_11
const to12 = (protocols: readonly TlsProtocol[]): readonly TlsProtocol[] => protocols.slice(0, -1)

type Row = readonly [name: string, protocols: readonly TlsProtocol[], ciphers: readonly string[]]

const ROWS: readonly Row[] = [
  ['2016-08', to12(FROM_10), CLASSIC],
  ['TLS13-1-2-2021-06', FROM_12, FORWARD],
  ['TLS13-1-2-PQ-2025-09', FROM_12, FORWARD],
  ['TLS13-1-2-Res-2021-06', FROM_12, RES],
  ['TLS13-1-2-Res-PQ-2025-09', FROM_12, RES],
  ['TLS13-1-2-Ext1-2021-06', FROM_12, EXT1],
  ['TLS13-1-2-Ext1-PQ-2025-09', FROM_12, EXT1],
  ['TLS13-1-2-Ext2-2021-06', FROM_12, EXT2],
  ['TLS13-1-2-Ext2-PQ-2025-09', FROM_12, EXT2],
  ['TLS13-1-1-2021-06', FROM_11, EXT2],
  ['TLS13-1-0-2021-06', FROM_10, EXT2],
  ['TLS13-1-0-PQ-2025-09', FROM_10, EXT2],
  ['TLS13-1-3-2021-06', ['TLSv1.3'], TLS13],
  ['TLS13-1-3-PQ-2025-09', ['TLSv1.3'], TLS13],
  ['TLS-1-2-Ext-2018-06', to12(FROM_12), CLASSIC],
  ['TLS-1-2-2017-01', to12(FROM_12), without13(EXT1)],
  ['TLS-1-1-2017-01', to12(FROM_11), CLASSIC],
  ['FS-1-2-Res-2020-10', to12(FROM_12), GCM],
  ['FS-1-2-Res-2019-08', to12(FROM_12), without13(FORWARD)],
  ['FS-1-2-2019-08', to12(FROM_12), FORWARD_ONLY],
  ['FS-1-1-2019-08', to12(FROM_11), FORWARD_ONLY],
  ['FS-2018-06', to12(FROM_10), FORWARD_ONLY],
  // The name that came first; the same as 2016-08.
  ['2015-05', to12(FROM_10), CLASSIC],
]

const POLICIES: readonly SslPolicy[] = ROWS.map(([name, protocols, ciphers]) => ({
  name: `ELBSecurityPolicy-${name}`,
  protocols,
  ciphers,
}))

/** What a listener has that names none (API reference, CreateListener). */
export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08'

/** Every policy. */
export function sslPolicies(): readonly SslPolicy[] {
  return POLICIES
}

/** The policy of that name; undefined when there is none. */
export function sslPolicy(name: string): SslPolicy | undefined {
  return POLICIES.find((policy) => policy.name === name)
}

/** The policy towards targets: one with TLS 1.3 where the listener's has it (user guide, "Backend connections"). */
export function backendPolicy(listenerPolicy: SslPolicy): SslPolicy | undefined {
  const name = listenerPolicy.protocols.includes('TLSv1.3') ? 'TLS13-1-0-2021-06' : '2016-08'
  return sslPolicy(`ELBSecurityPolicy-${name}`)
}

/** ALPN policies and what each offers, the preferred protocol first (NLB user guide, "ALPN policies"). */
export const ALPN_POLICIES: Readonly<Record<string, readonly string[]>> = {
  None: [],
  HTTP1Only: ['http/1.1', 'http/1.0'],
  HTTP2Only: ['h2'],
  HTTP2Optional: ['http/1.1', 'http/1.0', 'h2'],
  HTTP2Preferred: ['h2', 'http/1.1', 'http/1.0'],
}
