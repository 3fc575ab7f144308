// Owns Fargate: the pod execution role's stack, and the profiles, made one after the other as EKS demands.
import {
  CreateFargateProfileCommand,
  DeleteFargateProfileCommand,
  DescribeFargateProfileCommand,
  paginateListFargateProfiles,
  TagResourceCommand,
  type FargateProfile,
} from '@aws-sdk/client-eks'

import { isAwsCode, UserError } from '../base/errors.ts'
import { deepEqual } from '../base/json.ts'
import type { ClusterConfig, FargateProfileConfig } from '../config/cluster-config.ts'
import { fargateStackName } from '../rules/eksctl/stack-names.ts'
import type { Cloud } from './cloud.ts'
import { stackTags, type DeployContext } from './context.ts'
import { isOurs, makerOf, projectTags, type Tags } from './ownership.ts'
import type { StepResult } from './progress.ts'
import type { StackContext, StackPlan } from './stack-plan.ts'
import { ensureStack, outputsOf } from './stacks.ts'
import { fargateRoleTemplate } from './templates/roles.ts'
import { waitFor } from './wait.ts'

const PROFILE_TIMEOUT_MS = 25 * 60_000

/** The stack of the role that Fargate takes on to start pods. */
export function fargateStack(config: ClusterConfig): StackPlan {
  const cluster = config.metadata.name
  return {
    name: fargateStackName(cluster),
    cluster,
    template: fargateRoleTemplate(config),
    capabilities: ['CAPABILITY_NAMED_IAM'],
    tags: stackTags(config),
  }
}

/** True when a profile of the file leaves its pod execution role to `up`. */
export function needsFargateRole({ fargateProfiles = [], iam }: ClusterConfig): boolean {
  const given = iam?.fargatePodExecutionRoleARN ?? ''
  return given === '' && fargateProfiles.some((profile) => profile.podExecutionRoleARN === undefined)
}

/** Brings the stack `eksctl-CLUSTER-fargate` up. @returns with the role's ARN. */
export async function ensureFargateRole(
  context: DeployContext,
  detail: (text: string) => void,
): Promise<StepResult & { readonly roleArn: string }> {
  const { stack, ...result } = await ensureStack(context, fargateStack(context.config), detail)
  return { ...result, roleArn: outputsOf(stack)['FargatePodExecutionRoleARN'] ?? '' }
}

/**
 * Creates a profile and waits until it is ACTIVE.
 * @throws UserError when a profile of this name exists with other selectors: EKS cannot change one.
 */
export async function ensureProfile(
  context: DeployContext,
  profile: FargateProfileConfig,
  executionRoleArn: string,
): Promise<StepResult> {
  const podExecutionRoleArn = profile.podExecutionRoleARN ?? executionRoleArn
  const result = await waitFor(() => attemptProfile(context, profile, podExecutionRoleArn), {
    clock: context.clock,
    pace: context.pace,
    timeoutMs: PROFILE_TIMEOUT_MS,
    describe: () => ({ message: `another Fargate profile of the cluster is still being created or deleted` }),
  })
  await profileActive(context, profile.name)
  return result
}

// EKS works on one profile of a cluster at a time; meanwhile, and when the name is taken, it says ResourceInUse.
async function attemptProfile(
  context: DeployContext,
  profile: FargateProfileConfig,
  podExecutionRoleArn: string,
): Promise<StepResult | undefined> {
  const { cloud, config } = context
  const present = await findProfile(cloud, config.metadata.name, profile.name)
  if (present) return keepProfile(context, profile, present)
  const command = new CreateFargateProfileCommand({
    clusterName: config.metadata.name,
    fargateProfileName: profile.name,
    podExecutionRoleArn,
    selectors: (profile.selectors ?? []).map((selector) => ({
      namespace: selector.namespace,
      ...(selector.labels === undefined ? {} : { labels: { ...selector.labels } }),
    })),
    ...(profile.subnets === undefined ? {} : { subnets: [...profile.subnets] }),
    tags: { ...profile.tags, ...projectTags(config.metadata.name) },
  })
  try {
    await cloud.eks.send(command)
    return { outcome: 'created' }
  } catch (error) {
    if (isAwsCode(error, 'ResourceInUseException')) return undefined
    throw error
  }
}

async function keepProfile(
  { cloud, config, consent }: DeployContext,
  wanted: FargateProfileConfig,
  present: FargateProfile,
): Promise<StepResult> {
  assertSame(wanted, present)
  const cluster = config.metadata.name
  if (isOurs(present.tags, cluster)) return { outcome: 'unchanged' }
  if (!consent.adopt)
    return { outcome: 'unchanged', detail: `made by ${makerOf(present.tags ?? {})}, left as it is` }
  const tags = projectTags(cluster)
  await cloud.eks.send(new TagResourceCommand({ resourceArn: present.fargateProfileArn, tags }))
  return { outcome: 'updated', detail: 'taken over' }
}

function assertSame(wanted: FargateProfileConfig, present: FargateProfile): void {
  const asWritten = (wanted.selectors ?? []).map(normalizedSelector)
  const asIs = (present.selectors ?? []).map(normalizedSelector)
  if (deepEqual(asWritten, asIs)) return
  throw new UserError(
    `Fargate profile ${wanted.name} exists with other selectors, and EKS cannot change a profile`,
    {
      help: 'Give the changed profile another name, or delete the old one first: aws eks delete-fargate-profile.',
    },
  )
}

function normalizedSelector(selector: {
  readonly namespace?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}): unknown {
  return { namespace: selector.namespace ?? '', labels: selector.labels ?? {} }
}

async function findProfile(
  cloud: Cloud,
  clusterName: string,
  fargateProfileName: string,
): Promise<FargateProfile | undefined> {
  try {
    const command = new DescribeFargateProfileCommand({ clusterName, fargateProfileName })
    const { fargateProfile } = await cloud.eks.send(command)
    return fargateProfile
  } catch (error) {
    if (isAwsCode(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

async function profileActive(context: DeployContext, name: string): Promise<void> {
  let last: FargateProfile | undefined
  await waitFor(
    async () => {
      last = await findProfile(context.cloud, context.config.metadata.name, name)
      if (last?.status === 'CREATE_FAILED') {
        const issues = (last.health?.issues ?? []).map((issue) => `${issue.code}: ${issue.message}`)
        throw new UserError(
          `Fargate profile ${name} could not be created: ${issues.join('; ') || 'EKS gives no reason'}`,
        )
      }
      return last?.status === 'ACTIVE' ? true : undefined
    },
    {
      clock: context.clock,
      pace: context.pace,
      timeoutMs: PROFILE_TIMEOUT_MS,
      describe: () => ({ message: `Fargate profile ${name} is still ${last?.status ?? 'missing'}` }),
    },
  )
}

/** The profiles of a cluster, with their tags. */
export async function profilesOf(
  { cloud }: Pick<StackContext, 'cloud'>,
  clusterName: string,
): Promise<readonly { readonly name: string; readonly tags: Tags }[]> {
  const names: string[] = []
  for await (const page of paginateListFargateProfiles({ client: cloud.eks }, { clusterName })) {
    names.push(...(page.fargateProfileNames ?? []))
  }
  const found = await Promise.all(
    names.map(async (name) => ({ name, profile: await findProfile(cloud, clusterName, name) })),
  )
  return found.flatMap(({ name, profile }) => (profile ? [{ name, tags: profile.tags ?? {} }] : []))
}

/** Deletes profiles of a cluster, one at a time as EKS demands, and waits until they are gone. */
export async function deleteProfiles(
  context: StackContext,
  clusterName: string,
  names: readonly string[],
): Promise<void> {
  for (const fargateProfileName of names) {
    await waitFor(() => attemptDeletion(context, clusterName, fargateProfileName), {
      clock: context.clock,
      pace: context.pace,
      timeoutMs: PROFILE_TIMEOUT_MS,
      describe: () => ({ message: `Fargate profile ${fargateProfileName} is still there` }),
    })
  }
}

async function attemptDeletion(
  { cloud }: StackContext,
  clusterName: string,
  fargateProfileName: string,
): Promise<true | undefined> {
  const present = await findProfile(cloud, clusterName, fargateProfileName)
  if (!present) return true
  if (present.status === 'DELETING') return undefined
  try {
    await cloud.eks.send(new DeleteFargateProfileCommand({ clusterName, fargateProfileName }))
  } catch (error) {
    // Another profile is at work, or another run was quicker.
    if (!isAwsCode(error, 'ResourceInUseException', 'ResourceNotFoundException')) throw error
  }
  return undefined
}
