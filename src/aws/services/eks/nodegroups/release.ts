// Owns the release of the EKS optimized image that a node group runs.
import { hasAmazonLinux2, imageRelease } from '../../../../rules/nodes/machine-images.ts'
import { invalidParameter } from '../errors.ts'

/**
 * The release asked for, or the newest one known. Of Amazon Linux there are some every month, and which days had one is not
 * known here: a day between the first image of the Kubernetes version and today is taken at its word. Of others there is one,
 * and AWS says the same of another (eksctl-io/eksctl#7976). Amazon Linux 2 ends with Kubernetes 1.32.
 * @param atMs today, epoch milliseconds
 * @throws AwsError InvalidParameterException
 */
export function chooseRelease(
  of: { readonly amiType: string; readonly kubernetesVersion: string; readonly atMs: number },
  asked: string | undefined,
): string {
  const { amiType, kubernetesVersion } = of
  // scylladb/scylla-cluster-tests#12524
  if (amiType.startsWith('AL2_') && !hasAmazonLinux2(kubernetesVersion)) {
    throw invalidParameter(`AMI Type ${amiType} is only supported for kubernetes versions 1.32 or earlier`)
  }
  const latest = imageRelease(amiType, kubernetesVersion)
  if (asked === undefined || asked === latest) return latest
  if (isPinned(asked, latest, of.atMs)) return asked
  throw invalidParameter(
    `Requested release version ${asked} is not valid for kubernetes version ${kubernetesVersion}.`,
  )
}

// `1.33.0-20250704`: the patch, and the day that its image was made.
const RELEASE = /^(1\.\d+)\.\d+-(\d{4})(\d{2})(\d{2})$/

function isPinned(asked: string, latest: string, atMs: number): boolean {
  const [of, newest] = [RELEASE.exec(asked), RELEASE.exec(latest)]
  if (!of || of[1] !== newest?.[1]) return false
  const [, , year, month, day] = of
  const madeMs = Date.parse(`${year}-${month}-${day}T00:00:00Z`)
  const first = latest.slice(-8)
  return `${year}${month}${day}` >= first && madeMs <= atMs
}
