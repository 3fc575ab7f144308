// Owns the release of the EKS optimized image that a node group runs.
import { invalidParameter } from '../errors.ts'
import type { Eks } from '../state.ts'

/** `1.34.0-20251002`: the form of a release of the EKS optimised image, dated by the version's own release. */
function latestRelease(eks: Eks, kubernetesVersion: string): string {
  const offered = eks.ports.versions.find((version) => version.version === kubernetesVersion)
  const patch = offered?.patchVersion ?? `${kubernetesVersion}.0`
  return `${patch}-${(offered?.releaseDate ?? '2026-01-01').replaceAll('-', '')}`
}

/**
 * The release asked for, or the one there is. Near there is one a Kubernetes version; of another, AWS says the same
 * (hashicorp/terraform-provider-aws#14492, awslabs/amazon-eks-ami#435).
 * @throws AwsError InvalidParameterException
 */
export function chooseRelease(eks: Eks, kubernetesVersion: string, asked: string | undefined): string {
  const latest = latestRelease(eks, kubernetesVersion)
  if (asked === undefined || asked === latest) return latest
  throw invalidParameter(
    `Requested Nodegroup release version ${asked} is invalid. Allowed release version is ${latest}`,
  )
}
