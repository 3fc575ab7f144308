// Owns CreateFargateProfile: limits, the role's trust, private subnets, one profile in transition at a time.
import type {
  CreateFargateProfileRequest,
  CreateFargateProfileResponse,
  FargateProfileSelector,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { isAwsCode } from '../../../../base/errors.ts'
import { MISCONFIGURED_TRUST, trustsFargate } from '../../../../rules/iam/service-trust.ts'
import { type ProfileDraft, profileFault } from '../../../../rules/fargate/validate-profile.ts'
import { requestToken } from '../client-token.ts'
import { inUse, invalidParameter } from '../errors.ts'
import { findActiveCluster, findCluster } from '../lookup.ts'
import { trustOf } from '../roles.ts'
import { quotaFor } from '../quotas.ts'
import { type Eks, type FargateProfileRecord, startClock } from '../state.ts'
import { showProfile } from './show.ts'
import { profileSubnets } from './subnets.ts'

/** Seen on AWS: 10:04:34 to 10:08:50. */
const CREATE_PROFILE_MS = 256_000

/** @throws AwsError ResourceInUse-, InvalidParameter-, InvalidRequest-, ResourceLimitExceeded-, ResourceNotFoundException */
export const createFargateProfile = operation<
  Eks,
  CreateFargateProfileRequest,
  CreateFargateProfileResponse
>()({
  honours: [
    'clusterName',
    'fargateProfileName',
    'podExecutionRoleArn',
    'subnets',
    'selectors[].namespace',
    'selectors[].labels',
    'tags',
    'clientRequestToken',
  ],
  handle: create,
})

async function create(input: CreateFargateProfileRequest, eks: Eks): Promise<CreateFargateProfileResponse> {
  const { cluster } = findCluster(eks, input.clusterName)
  const clusterName = cluster.name
  const name = input.fargateProfileName ?? ''
  const key = `${clusterName}/${name}`
  const known = earlier(eks, key, input)
  if (known) return { fargateProfile: showProfile(known) }
  const draft = draftOf(input)
  const most = await quotaFor(eks, 'profiles')
  refuse(eks, { clusterName, most }, draft)
  const activeCluster = findActiveCluster(eks, clusterName)
  const { region, accountId, ids } = eks.deps
  const arn = `arn:aws:eks:${region}:${accountId}:fargateprofile/${clusterName}/${name}/${ids.uuid()}`
  await checkTrust(eks, draft.podExecutionRoleArn, arn)
  const subnets = await profileSubnets(eks, activeCluster, input.subnets ?? [])
  await ensureServiceLinkedRole(eks)
  const record: FargateProfileRecord = {
    ...startClock(eks, CREATE_PROFILE_MS, requestToken(input)),
    profile: {
      fargateProfileName: name,
      fargateProfileArn: arn,
      clusterName,
      podExecutionRoleArn: draft.podExecutionRoleArn,
      subnets: [...subnets],
      selectors: (input.selectors ?? []).map(spellSelector),
      status: 'CREATING',
      tags: input.tags ?? {},
      health: { issues: [] },
    },
  }
  return await eks.deps.store.transact((tx) => {
    // IAM and EC2 have taken their time: the cluster and its profiles are looked at again.
    const made = earlier(eks, key, input)
    if (!made) {
      refuse(eks, { clusterName, most }, draft)
      findActiveCluster(eks, clusterName)
      eks.tables.profiles.putIn(tx, key, record)
    }
    return { fargateProfile: showProfile(made ?? record) }
  })
}

/** The profile that this very request has made. */
function earlier(
  eks: Eks,
  key: string,
  input: CreateFargateProfileRequest,
): FargateProfileRecord | undefined {
  const existing = eks.tables.profiles.get(key)
  return existing?.token !== undefined && existing.token === requestToken(input) ? existing : undefined
}

function draftOf(input: CreateFargateProfileRequest): ProfileDraft {
  return {
    name: input.fargateProfileName ?? '',
    podExecutionRoleArn: input.podExecutionRoleArn ?? '',
    selectors: (input.selectors ?? []).map((selector) => ({
      namespace: selector.namespace,
      ...(selector.labels ? { labels: selector.labels } : {}),
    })),
  }
}

function spellSelector(selector: FargateProfileSelector): FargateProfileSelector {
  return { namespace: selector.namespace, ...(selector.labels ? { labels: selector.labels } : {}) }
}

function refuse(
  eks: Eks,
  { clusterName, most }: { clusterName: string; most: number },
  draft: ProfileDraft,
): void {
  const profiles = eks.tables.profiles.list(`${clusterName}/`).map(({ profile }) => ({
    name: profile.fargateProfileName,
    status: profile.status ?? 'ACTIVE',
  }))
  const fault = profileFault(draft, { name: clusterName, profiles, most })
  if (fault) throw fault
  const { cluster, updateId } = findCluster(eks, clusterName)
  if (cluster.status === 'UPDATING') {
    throw inUse(
      `Cannot create Fargate Profile ${draft.name} because cluster ${clusterName} currently has update ${updateId} in progress`,
      { clusterName, fargateProfileName: draft.name },
    )
  }
}

async function checkTrust(eks: Eks, roleArn: string, profileArn: string): Promise<void> {
  const policy = await trustOf(eks, roleArn)
  if (policy === undefined || !trustsFargate(policy, profileArn)) throw invalidParameter(MISCONFIGURED_TRUST)
}

// EKS user guide, "Using service-linked roles for Fargate": made when the first profile is.
async function ensureServiceLinkedRole(eks: Eks): Promise<void> {
  try {
    await eks.deps.caller.call('iam', 'CreateServiceLinkedRole', {
      AWSServiceName: 'eks-fargate.amazonaws.com',
    })
  } catch (error) {
    if (!isAwsCode(error, 'InvalidInput', 'InvalidInputException', 'EntityAlreadyExists')) throw error
  }
}
