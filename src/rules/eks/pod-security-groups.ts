// Owns which pods of EKS have security groups of their own, and on which nodes they can run. Pure.
// Source: EKS user guide, "Assign security groups to individual Pods"; aws/amazon-vpc-resource-controller-k8s (webhooks/core,
// pkg/utils/helper.go, pkg/config).
import type { DaemonSet, LabelSelector, ObjectMeta, Pod } from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import type { CustomKind } from '../kubernetes/custom-kinds.ts'
import { typeDetails } from '../nodes/instance-types.ts'
import { matchesLabelSelector, type Labels } from '../scheduling/label-selector.ts'

export const GROUP = 'vpcresources.k8s.aws'
/** What a node has of branch interfaces, what a pod asks for, and the annotation that says which one it has got. */
export const POD_ENI = 'vpc.amazonaws.com/pod-eni'
/** The annotation of a pod on Fargate: its groups, separated by commas. */
export const FARGATE_GROUPS = 'fargate.amazonaws.com/pod-sg'
/** The variable of the container `aws-node` that turns them on for EC2 nodes. */
export const ENABLE_POD_ENI = 'ENABLE_POD_ENI'

/** The kinds that the control plane of EKS brings to every cluster. */
export const VPC_RESOURCE_KINDS: readonly CustomKind[] = [
  { group: GROUP, kind: 'SecurityGroupPolicy', plural: 'securitygrouppolicies', versions: ['v1beta1'] },
  { group: GROUP, kind: 'CNINode', plural: 'cninodes', versions: ['v1alpha1'] },
]

/** Which pods of its namespace have which groups (vpcresources.k8s.aws/v1beta1). */
export interface SecurityGroupPolicy {
  readonly apiVersion: 'vpcresources.k8s.aws/v1beta1'
  readonly kind: 'SecurityGroupPolicy'
  readonly metadata: ObjectMeta
  readonly spec?: {
    readonly podSelector?: LabelSelector
    readonly serviceAccountSelector?: LabelSelector
    readonly securityGroups?: { readonly groupIds?: readonly string[] }
  }
}

/** What policies look at of a pod. */
export interface SelectedPod {
  readonly labels: Labels
  /** Of its service account. */
  readonly accountLabels: Labels
}

/** The groups of a pod by the policies of its namespace, each once; none: it has those of its node. */
export function groupsOfPod(policies: readonly SecurityGroupPolicy[], pod: SelectedPod): string[] {
  const matching = policies.filter((policy) => selects(policy, pod))
  return [...new Set(matching.flatMap(({ spec }) => spec?.securityGroups?.groupIds ?? []))]
}

// One without a selector selects nobody; of two, both must match.
function selects({ spec = {} }: SecurityGroupPolicy, { labels, accountLabels }: SelectedPod): boolean {
  const { podSelector, serviceAccountSelector } = spec
  if (!podSelector && !serviceAccountSelector) return false
  return (
    (!podSelector || matchesLabelSelector(podSelector, labels)) &&
    (!serviceAccountSelector || matchesLabelSelector(serviceAccountSelector, accountLabels))
  )
}

/** How many pods with groups of their own a node of the type takes; undefined where it can have none. */
export function branchInterfaces(instanceType: string): number | undefined {
  return typeDetails(instanceType).branches
}

/** Whether a pod has been given a branch interface to ask for. */
export function asksForBranch({ spec }: Pick<Pod, 'spec'>): boolean {
  return spec.containers.some(({ resources }) => resources?.requests?.[POD_ENI] !== undefined)
}

/** Whether the configuration of the vpc-cni add-on turns them on. */
export function isPodEniEnabled(values: Readonly<Record<string, unknown>>): boolean {
  const environment = values['env']
  return isObject(environment) && String(environment[ENABLE_POD_ENI]) === 'true'
}

/** Whether the DaemonSet `aws-node` of a cluster has them turned on, however it was told to. */
export function enablesPodEni(awsNode: DaemonSet | undefined): boolean {
  const containers = awsNode?.spec?.template.spec?.containers ?? []
  const agent = containers.find(({ name }) => name === 'aws-node')
  return agent?.env?.some(({ name, value }) => name === ENABLE_POD_ENI && value === 'true') ?? false
}
