// Owns the certificates of listeners: TLS is not emulated, so there are none and none can be added.
import type {
  AddListenerCertificatesInput,
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput,
  RemoveListenerCertificatesInput,
  RemoveListenerCertificatesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { notEmulated } from '../errors.ts'
import { findListener } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError ListenerNotFound */
export function describeListenerCertificates(
  input: DescribeListenerCertificatesInput,
  elb: Elb,
): DescribeListenerCertificatesOutput {
  findListener(elb, input.ListenerArn)
  return { Certificates: [] }
}

/** @throws AwsError ListenerNotFound, ValidationError */
export function addListenerCertificates(input: AddListenerCertificatesInput, elb: Elb): never {
  findListener(elb, input.ListenerArn)
  throw notEmulated('A listener certificate (TLS)')
}

/** There is nothing to remove. @throws AwsError ListenerNotFound */
export function removeListenerCertificates(
  input: RemoveListenerCertificatesInput,
  elb: Elb,
): RemoveListenerCertificatesOutput {
  findListener(elb, input.ListenerArn)
  return {}
}
