// Owns what EKS refuses of a node group: instance types against its image, labels, a launch template's content.
import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2'

import { instanceType } from '../../../../rules/nodes/instance-types.ts'
import { invalidParameter, invalidRequest } from '../errors.ts'

const RESERVED_LABELS = ['kubernetes.io/', 'k8s.io/', 'eks.amazonaws.com/']

/** @throws AwsError InvalidParameterException for types that the image does not run on (words: eksctl-io/eksctl#7754) */
export function checkInstanceTypes(amiType: string, types: readonly string[]): void {
  if (amiType === 'CUSTOM') return
  const wanted = amiType.includes('ARM_64') ? 'arm64' : 'amd64'
  // A type that nobody knows fails when it is launched, as on AWS.
  const others = types.filter((type) => (instanceType(type)?.arch ?? wanted) !== wanted)
  if (others.length === 0) return
  throw invalidParameter(
    `[${others.join(', ')}] is not a valid instance type for requested amiType ${amiType}`,
  )
}

/** The type of a group that names none. */
export function defaultInstanceType(amiType: string): string {
  return amiType.includes('ARM_64') ? 't4g.medium' : 't3.medium'
}

/** @throws AwsError InvalidParameterException for labels that only EKS and Kubernetes set */
export function checkLabels(labels: Readonly<Record<string, string>> | undefined): void {
  const isReserved = (key: string): boolean => RESERVED_LABELS.some((prefix) => key.startsWith(prefix))
  if (!Object.keys(labels ?? {}).some(isReserved)) return
  throw invalidParameter(`Label cannot contain reserved prefixes [${RESERVED_LABELS.join(', ')}]`)
}

/**
 * What of a launch template contradicts the request or is EKS's own to decide.
 * Source: EKS user guide, "Customize managed nodes with launch templates"; words: awslabs issues as moto records them.
 * @throws AwsError InvalidParameterException, InvalidRequestException
 */
export function checkTemplate(
  data: ResponseLaunchTemplateData,
  request: { readonly amiType?: string | undefined; readonly instanceTypes?: readonly string[] | undefined },
): void {
  if (data.InstanceType && request.instanceTypes?.length) {
    // terraform-aws-modules/terraform-aws-eks#1386
    throw invalidRequest('Cannot specify instance types in launch template and API request')
  }
  if (data.ImageId && request.amiType !== undefined && request.amiType !== 'CUSTOM') {
    throw invalidParameter(
      'You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your Launch template',
    )
  }
  // From here on the words are Neargate's: those of AWS were not found.
  const forbidden = [
    ['an IAM instance profile', data.IamInstanceProfile],
    ['a subnet', data.NetworkInterfaces?.find(({ SubnetId }) => SubnetId)],
    ['a shutdown behavior', data.InstanceInitiatedShutdownBehavior],
    ['a spot request', data.InstanceMarketOptions],
  ] as const
  const found = forbidden.find(([, value]) => value !== undefined)
  if (found) throw invalidParameter(`The launch template of a node group must not specify ${found[0]}`)
}
