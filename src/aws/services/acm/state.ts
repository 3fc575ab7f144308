// Owns the records of Certificate Manager, and finding a certificate or refusing in the service's words.
import { parseArn } from '../../../base/arn.ts'
import type { KeyPair } from '../../../base/certificate-authority.ts'
import { AwsError } from '../../../base/errors.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

export interface CertificateRecord {
  readonly arn: string
  readonly type: 'AMAZON_ISSUED' | 'IMPORTED'
  readonly createdAtMs: number
  /** A requested one is validated at this time; until then nobody sees what was issued. */
  readonly issuedAtMs: number
  readonly domainName: string
  readonly alternativeNames: readonly string[]
  /** PEM, PKCS #8 for what was issued here. Never shown. */
  readonly privateKey: string
  readonly certificate: string
  readonly chain: string
  readonly validation?: Validation
  readonly transparency: 'ENABLED' | 'DISABLED'
  readonly token?: { readonly value: string; readonly untilMs: number }
  readonly tags: Readonly<Record<string, string>>
}

export interface Validation {
  readonly method: 'DNS' | 'EMAIL'
  /** Where mails go, by domain name; a domain's own where nothing is said. */
  readonly domains: Readonly<Record<string, string>>
}

/** A certificate as those that serve with it need it. */
export interface ServingCertificate {
  readonly arn: string
  /** PEM: its own certificate first, then those that signed it. */
  readonly certificateChainPem: string
  readonly privateKeyPem: string
  /** The DNS names that it is for, wildcards among them. */
  readonly names: readonly string[]
}

export interface AcmPorts {
  /** Signs what is requested. */
  readonly authority: KeyPair
  /** ARNs of what serves with a certificate. */
  usersOf(certificateArn: string): readonly string[]
}

/** Everything Certificate Manager knows. */
export class AcmState {
  readonly deps: ServiceDeps
  readonly ports: AcmPorts
  readonly certificates: Table<CertificateRecord>
  readonly configuration: Table<{ readonly daysBeforeExpiry: number }>

  constructor(deps: ServiceDeps, ports: AcmPorts) {
    this.deps = deps
    this.ports = ports
    this.certificates = new Table(deps.store, 'aws/acm/certificates')
    this.configuration = new Table(deps.store, 'aws/acm/configuration')
  }

  newArn(): string {
    const { region, accountId, ids } = this.deps
    return `arn:aws:acm:${region}:${accountId}:certificate/${ids.uuid()}`
  }

  /** @throws AwsError InvalidArnException, ResourceNotFoundException */
  certificate(arn: string | undefined): CertificateRecord {
    const record = this.certificates.get(arn ?? '')
    if (record) return record
    const parsed = parseArn(arn ?? '')
    if (parsed?.service !== 'acm' || !parsed.resource.startsWith('certificate/')) {
      throw new AwsError('InvalidArnException', `${arn} is not a valid certificate ARN.`)
    }
    throw new AwsError(
      'ResourceNotFoundException',
      `Could not find certificate ${arn} in account ${this.deps.accountId}.`,
    )
  }

  /** True while a requested certificate waits for its validation. */
  isPending(record: CertificateRecord): boolean {
    return record.issuedAtMs > this.deps.clock.now()
  }
}
