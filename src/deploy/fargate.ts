// Owns Fargate: the pod execution role's stack, and the profiles, made one after the other as EKS demands.
import {
  CreateFargateProfileCommand,
  DeleteFargateProfileCommand,
  DescribeFargateProfileCommand,
  paginateListFargateProfiles,
  type FargateProfile,
} from '@aws-sdk/client-eks'

import { isAwsCode, UserError } from '../base/errors.ts'
import { deepEqual } from '../base/json.ts'
import type { FargateProfileConfig } from '../config/cluster-config.ts'
import { fargateStackName } from '../rules/eksctl/stack-names.ts'
import type { Cloud } from './cloud.ts'
import { stackTags, type DeployContext } from './context.ts'
import type { StepResult } from './progress.ts'
import { ensureStack, outputsOf, type StackContext } from './stacks.ts'
import { fargateRoleTemplate } from './templates/roles.ts'
import { waitFor } from './wait.ts'

const PROFILE_TIMEOUT_MS = 25 * 60_000

/** Brings the stack `eksctl-CLUSTER-fargate` up. @returns with the role's ARN. */
export async function ensureFargateRole(
  context: DeployContext,
  detail: (text: string) => void,
): Promise<StepResult & { readonly roleArn: string }> {
  const { config } = context
  const { stack, ...result } = await ensureStack(
    context,
    {
      name: fargateStackName(config.metadata.name),
      template: fargateRoleTemplate(config),
      capabilities: ['CAPABILITY_NAMED_IAM'],
      tags: stackTags(config),
    },
    detail,
  )
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
  const present = await findProfile(context.cloud, context.config.metadata.name, profile.name)
  if (present) assertSame(profile, present)
  else {
    await context.cloud.eks.send(
      new CreateFargateProfileCommand({
        clusterName: context.config.metadata.name,
        fargateProfileName: profile.name,
        podExecutionRoleArn,
        selectors: (profile.selectors ?? []).map((selector) => ({
          namespace: selector.namespace,
          ...(selector.labels === undefined ? {} : { labels: { ...selector.labels } }),
        })),
        ...(profile.subnets === undefined ? {} : { subnets: [...profile.subnets] }),
        ...(profile.tags === undefined ? {} : { tags: { ...profile.tags } }),
      }),
    )
  }
  await profileActive(context, profile.name)
  return { outcome: present ? 'unchanged' : 'created' }
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
      timeoutMs: PROFILE_TIMEOUT_MS,
      describe: () => ({ message: `Fargate profile ${name} is still ${last?.status ?? 'missing'}` }),
    },
  )
}

/** Deletes all profiles of a cluster, one at a time. @returns how many there were. */
export async function deleteProfiles(context: StackContext, clusterName: string): Promise<number> {
  const fargateProfileNames: string[] = []
  for await (const page of paginateListFargateProfiles({ client: context.cloud.eks }, { clusterName })) {
    fargateProfileNames.push(...(page.fargateProfileNames ?? []))
  }
  for (const fargateProfileName of fargateProfileNames) {
    const present = await findProfile(context.cloud, clusterName, fargateProfileName)
    if (present && present.status !== 'DELETING') {
      await context.cloud.eks.send(new DeleteFargateProfileCommand({ clusterName, fargateProfileName }))
    }
    await waitFor(
      async () => ((await findProfile(context.cloud, clusterName, fargateProfileName)) ? undefined : true),
      {
        clock: context.clock,
        timeoutMs: PROFILE_TIMEOUT_MS,
        describe: () => ({ message: `Fargate profile ${fargateProfileName} is still there` }),
      },
    )
  }
  return fargateProfileNames.length
}
