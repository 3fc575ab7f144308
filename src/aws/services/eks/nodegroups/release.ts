// Owns the release of the EKS optimized image that a node group runs.
import { imageRelease } from '../../../../rules/nodes/machine-images.ts'
import { invalidParameter } from '../errors.ts'

/**
 * The release asked for, or the one there is. Near there is one a Kubernetes version and image type; of another, AWS
 * says the same (hashicorp/terraform-provider-aws#14492, awslabs/amazon-eks-ami#435).
 * @throws AwsError InvalidParameterException
 */
export function chooseRelease(amiType: string, kubernetesVersion: string, asked: string | undefined): string {
  const latest = imageRelease(amiType, kubernetesVersion)
  if (asked === undefined || asked === latest) return latest
  throw invalidParameter(
    `Requested Nodegroup release version ${asked} is invalid. Allowed release version is ${latest}`,
  )
}
