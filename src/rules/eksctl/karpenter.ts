// Owns how eksctl names what belongs to Karpenter, and what it refuses of a config that asks for it.
// Source: eksctl pkg/actions/karpenter/create.go, pkg/karpenter/karpenter.go, pkg/cfn/builder/karpenter.go,
// pkg/apis/eksctl.io/v1alpha5/validation.go (validateKarpenterConfig).
import type { CustomKind } from '../kubernetes/custom-kinds.ts'

/** Its namespace, its service account, its release and its Deployment. */
export const KARPENTER = 'karpenter'
export const KARPENTER_CHART = 'oci://public.ecr.aws/karpenter/karpenter'
/** With this tag on the cluster, its security group gets it too: node classes select by it. */
export const DISCOVERY_TAG = 'karpenter.sh/discovery'

/** What its chart defines and people write. */
export const KARPENTER_KINDS: readonly CustomKind[] = [
  { group: 'karpenter.sh', kind: 'NodePool', plural: 'nodepools', versions: ['v1'] },
  { group: 'karpenter.sh', kind: 'NodeClaim', plural: 'nodeclaims', versions: ['v1'] },
  { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', plural: 'ec2nodeclasses', versions: ['v1'] },
]

/** The role of its pods. */
export function karpenterRoleName(cluster: string): string {
  return `eksctl-${cluster}-iamservice-role`
}

/** The policy of that role. */
export function karpenterPolicyName(cluster: string): string {
  return `eksctl-KarpenterControllerPolicy-${cluster}`
}

/** The role of the nodes that it makes. */
export function karpenterNodeRoleName(cluster: string): string {
  return `eksctl-KarpenterNodeRole-${cluster}`
}

/** The instance profile of those nodes, where the file names none. */
export function karpenterProfileName(cluster: string): string {
  return `eksctl-KarpenterNodeInstanceProfile-${cluster}`
}

interface Asking {
  readonly karpenter?: { readonly version: string }
  readonly iam?: { readonly withOIDC?: boolean }
}

/** Why Karpenter can't be installed as a config asks, with the field below `karpenter` that says so. */
export function karpenterFaults({
  karpenter,
  iam,
}: Asking): readonly { readonly message: string; readonly field: readonly string[] }[] {
  if (!karpenter) return []
  const { version } = karpenter
  const faults = []
  const major = /^v?(\d+)\.\d+\.\d+(-.+)?$/.exec(version)?.[1]
  if (major === undefined)
    faults.push({
      message: `karpenter.version must be an exact version such as 1.8.1, not "${version}"`,
      field: ['version'],
    })
  // Its compatibility matrix: 1.31, the oldest Kubernetes that EKS has, needs 1.0.5.
  else if (Number(major) < 1)
    faults.push({
      message: `Karpenter ${version} does not run on any Kubernetes that EKS has; 1.0.5 is the oldest that does`,
      field: ['version'],
    })
  if (iam?.withOIDC !== true)
    faults.push({ message: 'iam.withOIDC must be enabled with Karpenter', field: [] })
  return faults
}
