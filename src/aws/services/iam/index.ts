// Owns the surface of IAM: its operation table, its credentials and what other parts ask of roles.
import type { Credential, CredentialSource } from '../../protocol/credentials.ts'
import { issuerName } from '../../../rules/iam/issuer.ts'
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import * as account from './account.ts'
import * as profiles from './instance-profiles.ts'
import * as providers from './oidc-providers.ts'
import * as policies from './policies.ts'
import * as policyVersions from './policy-versions.ts'
import * as rolePolicies from './role-policies.ts'
import * as roles from './roles.ts'
import { IamState, type AccessKeyRecord, type RoleRecord } from './state.ts'

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
    service: defineService('iam', operationTable(iam)),
    ensureAdministrator: ({ userName = 'neargate' } = {}) => account.ensureAdministrator(iam, { userName }),
    find: (accessKeyId) => findCredential(iam, accessKeyId),
    role: (arn) => iam.roles.list().find((role) => role.arn === arn),
    oidcProvider: (issuer) => {
      const { name = '' } = issuerName(issuer) ?? {}
      return iam.providers.get(iam.arn('oidc-provider', '/', name))
    },
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
  return bindOperations(iam, {
    AddRoleToInstanceProfile: profiles.addRoleToInstanceProfile,
    AttachRolePolicy: rolePolicies.attachRolePolicy,
    CreateInstanceProfile: profiles.createInstanceProfile,
    CreateOpenIDConnectProvider: providers.createOpenIDConnectProvider,
    CreatePolicy: policies.createPolicy,
    CreatePolicyVersion: policyVersions.createPolicyVersion,
    CreateRole: roles.createRole,
    CreateServiceLinkedRole: account.createServiceLinkedRole,
    DeleteInstanceProfile: profiles.deleteInstanceProfile,
    DeleteOpenIDConnectProvider: providers.deleteOpenIDConnectProvider,
    DeletePolicy: policies.deletePolicy,
    DeletePolicyVersion: policyVersions.deletePolicyVersion,
    DeleteRole: roles.deleteRole,
    DeleteRolePolicy: rolePolicies.deleteRolePolicy,
    DetachRolePolicy: rolePolicies.detachRolePolicy,
    GetInstanceProfile: profiles.getInstanceProfile,
    GetOpenIDConnectProvider: providers.getOpenIDConnectProvider,
    GetPolicy: policies.getPolicy,
    GetPolicyVersion: policyVersions.getPolicyVersion,
    GetRole: roles.getRole,
    GetRolePolicy: rolePolicies.getRolePolicy,
    GetUser: account.getUser,
    ListAccountAliases: account.listAccountAliases,
    ListAttachedRolePolicies: rolePolicies.listAttachedRolePolicies,
    ListInstanceProfiles: profiles.listInstanceProfiles,
    ListInstanceProfilesForRole: profiles.listInstanceProfilesForRole,
    ListOpenIDConnectProviders: providers.listOpenIDConnectProviders,
    ListPolicies: policies.listPolicies,
    ListPolicyVersions: policyVersions.listPolicyVersions,
    ListRolePolicies: rolePolicies.listRolePolicies,
    ListRoleTags: roles.listRoleTags,
    ListRoles: roles.listRoles,
    ListUsers: account.listUsers,
    PutRolePolicy: rolePolicies.putRolePolicy,
    RemoveRoleFromInstanceProfile: profiles.removeRoleFromInstanceProfile,
    SetDefaultPolicyVersion: policyVersions.setDefaultPolicyVersion,
    TagOpenIDConnectProvider: providers.tagOpenIDConnectProvider,
    UntagOpenIDConnectProvider: providers.untagOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint: providers.updateOpenIDConnectProviderThumbprint,
    AddClientIDToOpenIDConnectProvider: providers.addClientIDToOpenIDConnectProvider,
    RemoveClientIDFromOpenIDConnectProvider: providers.removeClientIDFromOpenIDConnectProvider,
    TagRole: roles.tagRole,
    UntagRole: roles.untagRole,
    UpdateAssumeRolePolicy: roles.updateAssumeRolePolicy,
    UpdateRole: roles.updateRoleSettings,
  })
}
