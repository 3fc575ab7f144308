// Owns `up` and `down` on AWS: the same deployment as near, to where the network is there already.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { SourcedObject } from '../deploy/apply.ts'
import type { DownPlan } from '../deploy/before-down.ts'
import type { DeployedCluster, UpResult } from '../deploy/up-result.ts'
import type { DeployContext } from '../deploy/context.ts'
import type { DeploymentOptions } from '../deploy/deployment.ts'
import { down } from '../deploy/down.ts'
import { up } from '../deploy/up.ts'
import { defaultKubernetesVersion } from '../rules/eks/kubernetes-versions.ts'
import { openFarDeployment, type AwsTarget } from './aws-target.ts'
import { lookBeforehand } from './checks/index.ts'
import { explainLost } from './broken-connection.ts'
import { dropDeadLock, takeRunLock, type RunLock } from './run-lock.ts'
import { farWeb } from './web.ts'

export interface FarUp extends DeploymentOptions {
  readonly manifests: readonly SourcedObject[]
  /** Go on although the look beforehand finds what will not work. */
  readonly force: boolean
  /** Asked before anything changes; a rejection ends it there. */
  confirm(): Promise<void>
  /** Called as soon as the cluster answers. */
  onCluster(cluster: DeployedCluster): void
  /** How long a rollout or a load balancer may take; AWS's pace decides when absent. */
  readonly timeoutMs: number | undefined
}

/** Builds the cluster with its applications. @throws UserError when a step fails; running it again goes on from there */
export async function upFar(target: AwsTarget, options: FarUp): Promise<UpResult> {
  const deployment = openFarDeployment(target, options)
  const { context } = deployment
  let lock: RunLock | undefined
  try {
    return await up({
      ...deployment,
      manifests: options.manifests,
      version: versionOf(options.config),
      web: farWeb(context),
      confirm: async ({ context: found, isNew }) => {
        const { manifests, force } = options
        await lookBeforehand({ context: found, account: target.account, manifests, isNew, force })
        await options.confirm()
        lock = await lockFor(target, 'up', found)
      },
      onCluster: (cluster) => options.onCluster(cluster),
      timeoutMs: options.timeoutMs ?? context.pace.applicationTimeoutMs,
    })
  } catch (error) {
    throw explainLost(error)
  } finally {
    await lock?.release()
    deployment.close()
  }
}

// Once it is confirmed: until then nothing is changed, and a person may take her time.
function lockFor(
  target: AwsTarget,
  command: string,
  { config, clock, progress }: DeployContext,
): Promise<RunLock> {
  return takeRunLock(target.cloud, {
    cluster: config.metadata.name,
    command,
    callerArn: target.account.callerArn,
    clock,
    warn: (text) => progress.warn(text),
  })
}

function versionOf({ metadata }: ClusterConfig): string {
  return metadata.version ?? defaultKubernetesVersion
}

const UNSEEN = ' Or remove the cluster unseen with --force: what its controllers made may stay behind.'

export interface FarDown extends DeploymentOptions {
  readonly manifests: readonly SourcedObject[]
  /** Told what goes and what stays before anything goes. */
  announce(plan: DownPlan): void
  /** Asked before anything goes; a rejection ends it there. */
  confirm(): Promise<void>
}

/** Removes what `up` made of the file. @returns false when there was nothing to remove. @throws UserError when something stays */
export async function downFar(target: AwsTarget, options: FarDown): Promise<boolean> {
  const deployment = openFarDeployment(target, options)
  let lock: RunLock | undefined
  try {
    const isRemoved = await down({
      ...deployment,
      manifests: options.manifests,
      announce: (plan) => options.announce(plan),
      confirm: async () => {
        await options.confirm()
        lock = await lockFor(target, 'down', deployment.context)
      },
    })
    // Of a run that was killed when AWS had nothing left to do but to end.
    if (!isRemoved)
      await dropDeadLock(target.cloud, { cluster: options.config.metadata.name, clock: options.clock })
    return isRemoved
  } catch (error) {
    throw explainLost(error, options.consent?.force ? '' : UNSEEN)
  } finally {
    await lock?.release()
    deployment.close()
  }
}
