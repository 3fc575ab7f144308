// Owns the release of the EKS optimized image that a node group runs.
import { hasAmazonLinux2, imageRelease } from '../../../../rules/nodes/machine-images.ts'
import { invalidParameter } from '../errors.ts'

/**
 * The release asked for, or the one there is. Near there is one a Kubernetes version and image type; of another, AWS
 * says the same (eksctl-io/eksctl#7976). Amazon Linux 2 ends with Kubernetes 1.32.
 * @throws AwsError InvalidParameterException
 */
export function chooseRelease(amiType: string, kubernetesVersion: string, asked: string | undefined): string {
  // scylladb/scylla-cluster-tests#12524
  if (amiType.startsWith('AL2_') && !hasAmazonLinux2(kubernetesVersion)) {
    throw invalidParameter(`AMI Type ${amiType} is only supported for kubernetes versions 1.32 or earlier`)
  }
  const latest = imageRelease(amiType, kubernetesVersion)
  if (asked === undefined || asked === latest) return latest
  throw invalidParameter(
    `Requested release version ${asked} is not valid for kubernetes version ${kubernetesVersion}.`,
  )
}
