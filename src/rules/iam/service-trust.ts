// Owns which of AWS's services a role has to trust before EKS takes it.
// Source: Amazon EKS User Guide, "Amazon EKS cluster IAM role", "… node IAM role", "… Pod execution IAM role".
import { parseArn } from '../../base/arn.ts'
import { wildcardMatches } from '../../base/glob.ts'
import { parsePolicy, PolicyError, type Statement } from './policy-document.ts'
import { trusts } from './trust.ts'

/** The message of InvalidParameterException for a pod execution role that Fargate may not assume. */
export const MISCONFIGURED_TRUST =
  'Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal'

const CLUSTER_PRINCIPAL = 'eks.amazonaws.com'
const NODE_PRINCIPAL = 'ec2.amazonaws.com'
const FARGATE_PRINCIPAL = 'eks-fargate-pods.amazonaws.com'
/** The service that assumes roles for pods, EKS Pod Identity. */
export const PODS_PRINCIPAL = 'pods.eks.amazonaws.com'

/** True when EKS may assume the role of a control plane. @param document its AssumeRolePolicyDocument */
export function trustsCluster(document: string): boolean {
  return trusts(document, { action: 'sts:AssumeRole', principal: { service: CLUSTER_PRINCIPAL } })
}

/** True when instances may have the role. @param document its AssumeRolePolicyDocument */
export function trustsNodes(document: string): boolean {
  return trusts(document, { action: 'sts:AssumeRole', principal: { service: NODE_PRINCIPAL } })
}

/**
 * True when Fargate may assume the role for this profile.
 * @param document the role's AssumeRolePolicyDocument
 * @param profileArn `arn:aws:eks:REGION:ACCOUNT:fargateprofile/CLUSTER/NAME/UUID`: the request's aws:SourceArn
 */
export function trustsFargate(document: string, profileArn: string): boolean {
  return trusts(document, {
    action: 'sts:AssumeRole',
    principal: { service: FARGATE_PRINCIPAL },
    context: { 'aws:SourceArn': profileArn, 'aws:SourceAccount': parseArn(profileArn)?.accountId ?? '' },
  })
}

/**
 * True when the role lets EKS Pod Identity assume it and tag the session, under whatever conditions: those can name
 * tags of pods that are not there yet.
 * @param document its AssumeRolePolicyDocument
 */
export function trustsPods(document: string): boolean {
  const statements = statementsOf(document)
  return ['sts:AssumeRole', 'sts:TagSession'].every((action) =>
    statements.some(
      ({ effect, actions, principals }) =>
        effect === 'Allow' &&
        principals.byKind['Service']?.includes(PODS_PRINCIPAL) === !principals.isNot &&
        names(actions, action),
    ),
  )
}

function names({ isNot, values }: Statement['actions'], action: string): boolean {
  return values.some((value) => wildcardMatches(value.toLowerCase(), action.toLowerCase())) !== isNot
}

function statementsOf(document: string): readonly Statement[] {
  try {
    return parsePolicy(document, 'trust')
  } catch (error) {
    if (error instanceof PolicyError) return []
    throw error
  }
}
