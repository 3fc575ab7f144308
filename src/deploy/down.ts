// Owns `down`: everything that `up` made, taken away in the opposite order, and the check that nothing is left.
import { DescribeTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'

import { UserError } from '../base/errors.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import { ingresses, services } from '../kubernetes/client/resources.ts'
import { EDITIONS } from '../rules/load-balancer/edition.ts'
import { gateways as gatewayResource } from '../kubernetes/client/gateways.ts'
import { sshKeySource } from '../rules/eksctl/ssh.ts'
import { clusterStackName, karpenterStackName } from '../rules/eksctl/stack-names.ts'
import { deleteManifests, find, type FindResource, type SourcedObject } from './apply.ts'
import { backendSecurityGroups, deleteSecurityGroups } from './backend-security-group.ts'
import { planDown, type DownPlan, type Obstacle, type BalancedKey } from './before-down.ts'
import { describeCluster } from './cluster.ts'
import type { DeployContext } from './context.ts'
import { deleteProfiles } from './fargate.ts'
import { endKarpenterNodes } from './karpenter.ts'
import { classicBalancersOf } from './classic-balancers.ts'
import { allLoadBalancers } from './load-balancers.ts'
import { deleteOidcProvider } from './oidc-provider.ts'
import { isOurStack, tagsOf } from './ownership.ts'
import { inParallel } from './progress.ts'
import { deleteSshKeys } from './ssh-keys.ts'
import { deleteStack, stacksNamedAfter } from './stacks.ts'
import type { DeployedCluster } from './up-result.ts'
import { waitFor } from './wait.ts'

const BALANCED_TIMEOUT_MS = 10 * 60_000
// ELBv2 describes the tags of at most so many resources at once.
const TAGS_PER_CALL = 20

export interface DownOptions {
  readonly context: DeployContext
  readonly manifests: readonly SourcedObject[]
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
  /** Told what goes and what stays, before anything goes. */
  announce(plan: DownPlan): void
  /** Asked once it is known that something goes, and nothing is in the way; a rejection ends it there. */
  confirm?(): Promise<void>
}

/**
 * Removes what `up` made of the file, and nothing else.
 * @returns false when there was nothing to remove.
 * @throws UserError when the cluster is somebody else's, or somebody else's things in it stand in the way, before
 *   anything is removed; when something of ours stays behind.
 */
export async function down(options: DownOptions): Promise<boolean> {
  const { context } = options
  const plan = await context.progress.quietly('looking for what is there', () => planDown(context))
  options.announce(plan)
  assertClear(plan.obstacles)
  if (plan.stacks.length === 0) return false
  await options.confirm?.()
  const { name } = context.config.metadata
  if (plan.cluster) await removeApplications(options, plan, plan.cluster)
  if (plan.profiles.length > 0) {
    await context.progress.step('Fargate profiles', async () => {
      await deleteProfiles(context, name, plan.profiles)
      return { outcome: 'deleted', detail: `${plan.profiles.length} profiles` }
    })
  }
  await removeOidcProvider(context, plan.oidcProviderArn)
  await removeStacks(context, plan.stacks)
  await removeSshKeys(context)
  await context.progress.step('check that nothing is left', async () => {
    await assertNothingLeft(context)
    return { outcome: 'done' }
  })
  return true
}

function assertClear(obstacles: readonly Obstacle[]): void {
  if (obstacles.length === 0) return
  const lines = obstacles.map(({ what, because, remedy }) => `\n  ${what}: ${because}\n    ${remedy}`)
  const isUnseen = obstacles.every(({ force }) => force === 'leaves')
  const why = isUnseen ? '' : ': something that up did not make is in the way'
  throw new UserError(`nothing was removed${why}${lines.join('')}`, { help: wayOn(obstacles) })
}

function wayOn(obstacles: readonly Obstacle[]): string {
  if (obstacles.some(({ force }) => force === undefined))
    return 'Do this first, then run the same command again.'
  return obstacles.some(({ force }) => force === 'leaves')
    ? 'Do this first, or go on with --force: what cannot be seen in the cluster may then stay behind.'
    : 'Remove these first, or have down remove them too with --force.'
}

// Load balancers go while their controller still runs.
async function removeApplications(
  { context, manifests, findResource }: DownOptions,
  plan: DownPlan,
  cluster: DeployedCluster,
): Promise<void> {
  const kubernetes = context.openKubernetes(cluster)
  if (plan.balanced.length > 0) {
    await context.progress.step('load balancers', async (detail) => {
      await removeBalanced(context, { kubernetes, keys: plan.balanced, detail })
      return { outcome: 'deleted', detail: counted(plan.balanced) }
    })
  }
  if (plan.stacks.includes(karpenterStackName(cluster.name))) {
    await context.progress.step('nodes of Karpenter', async () => {
      const count = await endKarpenterNodes(context, kubernetes)
      return { outcome: count > 0 ? 'deleted' : 'unchanged', detail: `${count} nodes` }
    })
  }
  if (manifests.length === 0) return
  await context.progress.step('manifests', async () => {
    const target = {
      kubernetes,
      findResource: findResource(kubernetes),
      clock: context.clock,
      pace: context.pace,
      project: cluster.name,
    }
    const count = await deleteManifests(target, manifests)
    return { outcome: count > 0 ? 'deleted' : 'unchanged', detail: `${count} objects` }
  })
}

interface BalancedRemoval {
  readonly kubernetes: KubernetesClient
  readonly keys: readonly BalancedKey[]
  readonly detail: (text: string) => void
}

function resourceOf({ kind }: BalancedKey): Resource<KubernetesObject> {
  if (kind === 'Gateway') return gatewayResource
  return kind === 'Service' ? services : ingresses
}

/** `2 services`, `1 service, 1 ingress` */
function counted(keys: readonly BalancedKey[]): string {
  const of = (kind: BalancedKey['kind']): number => keys.filter((key) => key.kind === kind).length
  const [some, rules, gateways] = [of('Service'), of('Ingress'), of('Gateway')]
  return [
    ...(some > 0 ? [`${some} ${some === 1 ? 'service' : 'services'}`] : []),
    ...(rules > 0 ? [`${rules} ${rules === 1 ? 'ingress' : 'ingresses'}`] : []),
    ...(gateways > 0 ? [`${gateways} ${gateways === 1 ? 'gateway' : 'gateways'}`] : []),
  ].join(', ')
}

async function removeBalanced(
  { clock, pace }: DeployContext,
  { kubernetes, keys, detail }: BalancedRemoval,
): Promise<void> {
  const present = async (): Promise<readonly BalancedKey[]> => {
    const found = await Promise.all(
      keys.map(async (key) => ((await find(kubernetes, resourceOf(key), key)) ? key : undefined)),
    )
    return found.filter((key) => key !== undefined)
  }
  for (const key of await present()) await kubernetes.delete(resourceOf(key), key)
  let left = keys
  await waitFor(
    async () => {
      left = await present()
      detail(`${left.length} left`)
      return left.length === 0 ? true : undefined
    },
    {
      clock,
      pace,
      timeoutMs: BALANCED_TIMEOUT_MS,
      describe: () => ({
        message: `load balancers stay behind: ${left.map((key) => `${key.namespace}/${key.name}`).join(', ')}`,
        help: 'Is the load balancer controller running? kubectl -n kube-system get deployment aws-load-balancer-controller',
      }),
    },
  )
}

async function removeOidcProvider(context: DeployContext, arn: string | undefined): Promise<void> {
  if (arn === undefined) return
  await context.progress.step('OIDC provider', async () => ({
    outcome: (await deleteOidcProvider(context.cloud, arn)) ? 'deleted' : 'unchanged',
  }))
}

async function removeSshKeys(context: DeployContext): Promise<void> {
  const { managedNodeGroups = [], nodeGroups = [] } = context.config
  if (![...managedNodeGroups, ...nodeGroups].some(({ ssh }) => sshKeySource(ssh))) return
  await context.progress.step('SSH keys', async () => {
    const names = await deleteSshKeys(context)
    return names.length === 0 ? { outcome: 'unchanged' } : { outcome: 'deleted', detail: names.join(', ') }
  })
}

// Node groups first, the roles beside them, the cluster that all of them import from last. In between, when nothing can
// make it anew, what the load balancer controller left in the network.
async function removeStacks(context: DeployContext, names: readonly string[]): Promise<void> {
  const cluster = context.config.metadata.name
  const clusterStack = clusterStackName(cluster)
  const remove = (name: string): Promise<void> =>
    context.progress.step(`stack ${name}`, async (detail) => ({
      outcome: (await deleteStack(context, name, detail)) ? 'deleted' : 'unchanged',
    }))
  await inParallel(...names.filter((name) => name !== clusterStack).map(remove))
  const groups = await backendSecurityGroups(context, cluster)
  if (groups.length > 0) {
    await context.progress.step('security group of load balancers', async () => {
      await deleteSecurityGroups(context, groups)
      return { outcome: 'deleted', detail: groups.join(', ') }
    })
  }
  if (names.includes(clusterStack)) await remove(clusterStack)
}

async function assertNothingLeft(context: DeployContext): Promise<void> {
  const cluster = context.config.metadata.name
  const stacks = (await stacksNamedAfter(context, cluster))
    .filter((stack) => isOurStack(tagsOf(stack.Tags), cluster))
    .map((stack) => `stack ${stack.StackName}`)
  const eks = (await describeCluster(context, cluster)) ? [`cluster ${cluster}`] : []
  const left = [...stacks, ...eks, ...(await loadBalancersOf(context, cluster))]
  if (left.length === 0) return
  throw new UserError(`still there: ${left.join(', ')}`, { help: 'Run the same command again.' })
}

async function loadBalancersOf({ cloud }: DeployContext, cluster: string): Promise<readonly string[]> {
  const balancers = await allLoadBalancers(cloud)
  const arns = balancers.flatMap((balancer) => balancer.LoadBalancerArn ?? [])
  const owned: string[] = []
  for (let start = 0; start < arns.length; start += TAGS_PER_CALL) {
    const command = new DescribeTagsCommand({ ResourceArns: arns.slice(start, start + TAGS_PER_CALL) })
    const { TagDescriptions = [] } = await cloud.elbv2.send(command)
    for (const { ResourceArn = '', Tags = [] } of TagDescriptions) {
      const isOurs = Tags.some(
        ({ Key, Value }) =>
          (Value === cluster && EDITIONS.some(({ clusterTag }) => clusterTag === Key)) ||
          // By EKS's own cloud controller.
          (Value === 'owned' && Key === `kubernetes.io/cluster/${cluster}`),
      )
      if (isOurs) owned.push(`load balancer ${ResourceArn}`)
    }
  }
  const classic = await classicBalancersOf(cloud, cluster)
  return [...owned, ...classic.map((name) => `load balancer ${name}`)]
}
