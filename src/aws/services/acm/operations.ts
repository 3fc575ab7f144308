// Owns the table of the operations of Certificate Manager.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import * as configuration from './account-configuration.ts'
import * as certificates from './certificates.ts'
import { importCertificate } from './import-certificate.ts'
import { requestCertificate } from './request-certificate.ts'
import * as tags from './tags.ts'
import type { AcmState } from './state.ts'

/** By published name. */
export function operationsOf(acm: AcmState): Operations {
  return bindOperations(acm, {
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
  })
}
