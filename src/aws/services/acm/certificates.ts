// Owns reading, listing and deleting certificates.
import type {
  DeleteCertificateRequest,
  DescribeCertificateRequest,
  DescribeCertificateResponse,
  GetCertificateRequest,
  GetCertificateResponse,
  ListCertificatesRequest,
  ListCertificatesResponse,
  CertificateSummary,
  ResendValidationEmailRequest,
  UpdateCertificateOptionsRequest,
} from '@aws-sdk/client-acm'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { showDetail, showSummary, statusOf } from './show.ts'
import type { AcmState } from './state.ts'

/** @throws AwsError InvalidArnException, ResourceNotFoundException */
export const describeCertificate = operation<
  AcmState,
  DescribeCertificateRequest,
  DescribeCertificateResponse
>()({
  honours: ['CertificateArn'],
  handle: (input, acm) => ({ Certificate: showDetail(acm, acm.certificate(input.CertificateArn)) }),
})

/** @throws AwsError InvalidArnException, RequestInProgressException, ResourceNotFoundException */
export const getCertificate = operation<AcmState, GetCertificateRequest, GetCertificateResponse>()({
  honours: ['CertificateArn'],
  handle: (input, acm) => {
    const record = acm.certificate(input.CertificateArn)
    if (acm.isPending(record)) {
      throw new AwsError(
        'RequestInProgressException',
        `Certificate ${record.arn} is not in the ISSUED state.`,
      )
    }
    return { Certificate: record.certificate, ...(record.chain !== '' && { CertificateChain: record.chain }) }
  },
})

// "Default filtering returns only RSA_1024 and RSA_2048 certificates" (API reference, ListCertificates).
const DEFAULT_KEY_TYPES = ['RSA_1024', 'RSA_2048']

/** @throws AwsError InvalidArgsException */
export const listCertificates = operation<AcmState, ListCertificatesRequest, ListCertificatesResponse>()({
  honours: [
    'CertificateStatuses',
    'Includes.keyTypes',
    'Includes.keyUsage',
    'Includes.extendedKeyUsage',
    'Includes.exportOption',
    'MaxItems',
    'NextToken',
    'SortBy',
    'SortOrder',
  ],
  handle: (input, acm) => {
    if ((input.SortBy === undefined) !== (input.SortOrder === undefined)) {
      throw new AwsError('InvalidArgsException', 'SortBy and SortOrder must be specified together.')
    }
    const summaries = acm.certificates
      .list()
      .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
      .map((record) => showSummary(acm, record))
      .filter((summary) => isWanted(summary, input))
    if (input.SortOrder === 'DESCENDING') summaries.reverse()
    const { items, token } = paginate(summaries, {
      token: input.NextToken,
      limit: input.MaxItems,
      tokenCode: 'InvalidArgsException',
    })
    return { CertificateSummaryList: items, ...(token !== undefined && { NextToken: token }) }
  },
})

function isWanted(
  { Status, KeyAlgorithm, KeyUsages = [], ExtendedKeyUsages = [] }: CertificateSummary,
  {
    CertificateStatuses: statuses = [],
    Includes,
  }: Pick<ListCertificatesRequest, 'CertificateStatuses' | 'Includes'>,
): boolean {
  const { keyTypes = DEFAULT_KEY_TYPES, keyUsage = [], extendedKeyUsage = [], exportOption } = Includes ?? {}
  const hasAll = (wanted: readonly string[], there: readonly string[]): boolean =>
    wanted.every((each) => each === 'ANY' || there.includes(each))
  return (
    (statuses.length === 0 || statuses.some((each) => each === Status)) &&
    keyTypes.some((each) => each === KeyAlgorithm?.replace('-', '_')) &&
    hasAll(keyUsage, KeyUsages) &&
    hasAll(extendedKeyUsage, ExtendedKeyUsages) &&
    (exportOption === undefined || exportOption === 'DISABLED')
  )
}

/** @throws AwsError ResourceInUseException, InvalidArnException, ResourceNotFoundException */
export const deleteCertificate = operation<AcmState, DeleteCertificateRequest, void>()({
  honours: ['CertificateArn'],
  handle: async (input, acm) => {
    await acm.deps.store.transact((tx) => {
      const { arn } = acm.certificate(input.CertificateArn)
      if (acm.ports.usersOf(arn).length > 0) {
        throw new AwsError('ResourceInUseException', `Certificate ${arn} in use.`)
      }
      acm.certificates.deleteIn(tx, arn)
    })
  },
})

/** There is no transparency log: kept and shown. @throws AwsError InvalidStateException, ResourceNotFoundException */
export const updateCertificateOptions = operation<AcmState, UpdateCertificateOptionsRequest, void>()({
  honours: ['CertificateArn'],
  keeps: ['Options.CertificateTransparencyLoggingPreference'],
  handle: async (input, acm) => {
    await acm.deps.store.transact((tx) => {
      const record = acm.certificate(input.CertificateArn)
      if (record.type === 'IMPORTED' || statusOf(acm, record) !== 'ISSUED') {
        throw new AwsError('InvalidStateException', `Certificate ${record.arn} is not in a valid state.`)
      }
      const transparency = input.Options?.CertificateTransparencyLoggingPreference ?? record.transparency
      acm.certificates.putIn(tx, record.arn, { ...record, transparency })
    })
  },
})

/** No mail is sent, and none is needed. @throws AwsError InvalidStateException, ResourceNotFoundException */
export const resendValidationEmail = operation<AcmState, ResendValidationEmailRequest, void>()({
  honours: ['CertificateArn'],
  keeps: ['Domain', 'ValidationDomain'],
  handle: (input, acm) => {
    const record = acm.certificate(input.CertificateArn)
    if (record.validation?.method === 'EMAIL' && acm.isPending(record)) return
    throw new AwsError('InvalidStateException', `Certificate ${record.arn} is not in a valid state.`)
  },
})
