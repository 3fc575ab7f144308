// Owns the surface of Certificate Manager: its operations, and the certificates that load balancers serve with.
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import * as configuration from './account-configuration.ts'
import * as certificates from './certificates.ts'
import { importCertificate } from './import-certificate.ts'
import { requestCertificate } from './request-certificate.ts'
import { statusOf } from './show.ts'
import { AcmState, type AcmPorts, type ServingCertificate } from './state.ts'
import * as tags from './tags.ts'

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
    service: defineService(
      'acm',
      bindOperations(acm, {
        AddTagsToCertificate: tags.addTagsToCertificate,
        DeleteCertificate: certificates.deleteCertificate,
        DescribeCertificate: certificates.describeCertificate,
        GetAccountConfiguration: configuration.getAccountConfiguration,
        GetCertificate: certificates.getCertificate,
        ImportCertificate: importCertificate,
        ListCertificates: certificates.listCertificates,
        ListTagsForCertificate: tags.listTagsForCertificate,
        PutAccountConfiguration: configuration.putAccountConfiguration,
        RemoveTagsFromCertificate: tags.removeTagsFromCertificate,
        RequestCertificate: requestCertificate,
        ResendValidationEmail: certificates.resendValidationEmail,
        UpdateCertificateOptions: certificates.updateCertificateOptions,
      }),
    ),
    find(arn) {
      const record = acm.certificates.get(arn)
      if (!record || statusOf(acm, record) === 'PENDING_VALIDATION') return undefined
      return {
        arn,
        certificateChainPem: `${record.certificate.trimEnd()}\n${record.chain}`,
        privateKeyPem: record.privateKey,
        names: record.alternativeNames,
      }
    },
  }
}
