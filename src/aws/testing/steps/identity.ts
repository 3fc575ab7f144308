// Owns the steps of IAM and STS.
import { encodeAuthorizationMessage } from '../../protocol/authorization-message.ts'
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
  step('sts', 'GetCallerIdentity'),
  step('sts', 'GetSessionToken', { DurationSeconds: 900 }),
  step('sts', 'AssumeRole', { RoleArn: `${ACCOUNT}:role/first`, RoleSessionName: 'me' }),
]

const MEMBER = { GroupName: 'first', UserName: 'first' }
const USER_INLINE = { UserName: 'first', PolicyName: 'inline' }
const GROUP_INLINE = { GroupName: 'first', PolicyName: 'inline' }

const DEVICE_ARN = `${ACCOUNT}:mfa/first`

const devicesAndLogins: readonly Step[] = [
  step('iam', 'CreateLoginProfile', { UserName: 'first', Password: 'correct horse' }),
  step('iam', 'GetLoginProfile', { UserName: 'first' }),
  step('iam', 'UpdateLoginProfile', { UserName: 'first', PasswordResetRequired: true }),
  step('iam', 'DeleteLoginProfile', { UserName: 'first' }),
  step('iam', 'CreateVirtualMFADevice', { VirtualMFADeviceName: 'first' }),
  step('iam', 'ListVirtualMFADevices'),
  step('iam', 'ListMFADevices', { UserName: 'first' }),
  step('iam', 'DeleteVirtualMFADevice', { SerialNumber: DEVICE_ARN }),
]

const SAML = { SAMLProviderArn: `${ACCOUNT}:saml-provider/first` }
const METADATA = 'a'.repeat(1000)
const SIMULATED = { ActionNames: ['eks:ListClusters'] }

/** What there is one of in an account, providers that are only kept, and what policies would allow. */
export const account: readonly Step[] = [
  step('iam', 'CreateAccountAlias', { AccountAlias: 'first' }),
  step('iam', 'ListAccountAliases'),
  step('iam', 'DeleteAccountAlias', { AccountAlias: 'first' }),
  step('iam', 'UpdateAccountPasswordPolicy', { MinimumPasswordLength: 8 }),
  step('iam', 'GetAccountPasswordPolicy'),
  step('iam', 'DeleteAccountPasswordPolicy'),
  step('iam', 'GetAccountSummary'),
  step('iam', 'GenerateCredentialReport'),
  step('iam', 'GetCredentialReport'),
  step('iam', 'GetAccountAuthorizationDetails'),
  step('iam', 'CreateSAMLProvider', { Name: 'first', SAMLMetadataDocument: METADATA }),
  step('iam', 'GetSAMLProvider', SAML),
  step('iam', 'ListSAMLProviders'),
  step('iam', 'UpdateSAMLProvider', { ...SAML, SAMLMetadataDocument: METADATA }),
  step('iam', 'TagSAMLProvider', { ...SAML, Tags: TAG }),
  step('iam', 'ListSAMLProviderTags', SAML),
  step('iam', 'UntagSAMLProvider', { ...SAML, TagKeys: ['k'] }),
  step('iam', 'DeleteSAMLProvider', SAML),
  step('iam', 'TagPolicy', { PolicyArn: POLICY_ARN, Tags: TAG }),
  step('iam', 'ListPolicyTags', { PolicyArn: POLICY_ARN }),
  step('iam', 'UntagPolicy', { PolicyArn: POLICY_ARN, TagKeys: ['k'] }),
  step('iam', 'ListEntitiesForPolicy', { PolicyArn: POLICY_ARN }),
  step('iam', 'TagInstanceProfile', { InstanceProfileName: 'first', Tags: TAG }),
  step('iam', 'ListInstanceProfileTags', { InstanceProfileName: 'first' }),
  step('iam', 'UntagInstanceProfile', { InstanceProfileName: 'first', TagKeys: ['k'] }),
  step('iam', 'ListOpenIDConnectProviderTags', ({ provider }) => ({ OpenIDConnectProviderArn: provider })),
  step('iam', 'UpdateRoleDescription', { RoleName: 'first', Description: 'd' }),
  step('iam', 'SimulatePrincipalPolicy', { PolicySourceArn: `${ACCOUNT}:role/first`, ...SIMULATED }),
  step('iam', 'SimulateCustomPolicy', { PolicyInputList: [POLICY], ...SIMULATED }),
  step('iam', 'GetContextKeysForCustomPolicy', { PolicyInputList: [POLICY] }),
  step('iam', 'GetContextKeysForPrincipalPolicy', { PolicySourceArn: `${ACCOUNT}:role/first` }),
]

/** Makes, changes and removes a user, its keys and a group. */
export const people: readonly Step[] = [
  step('iam', 'CreateUser', { UserName: 'first' }),
  step('iam', 'GetUser', { UserName: 'first' }),
  step('iam', 'ListUsers'),
  step('iam', 'TagUser', { UserName: 'first', Tags: TAG }),
  step('iam', 'ListUserTags', { UserName: 'first' }),
  step('iam', 'UntagUser', { UserName: 'first', TagKeys: ['k'] }),
  step('iam', 'CreateAccessKey', { UserName: 'first' }, { accessKey: 'AccessKey.AccessKeyId' }),
  step('iam', 'ListAccessKeys', { UserName: 'first' }),
  step('iam', 'UpdateAccessKey', ({ accessKey }) => ({
    UserName: 'first',
    AccessKeyId: accessKey,
    Status: 'Inactive',
  })),
  step('iam', 'GetAccessKeyLastUsed', ({ accessKey }) => ({ AccessKeyId: accessKey })),
  step('sts', 'GetAccessKeyInfo', ({ accessKey }) => ({ AccessKeyId: accessKey })),
  step('iam', 'DeleteAccessKey', ({ accessKey }) => ({ UserName: 'first', AccessKeyId: accessKey })),
  step('iam', 'AttachUserPolicy', { UserName: 'first', PolicyArn: MANAGED }),
  step('iam', 'ListAttachedUserPolicies', { UserName: 'first' }),
  step('iam', 'DetachUserPolicy', { UserName: 'first', PolicyArn: MANAGED }),
  step('iam', 'PutUserPolicy', { ...USER_INLINE, PolicyDocument: POLICY }),
  step('iam', 'GetUserPolicy', USER_INLINE),
  step('iam', 'ListUserPolicies', { UserName: 'first' }),
  step('iam', 'DeleteUserPolicy', USER_INLINE),
  step('iam', 'PutUserPermissionsBoundary', { UserName: 'first', PermissionsBoundary: MANAGED }),
  step('iam', 'DeleteUserPermissionsBoundary', { UserName: 'first' }),
  step('iam', 'PutRolePermissionsBoundary', { RoleName: 'first', PermissionsBoundary: MANAGED }),
  step('iam', 'DeleteRolePermissionsBoundary', { RoleName: 'first' }),
  step('iam', 'CreateGroup', { GroupName: 'first' }),
  step('iam', 'ListGroups'),
  step('iam', 'AddUserToGroup', MEMBER),
  step('iam', 'GetGroup', { GroupName: 'first' }),
  step('iam', 'ListGroupsForUser', { UserName: 'first' }),
  step('iam', 'RemoveUserFromGroup', MEMBER),
  step('iam', 'AttachGroupPolicy', { GroupName: 'first', PolicyArn: MANAGED }),
  step('iam', 'ListAttachedGroupPolicies', { GroupName: 'first' }),
  step('iam', 'DetachGroupPolicy', { GroupName: 'first', PolicyArn: MANAGED }),
  step('iam', 'PutGroupPolicy', { ...GROUP_INLINE, PolicyDocument: POLICY }),
  step('iam', 'GetGroupPolicy', GROUP_INLINE),
  step('iam', 'ListGroupPolicies', { GroupName: 'first' }),
  step('iam', 'DeleteGroupPolicy', GROUP_INLINE),
  ...devicesAndLogins,
  step('iam', 'UpdateGroup', { GroupName: 'first', NewGroupName: 'second' }),
  step('iam', 'DeleteGroup', { GroupName: 'second' }),
  step('iam', 'UpdateUser', { UserName: 'first', NewUserName: 'second' }),
  step('iam', 'DeleteUser', { UserName: 'second' }),
  step('sts', 'GetFederationToken', { Name: 'guest', DurationSeconds: 900 }),
  step('sts', 'DecodeAuthorizationMessage', { EncodedMessage: encodeAuthorizationMessage({}) }),
]

/** Removes them. */
export const iamEnd: readonly Step[] = [
  step('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName: 'first', RoleName: 'first' }),
  step('iam', 'DeleteInstanceProfile', { InstanceProfileName: 'first' }),
  step('iam', 'DeleteOpenIDConnectProvider', ({ provider }) => ({ OpenIDConnectProviderArn: provider })),
  step('iam', 'DeletePolicy', { PolicyArn: POLICY_ARN }),
  step('iam', 'DeleteRole', { RoleName: 'first' }),
]
