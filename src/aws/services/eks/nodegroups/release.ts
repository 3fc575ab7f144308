// Owns the release of the EKS optimized image that a node group runs.
import { imageRelease } from '../../../../rules/nodes/machine-images.ts'
import { invalidParameter } from '../errors.ts'

/**
 * The release asked for, or the one there is. Near there is one a Kubernetes version and image type; of another, AWS
 * says the same (eksctl-io/eksctl#7976).
 * @throws AwsError InvalidParameterException
 */
export function chooseRelease(amiType: string, kubernetesVersion: string, asked: string | undefined): string {
  const latest = imageRelease(amiType, kubernetesVersion)
  if (asked === undefined || asked === latest) return latest
  throw invalidParameter(
    `Requested release version ${asked} is not valid for kubernetes version ${kubernetesVersion}.`,
  )
}
