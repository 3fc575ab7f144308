// Owns the certificates of listeners: the default one, and those that are chosen by server name.
import type {
  AddListenerCertificatesInput,
  AddListenerCertificatesOutput,
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput,
  RemoveListenerCertificatesInput,
  RemoveListenerCertificatesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import { notPermitted, validationError } from '../errors.ts'
import { findListener, listenersOf } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Elb, ListenerRecord } from '../state.ts'
import { requireCertificate } from './protocols.ts'

/** "Certificates per Application Load Balancer", not counting default certificates (quotas). */
const MOST_CERTIFICATES = 25

/** The default certificate first. @throws AwsError ListenerNotFound */
export const describeListenerCertificates = operation<
  Elb,
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput
>()({
  honours: ['ListenerArn', ...PAGES],
  handle: (input, elb) => {
    const record = findListener(elb, input.ListenerArn)
    const all = [
      ...defaultsOf(record).map((CertificateArn) => ({ CertificateArn, IsDefault: true })),
      ...(record.certificates ?? []).map((CertificateArn) => ({ CertificateArn, IsDefault: false })),
    ]
    const { items, NextMarker } = page(all, input)
    return { Certificates: items, NextMarker }
  },
})

/** One that is there already is no error. @throws AwsError ListenerNotFound, CertificateNotFound, TooManyCertificates */
export const addListenerCertificates = operation<
  Elb,
  AddListenerCertificatesInput,
  AddListenerCertificatesOutput
>()({
  honours: ['ListenerArn', 'Certificates[].CertificateArn'],
  handle: async (input, elb) =>
    await elb.deps.store.transact((tx) => {
      const record = findListener(elb, input.ListenerArn)
      if (!record.listener.Certificates) {
        throw validationError(`Certificates cannot be specified for ${record.listener.Protocol} listeners`)
      }
      const given = arnsIn(input)
      for (const arn of given) requireCertificate(elb, arn)
      const certificates = [...new Set([...(record.certificates ?? []), ...given])]
      const others = listenersOf(elb, record.loadBalancerArn).filter(({ arn }) => arn !== record.arn)
      const count = others.reduce(
        (sum, other) => sum + (other.certificates?.length ?? 0),
        certificates.length,
      )
      if (count > MOST_CERTIFICATES) {
        throw new AwsError(
          'TooManyCertificates',
          "You've reached the limit on the number of certificates per load balancer",
        )
      }
      elb.tables.listeners.putIn(tx, record.arn, { ...record, certificates })
      return { Certificates: given.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) }
    }),
})

/** One that is not there is no error. @throws AwsError ListenerNotFound, OperationNotPermitted for the default one */
export const removeListenerCertificates = operation<
  Elb,
  RemoveListenerCertificatesInput,
  RemoveListenerCertificatesOutput
>()({
  honours: ['ListenerArn', 'Certificates[].CertificateArn'],
  handle: async (input, elb) => {
    await elb.deps.store.transact((tx) => {
      const record = findListener(elb, input.ListenerArn)
      const doomed = arnsIn(input)
      const certificates = (record.certificates ?? []).filter((arn) => !doomed.includes(arn))
      const isDefault = defaultsOf(record).some(
        (arn) => doomed.includes(arn) && !record.certificates?.includes(arn),
      )
      if (isDefault) throw notPermitted('Default certificate cannot be removed')
      elb.tables.listeners.putIn(tx, record.arn, { ...record, certificates })
    })
    return {}
  },
})

function defaultsOf({ listener }: ListenerRecord): string[] {
  return (listener.Certificates ?? []).flatMap(({ CertificateArn }) => CertificateArn ?? [])
}

function arnsIn(input: {
  readonly Certificates?: readonly { readonly CertificateArn?: string | undefined }[] | undefined
}): string[] {
  return (input.Certificates ?? []).flatMap(({ CertificateArn }) => CertificateArn ?? [])
}
