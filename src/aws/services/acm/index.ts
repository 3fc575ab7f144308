// Owns the surface of Certificate Manager: its operations, and the certificates that load balancers serve with.
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { AcmState, type AcmPorts, type ServingCertificate } from './state.ts'

export type { AcmPorts, ServingCertificate } from './state.ts'

export interface AcmService {
  readonly service: AwsService
  /** A certificate to serve with; undefined when there is none of that ARN, or it has not been issued. */
  find(arn: string): ServingCertificate | undefined
}

/** Builds Certificate Manager: certificates of the region's own authority, and imported ones. */
export function createAcm(deps: ServiceDeps, ports: AcmPorts): AcmService {
  const acm = new AcmState(deps, ports)
  return {
    service: defineService('acm', async () => (await import('./operations.ts')).operationsOf(acm)),
    find(arn) {
      const record = acm.certificates.get(arn)
      if (!record || acm.isPending(record)) return undefined
      return {
        arn,
        certificateChainPem: `${record.certificate.trimEnd()}\n${record.chain}`,
        privateKeyPem: record.privateKey,
        names: record.alternativeNames,
      }
    },
  }
}
