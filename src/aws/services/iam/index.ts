// Owns the surface of IAM: its operation table, its credentials and what other parts ask of roles.
import type { Credential, CredentialSource } from '../../protocol/credentials.ts'
import { operation, type AwsService, type ServiceDeps } from '../../protocol/service.ts'
import * as account from './account.ts'
import * as profiles from './instance-profiles.ts'
import * as providers from './oidc-providers.ts'
import * as policies from './policies.ts'
import * as rolePolicies from './role-policies.ts'
import * as roles from './roles.ts'
import { IamState, type AccessKeyRecord, type RoleRecord } from './state.ts'

export { trusts } from './policy-document.ts'
export type { AccessKeyRecord, RoleRecord } from './state.ts'

export interface Iam extends CredentialSource {
  readonly service: AwsService
  /** The administrator's key; made at the first call, the same ever after. */
  ensureAdministrator(options?: { readonly userName?: string }): Promise<AccessKeyRecord>
  /** The role of an ARN; undefined when there is none. */
  role(arn: string): RoleRecord | undefined
  /** True when a provider is registered for the issuer (host and path). @returns its ARN and audiences. */
  oidcProvider(
    issuer: string,
  ): { readonly arn: string; readonly url: string; readonly clientIds: readonly string[] } | undefined
}

/**
 * Builds IAM. Every signed request of a known key is let through: identity policies are stored and shown, but
 * not evaluated; trust policies are evaluated wherever a role is assumed.
 */
export function createIam(deps: ServiceDeps): Iam {
  const iam = new IamState(deps)
  return {
    service: {
      signingName: 'iam',
      schema: 'iam',
      protocol: 'query',
      operations: operationTable(iam),
    },
    ensureAdministrator: ({ userName = 'neargate' } = {}) => account.ensureAdministrator(iam, { userName }),
    find: (accessKeyId) => findCredential(iam, accessKeyId),
    role: (arn) => iam.roles.list().find((role) => role.arn === arn),
    oidcProvider: (issuer) =>
      iam.providers.get(iam.arn('oidc-provider', '/', providers.issuerHostPath(issuer))),
  }
}

function findCredential(iam: IamState, accessKeyId: string): Credential | undefined {
  const key = iam.keys.get(accessKeyId)
  const user = key && iam.users.get(key.userName)
  if (!key || !user) return undefined
  const { accountId } = iam.deps
  return {
    secretAccessKey: key.secretAccessKey,
    principal: { accountId, arn: user.arn, userId: user.id, accessKeyId },
  }
}

function operationTable(iam: IamState): AwsService['operations'] {
  return {
    AddRoleToInstanceProfile: operation(profiles.addRoleToInstanceProfile, iam),
    AttachRolePolicy: operation(rolePolicies.attachRolePolicy, iam),
    CreateInstanceProfile: operation(profiles.createInstanceProfile, iam),
    CreateOpenIDConnectProvider: operation(providers.createOpenIDConnectProvider, iam),
    CreatePolicy: operation(policies.createPolicy, iam),
    CreatePolicyVersion: operation(policies.createPolicyVersion, iam),
    CreateRole: operation(roles.createRole, iam),
    CreateServiceLinkedRole: operation(account.createServiceLinkedRole, iam),
    DeleteInstanceProfile: operation(profiles.deleteInstanceProfile, iam),
    DeleteOpenIDConnectProvider: operation(providers.deleteOpenIDConnectProvider, iam),
    DeletePolicy: operation(policies.deletePolicy, iam),
    DeletePolicyVersion: operation(policies.deletePolicyVersion, iam),
    DeleteRole: operation(roles.deleteRole, iam),
    DeleteRolePolicy: operation(rolePolicies.deleteRolePolicy, iam),
    DetachRolePolicy: operation(rolePolicies.detachRolePolicy, iam),
    GetInstanceProfile: operation(profiles.getInstanceProfile, iam),
    GetOpenIDConnectProvider: operation(providers.getOpenIDConnectProvider, iam),
    GetPolicy: operation(policies.getPolicy, iam),
    GetPolicyVersion: operation(policies.getPolicyVersion, iam),
    GetRole: operation(roles.getRole, iam),
    GetRolePolicy: operation(rolePolicies.getRolePolicy, iam),
    GetUser: operation(account.getUser, iam),
    ListAccountAliases: operation(account.listAccountAliases, iam),
    ListAttachedRolePolicies: operation(rolePolicies.listAttachedRolePolicies, iam),
    ListInstanceProfiles: operation(profiles.listInstanceProfiles, iam),
    ListInstanceProfilesForRole: operation(profiles.listInstanceProfilesForRole, iam),
    ListOpenIDConnectProviders: operation(providers.listOpenIDConnectProviders, iam),
    ListPolicies: operation(policies.listPolicies, iam),
    ListPolicyVersions: operation(policies.listPolicyVersions, iam),
    ListRolePolicies: operation(rolePolicies.listRolePolicies, iam),
    ListRoleTags: operation(roles.listRoleTags, iam),
    ListRoles: operation(roles.listRoles, iam),
    ListUsers: operation(account.listUsers, iam),
    PutRolePolicy: operation(rolePolicies.putRolePolicy, iam),
    RemoveRoleFromInstanceProfile: operation(profiles.removeRoleFromInstanceProfile, iam),
    SetDefaultPolicyVersion: operation(policies.setDefaultPolicyVersion, iam),
    TagOpenIDConnectProvider: operation(providers.tagOpenIDConnectProvider, iam),
    TagRole: operation(roles.tagRole, iam),
    UntagRole: operation(roles.untagRole, iam),
    UpdateAssumeRolePolicy: operation(roles.updateAssumeRolePolicy, iam),
    UpdateRole: operation(roles.updateRoleSettings, iam),
  }
}
