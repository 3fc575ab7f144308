// Owns which protocols listeners have, and what secures those of HTTPS: certificate and policy.
import type { Listener, ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { ALPN_POLICIES, DEFAULT_SSL_POLICY, sslPolicy } from '../../../../rules/load-balancer/ssl-policies.ts'
import { notEmulated, policyNotFound, validationError } from '../errors.ts'
import type { Elb, LoadBalancerRecord } from '../state.ts'
import { MUTUAL, type MutualInput, readMutual } from './mutual-authentication.ts'

/** What an operation honours of certificates and policies. */
export const SECURITY = ['SslPolicy', 'Certificates[].CertificateArn', 'AlpnPolicy', ...MUTUAL] as const

const PROTOCOLS = { application: ['HTTP', 'HTTPS'], network: ['UDP', 'TCP', 'TLS', 'TCP_UDP'] } as const
const NOT_EMULATED: readonly string[] = ['QUIC', 'TCP_QUIC']

interface SecurityInput {
  readonly SslPolicy?: string | undefined
  readonly Certificates?: readonly { readonly CertificateArn?: string | undefined }[] | undefined
  readonly MutualAuthentication?: MutualInput | undefined
  readonly AlpnPolicy?: readonly string[] | undefined
}

/** Port and protocol of a new listener. @throws AwsError ValidationError */
export function checkProtocol(
  balancer: LoadBalancerRecord,
  { Port, Protocol }: { readonly Port?: number | undefined; readonly Protocol?: ProtocolEnum | undefined },
): { Port: number; Protocol: ProtocolEnum } {
  if (Port === undefined) throw validationError('A listener port must be specified')
  if (Protocol === undefined) throw validationError('A listener protocol must be specified')
  requireProtocol(balancer, Protocol)
  return { Port, Protocol }
}

/** Refuses a protocol that the load balancer has not, on AWS or here. @throws AwsError ValidationError */
export function requireProtocol({ loadBalancer }: LoadBalancerRecord, protocol: ProtocolEnum): void {
  if (loadBalancer.Type === 'network' && NOT_EMULATED.includes(protocol)) {
    throw notEmulated(`A listener of protocol ${protocol}`)
  }
  const known: readonly string[] = PROTOCOLS[loadBalancer.Type === 'network' ? 'network' : 'application']
  if (!known.includes(protocol)) {
    throw validationError(`Listener protocol '${protocol}' must be one of '${known.join(', ')}'`)
  }
}

/**
 * Certificate and policy of a listener as responses show them; nothing for one without TLS.
 * @throws AwsError ValidationError, CertificateNotFound
 */
export function readSecurity(elb: Elb, protocol: ProtocolEnum, given: SecurityInput): Partial<Listener> {
  const { SslPolicy = DEFAULT_SSL_POLICY, Certificates = [], MutualAuthentication } = given
  if (protocol !== 'HTTPS' && protocol !== 'TLS') {
    if (given.SslPolicy !== undefined) {
      throw validationError(`An SSL policy cannot be specified for ${protocol} listeners`)
    }
    if (Certificates.length > 0) {
      throw validationError(`Certificates cannot be specified for ${protocol} listeners`)
    }
    if ((given.AlpnPolicy ?? []).length > 0) {
      throw validationError(`An ALPN policy cannot be specified for ${protocol} listeners`)
    }
    return {}
  }
  const [certificate, ...more] = Certificates
  if (!certificate) throw validationError(`A certificate must be specified for ${protocol} listeners`)
  if (more.length > 0) {
    throw new AwsError(
      'InvalidConfigurationRequest',
      `You must provide a list containing exactly one certificate if the listener protocol is ${protocol}.`,
    )
  }
  requireCertificate(elb, certificate.CertificateArn)
  if (!sslPolicy(SslPolicy)) throw policyNotFound(SslPolicy)
  const mutual = readMutual(elb, protocol, MutualAuthentication)
  // TLS listeners show it only where it is on.
  const isShown = protocol === 'HTTPS' || mutual.Mode !== 'off'
  return {
    Certificates: [{ CertificateArn: certificate.CertificateArn }],
    SslPolicy,
    ...(protocol === 'TLS' && alpnOf(given)),
    ...(isShown && { MutualAuthentication: mutual }),
  }
}

function alpnOf({ AlpnPolicy }: SecurityInput): Partial<Listener> {
  if (!AlpnPolicy || AlpnPolicy.length === 0) return {}
  const [policy = '', ...more] = AlpnPolicy
  if (more.length > 0 || !Object.hasOwn(ALPN_POLICIES, policy)) {
    throw new AwsError('ALPNPolicyNotFound', `ALPN policy '${AlpnPolicy.join(', ')}' not found`)
  }
  return { AlpnPolicy: [policy] }
}

/** @throws AwsError ValidationError, CertificateNotFound */
export function requireCertificate(elb: Elb, arn: string | undefined): void {
  if (!arn || !/^arn:aws[a-z-]*:(?:acm|iam):/.test(arn)) {
    throw validationError(`Certificate ARN '${arn ?? ''}' is not valid`)
  }
  if (!elb.ports.certificates?.find(arn)) {
    throw new AwsError('CertificateNotFound', `Certificate '${arn}' not found`)
  }
}
