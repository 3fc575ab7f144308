// Owns the certificates of listeners: TLS is not emulated, so there are none and none can be added.
import type {
  AddListenerCertificatesInput,
  AddListenerCertificatesOutput,
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput,
  RemoveListenerCertificatesInput,
  RemoveListenerCertificatesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { notEmulated } from '../errors.ts'
import { findListener } from '../lookup.ts'
import { PAGES } from '../paging.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError ListenerNotFound */
export const describeListenerCertificates = operation<
  Elb,
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput
>()({
  honours: ['ListenerArn', ...PAGES],
  handle: (input, elb) => {
    findListener(elb, input.ListenerArn)
    return { Certificates: [] }
  },
})

/** @throws AwsError ListenerNotFound, ValidationError */
export const addListenerCertificates = operation<
  Elb,
  AddListenerCertificatesInput,
  AddListenerCertificatesOutput
>()({
  honours: ['ListenerArn', 'Certificates[].CertificateArn'],
  handle: (input, elb) => {
    findListener(elb, input.ListenerArn)
    throw notEmulated('A listener certificate (TLS)')
  },
})

/** There is nothing to remove. @throws AwsError ListenerNotFound */
export const removeListenerCertificates = operation<
  Elb,
  RemoveListenerCertificatesInput,
  RemoveListenerCertificatesOutput
>()({
  honours: ['ListenerArn', 'Certificates[].CertificateArn'],
  handle: (input, elb) => {
    findListener(elb, input.ListenerArn)
    return {}
  },
})
