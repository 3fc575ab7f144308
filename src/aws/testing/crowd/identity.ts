// Owns the crowd of IAM: six of everything, and one of each that has six.
import { each, tags, type Around, type Questions } from './crowd.ts'

const ACCOUNT = 'arn:aws:iam::111122223333'
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'eks:ListClusters', Resource: '*' }],
})
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const METADATA = 'a'.repeat(1000)
const OWNERS = ['Role', 'User', 'Group'] as const

const name = (index: number): string => `crowd-${index}`
const policyArn = (index: number): string => `${ACCOUNT}:policy/crowd-${index}`

/** Makes it. @returns what asks for it */
export async function crowdOfIdentity({ make }: Around): Promise<Questions> {
  const iam = (operation: string, input: object, path?: string) => make('iam', operation, input, path)
  for (const index of each) {
    await iam('CreateRole', { RoleName: name(index), AssumeRolePolicyDocument: TRUST, Tags: tags })
    await iam('CreateUser', { UserName: name(index), Tags: tags })
    await iam('CreateGroup', { GroupName: name(index) })
    await iam('CreatePolicy', { PolicyName: name(index), PolicyDocument: POLICY, Tags: tags })
    await iam('CreateInstanceProfile', { InstanceProfileName: name(index), Tags: tags })
    await iam('AddRoleToInstanceProfile', { InstanceProfileName: name(index), RoleName: name(1) })
    await iam('CreateVirtualMFADevice', { VirtualMFADeviceName: name(index) })
  }
  for (const index of each) {
    await iam('AddUserToGroup', { GroupName: name(1), UserName: name(index) })
    if (index > 1) await iam('AddUserToGroup', { GroupName: name(index), UserName: name(1) })
    for (const owner of OWNERS) {
      const whose = { [`${owner}Name`]: name(1) }
      await iam(`Put${owner}Policy`, { ...whose, PolicyName: name(index), PolicyDocument: POLICY })
      await iam(`Attach${owner}Policy`, { ...whose, PolicyArn: policyArn(index) })
      if (index > 1)
        await iam(`Attach${owner}Policy`, { [`${owner}Name`]: name(index), PolicyArn: policyArn(1) })
    }
  }
  // A policy has five versions, a user two access keys.
  for (const _ of each.slice(2)) {
    await iam('CreatePolicyVersion', { PolicyArn: policyArn(1), PolicyDocument: POLICY })
  }
  for (const _ of each.slice(4)) await iam('CreateAccessKey', { UserName: name(1) })
  const provider = await iam(
    'CreateOpenIDConnectProvider',
    { Url: 'https://oidc.example/crowd', ClientIDList: ['sts.amazonaws.com'], Tags: tags },
    'OpenIDConnectProviderArn',
  )
  await iam('CreateSAMLProvider', { Name: 'crowd', SAMLMetadataDocument: METADATA, Tags: tags })
  await iam('CreateAccountAlias', { AccountAlias: 'crowd' })
  const [role, user, group] = OWNERS.map((owner) => ({ [`${owner}Name`]: name(1) }))
  const policy = { PolicyArn: policyArn(1) }
  const actions = each.map((index) => `eks:List${index}`)
  return {
    GetGroup: { ...group },
    ListAccessKeys: { ...user },
    ListAttachedGroupPolicies: { ...group },
    ListAttachedRolePolicies: { ...role },
    ListAttachedUserPolicies: { ...user },
    ListEntitiesForPolicy: policy,
    ListGroupPolicies: { ...group },
    ListGroupsForUser: { ...user },
    ListInstanceProfileTags: { InstanceProfileName: name(1) },
    ListInstanceProfilesForRole: { ...role },
    ListMFADevices: { ...user },
    ListOpenIDConnectProviderTags: { OpenIDConnectProviderArn: provider },
    ListPolicies: { Scope: 'Local' },
    ListPolicyTags: policy,
    ListPolicyVersions: policy,
    ListRolePolicies: { ...role },
    ListRoleTags: { ...role },
    ListSAMLProviderTags: { SAMLProviderArn: `${ACCOUNT}:saml-provider/crowd` },
    ListUserPolicies: { ...user },
    ListUserTags: { ...user },
    SimulateCustomPolicy: { PolicyInputList: [POLICY], ActionNames: actions },
    SimulatePrincipalPolicy: { PolicySourceArn: `${ACCOUNT}:role/crowd-1`, ActionNames: actions },
  }
}
