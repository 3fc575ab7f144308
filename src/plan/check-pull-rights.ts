// Owns the warning that the role of a node group lets its nodes pull no images from ECR.
// Source: eksctl pkg/cfn/builder/iam_helper.go (policies of the file take the place of the usual ones); EKS user guide,
// "Amazon EKS node IAM role" (AmazonEC2ContainerRegistryPullOnly).
import type { ManagedNodeGroup } from '../config/cluster-config.ts'
import { problem, type Problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'

const OF_AWS = /^arn:aws[\w-]*:iam::aws:policy\//
// The names of all policies that AWS publishes with ecr:GetAuthorizationToken, BatchGetImage and GetDownloadUrlForLayer.
const MAY_PULL =
  /ContainerRegistry|ContainerService|ECR|ECS|SageMaker|Braket|Redshift|FargatePod|ImageBuild|Outpost|ROSA|Actions|(Administrator|PowerUser|ReadOnly)Access/

/** Reports managed groups whose policies are known, and let nobody pull. Self-managed ones get that right anyway. */
export function checkPullRights({ located }: PlanFacts): Problem[] {
  return (located.config.managedNodeGroups ?? []).flatMap((group, index) => {
    if (!lacksPull(group)) return []
    const text = `node group ${group.name}: none of its attachPolicyARNs lets nodes pull from ECR, where the images of add-ons are: on AWS its nodes stay NotReady; near, images come all the same`
    const at = located.locateKey(['managedNodeGroups', index, 'iam', 'attachPolicyARNs'])
    return [problem('image-pull-denied', text, at)]
  })
}

function lacksPull({ iam = {} }: ManagedNodeGroup): boolean {
  const { attachPolicyARNs: attached = [], attachPolicy, instanceRoleARN, withAddonPolicies } = iam
  // What a policy of one's own allows is not known here.
  if (attached.length === 0 || attachPolicy !== undefined || instanceRoleARN !== undefined) return false
  if (withAddonPolicies?.['imageBuilder'] === true) return false
  return attached.every((arn) => OF_AWS.test(arn) && !MAY_PULL.test(arn))
}
