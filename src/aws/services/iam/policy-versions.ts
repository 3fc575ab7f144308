// Owns the versions of customer-managed policies.
import type {
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse,
  DeletePolicyVersionRequest,
  GetPolicyVersionRequest,
  GetPolicyVersionResponse,
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse,
  PolicyVersion,
  SetDefaultPolicyVersionRequest,
} from '@aws-sdk/client-iam'

import { escapeUri } from '../../protocol/message.ts'
import { operation } from '../../protocol/operation.ts'
import { deleteConflict, limitExceeded, noSuchEntity, noSuchPolicy } from './errors.ts'
import { managedPolicy, type ManagedPolicy } from './managed-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import { findPolicy } from './policies.ts'
import { checkPolicy } from './policy-document.ts'
import type { IamState, PolicyRecord, PolicyVersionRecord } from './state.ts'

// "A managed policy can have up to five versions" (IAM quotas).
const MAX_VERSIONS = 5

/** A version of a policy as lists show it, without its document. */
export function describeVersion(policy: PolicyRecord, version: PolicyVersionRecord): PolicyVersion {
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

/** @throws AwsError NoSuchEntity, LimitExceeded, MalformedPolicyDocument */
export const createPolicyVersion = operation<
  IamState,
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse
>()({
  honours: ['PolicyArn', 'PolicyDocument', 'SetAsDefault'],
  handle: async (input, iam) => {
    const { PolicyDocument: document = '' } = input
    checkPolicy(document, 'managed')
    return await iam.deps.store.transact((tx) => {
      const policy = findPolicy(iam, input.PolicyArn)
      if (policy.versions.length >= MAX_VERSIONS) {
        throw limitExceeded(
          'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
        )
      }
      const now = iam.deps.clock.now()
      const newest = Math.max(...policy.versions.map(({ id }) => Number(id.slice(1))))
      const version: PolicyVersionRecord = { id: `v${newest + 1}`, document, createdAtMs: now }
      const next = {
        ...policy,
        updatedAtMs: now,
        versions: [...policy.versions, version],
        defaultVersionId: input.SetAsDefault ? version.id : policy.defaultVersionId,
      }
      iam.policies.putIn(tx, policy.arn, next)
      return { PolicyVersion: describeVersion(next, version) }
    })
  },
})

function describeManaged(policy: ManagedPolicy): PolicyVersion {
  return {
    VersionId: policy.versionId,
    IsDefaultVersion: true,
    CreateDate: new Date(policy.updatedAtMs),
  }
}

/** Of a policy of AWS the newest version is kept. @throws AwsError NoSuchEntity */
export const getPolicyVersion = operation<IamState, GetPolicyVersionRequest, GetPolicyVersionResponse>()({
  honours: ['PolicyArn', 'VersionId'],
  handle: (input, iam) => {
    const managed = managedPolicy(input.PolicyArn ?? '')
    if (managed && managed.versionId === input.VersionId) {
      return { PolicyVersion: { ...describeManaged(managed), Document: escapeUri(managed.document) } }
    }
    const policy = findPolicy(iam, input.PolicyArn)
    const version = findVersion(policy, input.VersionId)
    return { PolicyVersion: { ...describeVersion(policy, version), Document: escapeUri(version.document) } }
  },
})

/** Newest first. @throws AwsError NoSuchEntity */
export const listPolicyVersions = operation<
  IamState,
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse
>()({
  honours: ['PolicyArn', ...PAGES],
  handle: (input, iam) => {
    const managed = managedPolicy(input.PolicyArn ?? '')
    if (managed) return { Versions: [describeManaged(managed)], IsTruncated: false }
    const policy = findPolicy(iam, input.PolicyArn)
    const { items, more } = pageOf(policy.versions.toReversed(), input)
    return { Versions: items.map((version) => describeVersion(policy, version)), ...more }
  },
})

/** @throws AwsError NoSuchEntity, DeleteConflict for the default version */
export const deletePolicyVersion = operation<IamState, DeletePolicyVersionRequest, void>()({
  honours: ['PolicyArn', 'VersionId'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    const changed = await iam.policies.update(arn, (policy) => {
      const { id } = findVersion(policy, input.VersionId)
      if (id === policy.defaultVersionId) {
        throw deleteConflict('Cannot delete the default version of a policy.')
      }
      return { ...policy, versions: policy.versions.filter((version) => version.id !== id) }
    })
    if (!changed) throw noSuchPolicy(arn)
  },
})

/** @throws AwsError NoSuchEntity */
export const setDefaultPolicyVersion = operation<IamState, SetDefaultPolicyVersionRequest, void>()({
  honours: ['PolicyArn', 'VersionId'],
  handle: async (input, iam) => {
    const { PolicyArn: arn = '' } = input
    const changed = await iam.policies.update(arn, (policy) => ({
      ...policy,
      defaultVersionId: findVersion(policy, input.VersionId).id,
    }))
    if (!changed) throw noSuchPolicy(arn)
  },
})
