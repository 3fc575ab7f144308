// Owns what EKS refuses when a Fargate profile is created: limits, reserved names and the texts that go with them.
// Sources: Amazon EKS User Guide (limits); messages recorded from the service, see the table in validate-profile.test.ts.
import { AwsError } from '../../base/errors.ts'

/** What a caller asks for, as far as it can be judged without the network. */
export interface ProfileDraft {
  readonly name: string
  readonly podExecutionRoleArn: string
  readonly selectors: readonly {
    readonly namespace?: string | undefined
    readonly labels?: Readonly<Record<string, string>> | undefined
  }[]
}

/** A profile that the cluster has already. */
interface ExistingProfile {
  readonly name: string
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING' | 'CREATE_FAILED' | 'DELETE_FAILED'
}

export interface ProfileCluster {
  readonly name: string
  readonly profiles: readonly ExistingProfile[]
  /** How many it may have, where the quota was raised. */
  readonly most?: number
}

const MAX_SELECTORS = 5
const MAX_LABELS = 5
export const MAX_PROFILES = 10

/**
 * What is wrong with a profile that is about to be created, or undefined.
 *
 * @param cluster with its other profiles; leave it out to judge the draft alone
 * @returns the error that CreateFargateProfile answers with: InvalidParameterException 400, ResourceInUseException 409
 *   or ResourceLimitExceededException 400. For too many selectors or profiles AWS's wording is not published: the
 *   codes are the model's, the words ours.
 */
export function profileFault(draft: ProfileDraft, cluster?: ProfileCluster): AwsError | undefined {
  const invalid = draftFault(draft)
  if (invalid !== undefined) {
    return new AwsError('InvalidParameterException', invalid, { fields: { fargateProfileName: draft.name } })
  }
  return cluster && clusterFault(draft, cluster)
}

/** The message for a draft that could be in no cluster. */
export function draftFault(draft: ProfileDraft): string | undefined {
  if (draft.name.startsWith('eks-'))
    return "The fargate profile name starts with the reserved prefix: 'eks-'."
  if (draft.selectors.length === 0) return 'Fargate Profile requires at least one selector.'
  if (draft.selectors.some((selector) => !selector.namespace)) {
    return 'Fargate Profile must have at least one selector with at least one namespace value.'
  }
  if (draft.selectors.length > MAX_SELECTORS) return `Request contains more than ${MAX_SELECTORS} Selectors`
  if (draft.selectors.some((selector) => Object.keys(selector.labels ?? {}).length > MAX_LABELS)) {
    return `Request contains Selector with more than ${MAX_LABELS} Label pairs`
  }
  return undefined
}

// What Kubernetes takes as the value of a label: apimachinery pkg/util/validation, IsValidLabelValue.
const LABEL_VALUE = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/

/**
 * Why no pod could run on a profile of this name, or undefined. EKS publishes no rule for names; but it labels each pod of
 * a profile `eks.amazonaws.com/fargate-profile: NAME` (user guide, "Define which Pods use AWS Fargate"), and Kubernetes refuses
 * a pod with a label whose value is none.
 */
export function profileNameFault(name: string): string | undefined {
  if (LABEL_VALUE.test(name)) return undefined
  return (
    'its pods are labeled with its name, and it is no value of a label: at most 63 letters, digits, -, _ and . of ASCII, ' +
    'a letter or digit first and last'
  )
}

/** The message with which EKS refuses a subnet whose route table leads to an internet gateway. */
export function publicSubnetMessage(subnetId: string): string {
  return `Subnet ${subnetId} provided in Fargate Profile is not a private subnet`
}

function clusterFault(draft: ProfileDraft, cluster: ProfileCluster): AwsError | undefined {
  const inUse = (message: string): AwsError =>
    new AwsError('ResourceInUseException', message, {
      status: 409,
      fields: { clusterName: cluster.name, fargateProfileName: draft.name },
    })
  if (cluster.profiles.some((profile) => profile.name === draft.name)) {
    return inUse('A Fargate Profile already exists with this name in this cluster.')
  }
  const busy = cluster.profiles.find(({ status }) => status === 'CREATING' || status === 'DELETING')
  if (busy) {
    return inUse(
      `Cannot create Fargate Profile ${draft.name} because cluster ${cluster.name} currently has ` +
        `Fargate profile ${busy.name} in status ${busy.status}`,
    )
  }
  const { most = MAX_PROFILES } = cluster
  if (cluster.profiles.length < most) return undefined
  return new AwsError(
    'ResourceLimitExceededException',
    `Cluster ${cluster.name} already has ${most} Fargate profiles`,
    { fields: { clusterName: cluster.name } },
  )
}
