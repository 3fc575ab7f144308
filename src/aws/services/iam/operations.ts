// Owns the table of IAM's operations.
import type { Operation } from '../../protocol/operation.ts'
import * as accessKeys from './access-keys.ts'
import * as account from './account.ts'
import * as boundaries from './boundaries.ts'
import * as groupPolicies from './group-policies.ts'
import * as groups from './groups.ts'
import * as profiles from './instance-profiles.ts'
import * as providers from './oidc-providers.ts'
import * as policies from './policies.ts'
import * as policyVersions from './policy-versions.ts'
import * as rolePolicies from './role-policies.ts'
import * as roles from './roles.ts'
import * as userPolicies from './user-policies.ts'
import * as users from './users.ts'
import type { IamState } from './state.ts'

/** By published name. */
export const operations: Readonly<Record<string, Operation<IamState>>> = {
  AddClientIDToOpenIDConnectProvider: providers.addClientIDToOpenIDConnectProvider,
  AddRoleToInstanceProfile: profiles.addRoleToInstanceProfile,
  AddUserToGroup: groups.addUserToGroup,
  AttachGroupPolicy: groupPolicies.attachGroupPolicy,
  AttachRolePolicy: rolePolicies.attachRolePolicy,
  AttachUserPolicy: userPolicies.attachUserPolicy,
  CreateAccessKey: accessKeys.createAccessKey,
  CreateGroup: groups.createGroup,
  CreateInstanceProfile: profiles.createInstanceProfile,
  CreateOpenIDConnectProvider: providers.createOpenIDConnectProvider,
  CreatePolicy: policies.createPolicy,
  CreatePolicyVersion: policyVersions.createPolicyVersion,
  CreateRole: roles.createRole,
  CreateServiceLinkedRole: account.createServiceLinkedRole,
  CreateUser: users.createUser,
  DeleteAccessKey: accessKeys.deleteAccessKey,
  DeleteGroup: groups.deleteGroup,
  DeleteGroupPolicy: groupPolicies.deleteGroupPolicy,
  DeleteInstanceProfile: profiles.deleteInstanceProfile,
  DeleteOpenIDConnectProvider: providers.deleteOpenIDConnectProvider,
  DeletePolicy: policies.deletePolicy,
  DeletePolicyVersion: policyVersions.deletePolicyVersion,
  DeleteRole: roles.deleteRole,
  DeleteRolePermissionsBoundary: boundaries.deleteRolePermissionsBoundary,
  DeleteRolePolicy: rolePolicies.deleteRolePolicy,
  DeleteUser: users.deleteUser,
  DeleteUserPermissionsBoundary: boundaries.deleteUserPermissionsBoundary,
  DeleteUserPolicy: userPolicies.deleteUserPolicy,
  DetachGroupPolicy: groupPolicies.detachGroupPolicy,
  DetachRolePolicy: rolePolicies.detachRolePolicy,
  DetachUserPolicy: userPolicies.detachUserPolicy,
  GetAccessKeyLastUsed: accessKeys.getAccessKeyLastUsed,
  GetGroup: groups.getGroup,
  GetGroupPolicy: groupPolicies.getGroupPolicy,
  GetInstanceProfile: profiles.getInstanceProfile,
  GetOpenIDConnectProvider: providers.getOpenIDConnectProvider,
  GetPolicy: policies.getPolicy,
  GetPolicyVersion: policyVersions.getPolicyVersion,
  GetRole: roles.getRole,
  GetRolePolicy: rolePolicies.getRolePolicy,
  GetUser: users.getUser,
  GetUserPolicy: userPolicies.getUserPolicy,
  ListAccessKeys: accessKeys.listAccessKeys,
  ListAccountAliases: account.listAccountAliases,
  ListAttachedGroupPolicies: groupPolicies.listAttachedGroupPolicies,
  ListAttachedRolePolicies: rolePolicies.listAttachedRolePolicies,
  ListAttachedUserPolicies: userPolicies.listAttachedUserPolicies,
  ListGroupPolicies: groupPolicies.listGroupPolicies,
  ListGroups: groups.listGroups,
  ListGroupsForUser: groups.listGroupsForUser,
  ListInstanceProfiles: profiles.listInstanceProfiles,
  ListInstanceProfilesForRole: profiles.listInstanceProfilesForRole,
  ListOpenIDConnectProviders: providers.listOpenIDConnectProviders,
  ListPolicies: policies.listPolicies,
  ListPolicyVersions: policyVersions.listPolicyVersions,
  ListRolePolicies: rolePolicies.listRolePolicies,
  ListRoleTags: roles.listRoleTags,
  ListRoles: roles.listRoles,
  ListUserPolicies: userPolicies.listUserPolicies,
  ListUserTags: users.listUserTags,
  ListUsers: users.listUsers,
  PutGroupPolicy: groupPolicies.putGroupPolicy,
  PutRolePermissionsBoundary: boundaries.putRolePermissionsBoundary,
  PutRolePolicy: rolePolicies.putRolePolicy,
  PutUserPermissionsBoundary: boundaries.putUserPermissionsBoundary,
  PutUserPolicy: userPolicies.putUserPolicy,
  RemoveClientIDFromOpenIDConnectProvider: providers.removeClientIDFromOpenIDConnectProvider,
  RemoveRoleFromInstanceProfile: profiles.removeRoleFromInstanceProfile,
  RemoveUserFromGroup: groups.removeUserFromGroup,
  SetDefaultPolicyVersion: policyVersions.setDefaultPolicyVersion,
  TagOpenIDConnectProvider: providers.tagOpenIDConnectProvider,
  TagRole: roles.tagRole,
  TagUser: users.tagUser,
  UntagOpenIDConnectProvider: providers.untagOpenIDConnectProvider,
  UntagRole: roles.untagRole,
  UntagUser: users.untagUser,
  UpdateAccessKey: accessKeys.updateAccessKey,
  UpdateAssumeRolePolicy: roles.updateAssumeRolePolicy,
  UpdateGroup: groups.updateGroupSettings,
  UpdateOpenIDConnectProviderThumbprint: providers.updateOpenIDConnectProviderThumbprint,
  UpdateRole: roles.updateRoleSettings,
  UpdateUser: users.updateUserSettings,
}
