// Owns which protocols listeners have, and what secures those of HTTPS: certificate and policy.
import type { Listener, ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { notEmulated, validationError } from '../errors.ts'
import type { Elb, LoadBalancerRecord } from '../state.ts'

/** What an operation honours of certificates and policies. */
export const SECURITY = ['SslPolicy', 'Certificates[].CertificateArn', 'MutualAuthentication.Mode'] as const

/** The policy of a listener that names none (API reference, CreateListener). */
const DEFAULT_POLICY = 'ELBSecurityPolicy-2016-08'

const PROTOCOLS = { application: ['HTTP', 'HTTPS'], network: ['UDP', 'TCP', 'TLS', 'TCP_UDP'] } as const

interface SecurityInput {
  readonly SslPolicy?: string | undefined
  readonly Certificates?: readonly { readonly CertificateArn?: string | undefined }[] | undefined
  readonly MutualAuthentication?: { readonly Mode?: string | undefined } | undefined
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
  const known: readonly string[] = PROTOCOLS[loadBalancer.Type === 'network' ? 'network' : 'application']
  if (!known.includes(protocol)) {
    throw validationError(`Listener protocol '${protocol}' must be one of '${known.join(', ')}'`)
  }
  if (loadBalancer.Type === 'network' && protocol !== 'TCP') {
    throw notEmulated(`A listener of protocol ${protocol}`)
  }
}

/**
 * Certificate and policy of a listener as responses show them; nothing for one without TLS.
 * @throws AwsError ValidationError, CertificateNotFound
 */
export function readSecurity(elb: Elb, protocol: ProtocolEnum, given: SecurityInput): Partial<Listener> {
  const { SslPolicy, Certificates = [], MutualAuthentication } = given
  if (protocol !== 'HTTPS') {
    if (SslPolicy !== undefined) {
      throw validationError(`An SSL policy cannot be specified for ${protocol} listeners`)
    }
    if (Certificates.length > 0) {
      throw validationError(`Certificates cannot be specified for ${protocol} listeners`)
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
  const mode = MutualAuthentication?.Mode ?? 'off'
  if (mode !== 'off') throw notEmulated(`MutualAuthentication ${mode}`)
  return {
    Certificates: [{ CertificateArn: certificate.CertificateArn }],
    SslPolicy: SslPolicy ?? DEFAULT_POLICY,
    MutualAuthentication: { Mode: 'off' },
  }
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
