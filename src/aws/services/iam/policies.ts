// Owns customer-managed policies and their versions.
import type {
  CreatePolicyRequest,
  CreatePolicyResponse,
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse,
  DeletePolicyRequest,
  DeletePolicyVersionRequest,
  GetPolicyRequest,
  GetPolicyResponse,
  GetPolicyVersionRequest,
  GetPolicyVersionResponse,
  ListPoliciesRequest,
  ListPoliciesResponse,
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse,
  Policy,
  PolicyVersion,
  SetDefaultPolicyVersionRequest,
} from '@aws-sdk/client-iam'

import { AwsError } from '../../../base/errors.ts'
import { escapeUri } from '../../protocol/message.ts'
import { paginate } from '../../protocol/paging.ts'
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity, noSuchPolicy } from './errors.ts'
import { isManagedByAws, managedPolicies, managedPolicy } from './managed-policies.ts'
import { parsePolicy } from './policy-document.ts'
import type { IamState, PolicyRecord, PolicyVersionRecord } from './state.ts'
import { readTags } from './tags.ts'

// "A managed policy can have up to five versions" (IAM quotas).
const MAX_VERSIONS = 5

function findPolicy(iam: IamState, arn: string | undefined): PolicyRecord {
  const policy = iam.policies.get(arn ?? '')
  if (!policy) throw noSuchPolicy(arn ?? '')
  return policy
}

function attachments(iam: IamState, arn: string): number {
  return iam.roles.list().filter(({ attached }) => attached.includes(arn)).length
}

function describe(iam: IamState, policy: PolicyRecord): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachments(iam, policy.arn),
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Description: policy.description,
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
    Tags: [...policy.tags],
  }
}

export async function createPolicy(input: CreatePolicyRequest, iam: IamState): Promise<CreatePolicyResponse> {
  const { PolicyName: name = '', PolicyDocument: document = '', Path: path = '/' } = input
  parsePolicy(document)
  const now = iam.deps.clock.now()
  const policy: PolicyRecord = {
    name,
    path,
    id: iam.uniqueId('ANPA'),
    arn: iam.arn('policy', path, name),
    createdAtMs: now,
    updatedAtMs: now,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    tags: readTags(input.Tags),
    versions: [{ id: 'v1', document, createdAtMs: now }],
    defaultVersionId: 'v1',
  }
  const isNameTaken = iam.policies.list().some((other) => other.name === name)
  if (isNameTaken || !(await iam.policies.create(policy.arn, policy))) {
    throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`)
  }
  return { Policy: describe(iam, policy) }
}

export function getPolicy(input: GetPolicyRequest, iam: IamState): GetPolicyResponse {
  const arn = input.PolicyArn ?? ''
  const managed = managedPolicy(arn)
  if (managed) return { Policy: { ...managed, AttachmentCount: attachments(iam, arn) } }
  return { Policy: describe(iam, findPolicy(iam, arn)) }
}

export function listPolicies(input: ListPoliciesRequest, iam: IamState): ListPoliciesResponse {
  const own = input.Scope === 'AWS' ? [] : iam.policies.list().map((policy) => describe(iam, policy))
  const managed = input.Scope === 'Local' ? [] : managedPolicies()
  const all = [...own, ...managed]
    .map((policy) => ({ ...policy, AttachmentCount: attachments(iam, policy.Arn ?? '') }))
    .filter(({ Path }) => Path?.startsWith(input.PathPrefix ?? '/'))
    .filter(({ AttachmentCount }) => !input.OnlyAttached || AttachmentCount > 0)
  const { items, token } = paginate(all, { token: input.Marker, limit: input.MaxItems, defaultLimit: 100 })
  return { Policies: items, IsTruncated: token !== undefined, Marker: token }
}

export async function deletePolicy(input: DeletePolicyRequest, iam: IamState): Promise<void> {
  const policy = findPolicy(iam, input.PolicyArn)
  if (attachments(iam, policy.arn) > 0) throw deleteConflict('Cannot delete a policy attached to entities.')
  if (policy.versions.length > 1) {
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    )
  }
  await iam.policies.delete(policy.arn)
}

function describeVersion(policy: PolicyRecord, version: PolicyVersionRecord): PolicyVersion {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersionId,
    CreateDate: new Date(version.createdAtMs),
  }
}

function findVersion(policy: PolicyRecord, id: string | undefined): PolicyVersionRecord {
  const version = policy.versions.find((each) => each.id === id)
  if (!version) {
    throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`)
  }
  return version
}

export async function createPolicyVersion(
  input: CreatePolicyVersionRequest,
  iam: IamState,
): Promise<CreatePolicyVersionResponse> {
  const { PolicyArn: arn = '', PolicyDocument: document = '' } = input
  parsePolicy(document)
  let next = findPolicy(iam, arn)
  await iam.policies.update(arn, (policy) => {
    next = withVersion(policy, {
      document,
      now: iam.deps.clock.now(),
      isDefault: input.SetAsDefault === true,
    })
    return next
  })
  return { PolicyVersion: describeVersion(next, findVersion(next, next.versions.at(-1)?.id)) }
}

function withVersion(
  policy: PolicyRecord,
  { document, now, isDefault }: { document: string; now: number; isDefault: boolean },
): PolicyRecord {
  if (policy.versions.length >= MAX_VERSIONS) {
    throw limitExceeded(
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    )
  }
  const newest = Math.max(...policy.versions.map(({ id }) => Number(id.slice(1))))
  const version: PolicyVersionRecord = { id: `v${newest + 1}`, document, createdAtMs: now }
  return {
    ...policy,
    updatedAtMs: now,
    versions: [...policy.versions, version],
    defaultVersionId: isDefault ? version.id : policy.defaultVersionId,
  }
}

export function getPolicyVersion(input: GetPolicyVersionRequest, iam: IamState): GetPolicyVersionResponse {
  if (isManagedByAws(input.PolicyArn ?? '')) {
    throw new AwsError('NotImplemented', `The document of ${input.PolicyArn} is not emulated by Neargate.`)
  }
  const policy = findPolicy(iam, input.PolicyArn)
  const version = findVersion(policy, input.VersionId)
  return { PolicyVersion: { ...describeVersion(policy, version), Document: escapeUri(version.document) } }
}

export function listPolicyVersions(
  input: ListPolicyVersionsRequest,
  iam: IamState,
): ListPolicyVersionsResponse {
  const policy = findPolicy(iam, input.PolicyArn)
  const versions = policy.versions.map((version) => describeVersion(policy, version))
  return { Versions: versions.toReversed(), IsTruncated: false }
}

export async function deletePolicyVersion(input: DeletePolicyVersionRequest, iam: IamState): Promise<void> {
  const { arn } = findPolicy(iam, input.PolicyArn)
  await iam.policies.update(arn, (policy) => {
    const { id } = findVersion(policy, input.VersionId)
    if (id === policy.defaultVersionId) throw deleteConflict('Cannot delete the default version of a policy.')
    return { ...policy, versions: policy.versions.filter((version) => version.id !== id) }
  })
}

export async function setDefaultPolicyVersion(
  input: SetDefaultPolicyVersionRequest,
  iam: IamState,
): Promise<void> {
  const { arn } = findPolicy(iam, input.PolicyArn)
  await iam.policies.update(arn, (policy) => ({
    ...policy,
    defaultVersionId: findVersion(policy, input.VersionId).id,
  }))
}
