// Owns customer-managed policies.
import type {
  CreatePolicyRequest,
  CreatePolicyResponse,
  DeletePolicyRequest,
  GetPolicyRequest,
  GetPolicyResponse,
  ListPoliciesRequest,
  ListPoliciesResponse,
  Policy,
} from '@aws-sdk/client-iam'

import { operation } from '../../protocol/operation.ts'
import { alreadyExists, deleteConflict, noSuchPolicy } from './errors.ts'
import { managedPolicy, managedPolicyArns, type ManagedPolicy } from './managed-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { checkPolicy } from './policy-document.ts'
import type { IamState, PolicyRecord } from './state.ts'
import { readTags, TAGS } from './tags.ts'

/** The customer's policy of an ARN. @throws AwsError NoSuchEntity */
export function findPolicy(iam: IamState, arn: string | undefined): PolicyRecord {
  const policy = iam.policies.get(arn ?? '')
  if (!policy) throw noSuchPolicy(arn ?? '')
  return policy
}

/** To how many a policy is attached. */
export function attachments(iam: IamState, arn: string): number {
  const entities = [...iam.roles.list(), ...iam.users.list(), ...iam.groups.list()]
  return entities.filter(({ attached }) => attached.includes(arn)).length
}

/** Of how many a policy is the boundary. */
export function boundaries(iam: IamState, arn: string): number {
  return [...iam.roles.list(), ...iam.users.list()].filter(({ boundary }) => boundary === arn).length
}

function describeManaged(policy: ManagedPolicy): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.versionId,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
  }
}

function describe(iam: IamState, policy: PolicyRecord): Policy {
  return {
    ...describeInList(policy),
    AttachmentCount: attachments(iam, policy.arn),
    PermissionsBoundaryUsageCount: boundaries(iam, policy.arn),
    Description: policy.description,
    Tags: [...policy.tags],
  }
}

/**
 * A policy as lists show it. "IAM resource-listing operations return a subset of the available attributes": neither
 * description nor tags.
 */
export function describeInList(policy: PolicyRecord): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
  }
}

/** @throws AwsError EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded */
export const createPolicy = operation<IamState, CreatePolicyRequest, CreatePolicyResponse>()({
  honours: ['PolicyName', 'Path', 'PolicyDocument', 'Description', ...TAGS],
  handle: async (input, iam) => {
    const { PolicyName: name = '', PolicyDocument: document = '', Path: path = '/' } = input
    checkPolicy(document, 'managed')
    return await iam.deps.store.transact((tx) => {
      if (iam.policies.find('name', name.toLowerCase())) {
        throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`)
      }
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
      iam.policies.putIn(tx, policy.arn, policy)
      // Unlike GetPolicy: no description, and tags only where some were given.
      const { Tags: tags = [], Description: _none, ...shown } = describe(iam, policy)
      return { Policy: tags.length > 0 ? { ...shown, Tags: tags } : shown }
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const getPolicy = operation<IamState, GetPolicyRequest, GetPolicyResponse>()({
  honours: ['PolicyArn'],
  handle: (input, iam) => {
    const { PolicyArn: arn = '' } = input
    const managed = managedPolicy(arn)
    if (managed) {
      const counts = {
        AttachmentCount: attachments(iam, arn),
        PermissionsBoundaryUsageCount: boundaries(iam, arn),
      }
      return { Policy: { ...describeManaged(managed), ...counts } }
    }
    return { Policy: describe(iam, findPolicy(iam, arn)) }
  },
})

export const listPolicies = operation<IamState, ListPoliciesRequest, ListPoliciesResponse>()({
  honours: ['Scope', 'OnlyAttached', 'PathPrefix', ...PAGES],
  handle: (input, iam) => {
    const own = input.Scope === 'AWS' ? [] : iam.policies.list().map(describeInList)
    const managed =
      input.Scope === 'Local'
        ? []
        : managedPolicyArns()
            .flatMap((arn) => managedPolicy(arn) ?? [])
            .map(describeManaged)
    const all = [...own, ...managed]
      .map((policy) => ({ ...policy, AttachmentCount: attachments(iam, policy.Arn ?? '') }))
      .filter(({ Path }) => Path?.startsWith(input.PathPrefix ?? '/'))
      .filter(({ AttachmentCount }) => !input.OnlyAttached || AttachmentCount > 0)
    const { items, more } = pageOf(all, input)
    return { Policies: items, ...more }
  },
})

/** @throws AwsError NoSuchEntity, DeleteConflict while it is attached or has several versions */
export const deletePolicy = operation<IamState, DeletePolicyRequest, void>()({
  honours: ['PolicyArn'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const policy = findPolicy(iam, input.PolicyArn)
      if (attachments(iam, policy.arn) > 0) {
        throw deleteConflict('Cannot delete a policy attached to entities.')
      }
      if (policy.versions.length > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        )
      }
      iam.policies.deleteIn(tx, policy.arn)
    })
  },
})
