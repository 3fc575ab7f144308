// Owns the steps of IAM and STS.
import { step, type Step } from './step.ts'

function trust(...services: string[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: services, AWS: '111122223333' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      },
    ],
  })
}

const SERVICES = [
  'eks.amazonaws.com',
  'ec2.amazonaws.com',
  'eks-fargate-pods.amazonaws.com',
  'pods.eks.amazonaws.com',
]
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'eks:ListClusters', Resource: '*' }],
})
const ACCOUNT = 'arn:aws:iam::111122223333'
const MANAGED = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy'
const POLICY_ARN = `${ACCOUNT}:policy/first`
const TAG = [{ Key: 'k', Value: 'v' }]

/** Makes, changes and uses a role, a policy, an instance profile and a provider. */
export const iam: readonly Step[] = [
  step('iam', 'CreateRole', {
    RoleName: 'first',
    AssumeRolePolicyDocument: trust(...SERVICES),
  }),
  step('iam', 'GetRole', { RoleName: 'first' }),
  step('iam', 'ListRoles'),
  step('iam', 'UpdateRole', { RoleName: 'first', Description: 'd' }),
  step('iam', 'UpdateAssumeRolePolicy', {
    RoleName: 'first',
    PolicyDocument: trust(...SERVICES),
  }),
  step('iam', 'TagRole', { RoleName: 'first', Tags: TAG }),
  step('iam', 'ListRoleTags', { RoleName: 'first' }),
  step('iam', 'UntagRole', { RoleName: 'first', TagKeys: ['k'] }),
  step('iam', 'AttachRolePolicy', { RoleName: 'first', PolicyArn: MANAGED }),
  step('iam', 'ListAttachedRolePolicies', { RoleName: 'first' }),
  step('iam', 'DetachRolePolicy', { RoleName: 'first', PolicyArn: MANAGED }),
  step('iam', 'PutRolePolicy', { RoleName: 'first', PolicyName: 'inline', PolicyDocument: POLICY }),
  step('iam', 'GetRolePolicy', { RoleName: 'first', PolicyName: 'inline' }),
  step('iam', 'ListRolePolicies', { RoleName: 'first' }),
  step('iam', 'DeleteRolePolicy', { RoleName: 'first', PolicyName: 'inline' }),
  step('iam', 'CreatePolicy', { PolicyName: 'first', PolicyDocument: POLICY }),
  step('iam', 'GetPolicy', { PolicyArn: POLICY_ARN }),
  step('iam', 'ListPolicies', { Scope: 'Local' }),
  step('iam', 'CreatePolicyVersion', { PolicyArn: POLICY_ARN, PolicyDocument: POLICY }),
  step('iam', 'SetDefaultPolicyVersion', { PolicyArn: POLICY_ARN, VersionId: 'v2' }),
  step('iam', 'GetPolicyVersion', { PolicyArn: POLICY_ARN, VersionId: 'v2' }),
  step('iam', 'ListPolicyVersions', { PolicyArn: POLICY_ARN }),
  step('iam', 'DeletePolicyVersion', { PolicyArn: POLICY_ARN, VersionId: 'v1' }),
  step('iam', 'CreateInstanceProfile', { InstanceProfileName: 'first' }),
  step('iam', 'AddRoleToInstanceProfile', { InstanceProfileName: 'first', RoleName: 'first' }),
  step('iam', 'GetInstanceProfile', { InstanceProfileName: 'first' }),
  step('iam', 'ListInstanceProfiles'),
  step('iam', 'ListInstanceProfilesForRole', { RoleName: 'first' }),
  step('iam', 'CreateServiceLinkedRole', { AWSServiceName: 'eks.amazonaws.com' }),
  step(
    'iam',
    'CreateOpenIDConnectProvider',
    { Url: 'https://oidc.example/id', ClientIDList: ['sts.amazonaws.com'] },
    { provider: 'OpenIDConnectProviderArn' },
  ),
  step('iam', 'GetOpenIDConnectProvider', ({ provider }) => ({ OpenIDConnectProviderArn: provider })),
  step('iam', 'ListOpenIDConnectProviders'),
  step('iam', 'TagOpenIDConnectProvider', ({ provider }) => ({
    OpenIDConnectProviderArn: provider,
    Tags: TAG,
  })),
  step('iam', 'UntagOpenIDConnectProvider', ({ provider }) => ({
    OpenIDConnectProviderArn: provider,
    TagKeys: TAG.map(({ Key }) => Key),
  })),
  step('iam', 'AddClientIDToOpenIDConnectProvider', ({ provider }) => ({
    OpenIDConnectProviderArn: provider,
    ClientID: 'other.example',
  })),
  step('iam', 'RemoveClientIDFromOpenIDConnectProvider', ({ provider }) => ({
    OpenIDConnectProviderArn: provider,
    ClientID: 'other.example',
  })),
  step('iam', 'UpdateOpenIDConnectProviderThumbprint', ({ provider }) => ({
    OpenIDConnectProviderArn: provider,
    ThumbprintList: ['0'.repeat(40)],
  })),
  step('iam', 'GetUser'),
  step('iam', 'ListUsers'),
  step('iam', 'ListAccountAliases'),
  step('sts', 'GetCallerIdentity'),
  step('sts', 'GetSessionToken', { DurationSeconds: 900 }),
  step('sts', 'AssumeRole', { RoleArn: `${ACCOUNT}:role/first`, RoleSessionName: 'me' }),
]

/** Removes them. */
export const iamEnd: readonly Step[] = [
  step('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName: 'first', RoleName: 'first' }),
  step('iam', 'DeleteInstanceProfile', { InstanceProfileName: 'first' }),
  step('iam', 'DeleteOpenIDConnectProvider', ({ provider }) => ({ OpenIDConnectProviderArn: provider })),
  step('iam', 'DeletePolicy', { PolicyArn: POLICY_ARN }),
  step('iam', 'DeleteRole', { RoleName: 'first' }),
]
