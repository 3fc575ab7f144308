// Owns what `up` looks at before it changes anything: whose the things are that it would change, and what would be lost.
import { ListNodegroupsCommand, type Cluster } from '@aws-sdk/client-eks'
import type { Stack } from '@aws-sdk/client-cloudformation'

import { UserError } from '../base/errors.ts'
import { clusterStackName, nodeGroupStackName } from '../rules/eksctl/stack-names.ts'
import { foreignObjects, type FindResource, type SourcedObject } from './apply.ts'
import {
  describeChange,
  discardChanges,
  isOvertaken,
  proposeChanges,
  type ChangeSet,
  type StackChange,
} from './change-set.ts'
import { answering, describeCluster, findCluster } from './cluster.ts'
import type { DeployContext } from './context.ts'
import { isOurStack, makerOf, tagsOf } from './ownership.ts'
import type { StackPlan } from './stack-plan.ts'
import { describeFailures, failedResources } from './stack-events.ts'
import { DEAD_STATES, findStack, isUpToDate, lossRefused, markedPlan } from './stacks.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { lookedUpStacks } from './joining-stacks.ts'
import type { DeployedCluster } from './up-result.ts'
import { wantedServiceAccounts, wantedStackNames, wantedStacks, type StackFacts } from './wanted.ts'

/** Something that `up` would change and did not make. */
interface Foreign {
  /** `stack eksctl-shop-cluster` */
  readonly what: string
  readonly maker: string
  /** Why `--adopt` cannot help; undefined when it can. */
  readonly obstacle?: string
}

export interface OwnershipOptions {
  readonly manifests: readonly SourcedObject[]
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
}

/**
 * Stops before anything changes when something that `up` would change is somebody else's.
 * @throws UserError naming each of these things and who made it.
 */
export async function assertOurs(context: DeployContext, options: OwnershipOptions): Promise<void> {
  const cluster = await describeCluster(context, context.config.metadata.name)
  const stacks = await presentStacks(context)
  const foreign = [
    ...strayCluster(context, cluster, stacks),
    ...foreignStacks(context, stacks),
    ...(cluster ? await foreignNodeGroups(context, stacks) : []),
    ...(await foreignManifests(context, cluster && answering(cluster), options)),
  ]
  const obstacles = foreign.filter(({ obstacle }) => obstacle !== undefined)
  if (foreign.length === 0) return
  if (context.consent.adopt && obstacles.length === 0) {
    context.progress.warn(`taking over what up did not make:${lines(foreign)}`)
    return
  }
  throw new UserError(`${headline(context, foreign)}: nothing was changed${lines(foreign)}`, {
    help:
      obstacles[0]?.obstacle ??
      'Use another name in the file, or take them over with --adopt, which shows what would change before it changes anything.',
  })
}

function headline({ config }: DeployContext, foreign: readonly Foreign[]): string {
  const { name } = config.metadata
  const cluster = foreign.find(({ what }) => what === `stack ${clusterStackName(name)}`)
  return cluster
    ? `the cluster ${name} was made by ${cluster.maker}, not by up`
    : 'some of what up would change was not made by up'
}

function lines(foreign: readonly Foreign[]): string {
  return foreign.map(({ what, maker }) => `\n  ${what}, made by ${maker}`).join('')
}

async function presentStacks(context: DeployContext): Promise<readonly Stack[]> {
  const names = wantedStackNames(context.config)
  const found = await Promise.all(names.map((name) => findStack(context, name)))
  return found.filter((stack) => stack !== undefined)
}

function foreignStacks({ config }: DeployContext, stacks: readonly Stack[]): readonly Foreign[] {
  return stacks
    .map((stack) => ({ what: `stack ${stack.StackName}`, tags: tagsOf(stack.Tags) }))
    .filter(({ tags }) => !isOurStack(tags, config.metadata.name))
    .map(({ what, tags }) => ({ what, maker: makerOf(tags) }))
}

// A cluster of the console, of Terraform or of a stack of another name.
function strayCluster(
  { config }: DeployContext,
  cluster: Cluster | undefined,
  stacks: readonly Stack[],
): readonly Foreign[] {
  const { name } = config.metadata
  const stack = clusterStackName(name)
  if (!cluster || stacks.some(({ StackName }) => StackName === stack)) return []
  const obstacle = `No stack ${stack} holds the cluster, so up cannot take it over: use another name in the file.`
  return [{ what: `cluster ${name}`, maker: makerOf(cluster.tags ?? {}), obstacle }]
}

// A node group that somebody made beside the stacks would take the name of ours.
async function foreignNodeGroups(
  context: DeployContext,
  stacks: readonly Stack[],
): Promise<readonly Foreign[]> {
  const { metadata, managedNodeGroups = [] } = context.config
  if (managedNodeGroups.length === 0) return []
  const present = new Set(await nodeGroupNames(context, metadata.name))
  const isHeld = (name: string): boolean =>
    stacks.some(({ StackName }) => StackName === nodeGroupStackName(metadata.name, name))
  return managedNodeGroups
    .filter(({ name }) => present.has(name) && !isHeld(name))
    .map(({ name }) => ({
      what: `node group ${name}`,
      maker: 'somebody else',
      obstacle: `No stack of its own holds the node group ${name}, so up cannot take it over: use another name for it in the file.`,
    }))
}

/** Names of the node groups of a cluster that EKS manages. */
export async function nodeGroupNames(
  { cloud }: Pick<DeployContext, 'cloud'>,
  clusterName: string,
): Promise<readonly string[]> {
  const names: string[] = []
  let nextToken: string | undefined
  do {
    const page = await cloud.eks.send(
      new ListNodegroupsCommand({ clusterName, ...(nextToken === undefined ? {} : { nextToken }) }),
    )
    names.push(...(page.nodegroups ?? []))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return names
}

async function foreignManifests(
  context: DeployContext,
  cluster: DeployedCluster | undefined,
  { manifests, findResource }: OwnershipOptions,
): Promise<readonly Foreign[]> {
  const project = context.config.metadata.name
  if (!cluster) return []
  const kubernetes = context.openKubernetes(cluster)
  const { clock, pace } = context
  const target = { kubernetes, findResource: findResource(kubernetes), clock, pace, project }
  const foreign = await foreignObjects(target, [...wantedServiceAccounts(context.config), ...manifests])
  return foreign.map(({ manifest: { object, source }, maker }) => {
    const { name, namespace } = object.metadata
    const path = namespace === undefined ? name : `${namespace}/${name}`
    return { what: `${object.kind} ${path} (${source})`, maker }
  })
}

/**
 * Asks CloudFormation what bringing the stacks to the file would change, and shows it for those that are taken over.
 * @throws UserError when something would be lost and that was not agreed to; nothing has been changed then.
 */
export async function reviewChanges(
  context: DeployContext,
  facts: Omit<StackFacts, 'issuer'>,
): Promise<void> {
  const cluster = await findCluster(context, context.config.metadata.name)
  const refused: { stack: string; changes: readonly StackChange[] }[] = []
  const joining = cluster ? await lookedUpStacks(context, cluster, facts.version) : []
  const others = wantedStacks(context.config, { ...facts, issuer: cluster?.issuer })
  for (const wanted of [...others, ...joining]) {
    const stack = await findStack(context, wanted.name)
    if (stack) await tellFailure(context, stack)
    if (!stack || !isSettled(stack)) continue
    const plan = markedPlan(wanted, stack)
    if (await isUpToDate(context, plan, stack)) continue
    const changeSet = await proposed(context, plan)
    if (!changeSet) continue
    if (!isOurStack(tagsOf(stack.Tags), plan.cluster)) showTakeover(context, plan.name, changeSet.changes)
    const changes = changeSet.changes.filter(({ loss }) => loss !== undefined)
    if (changes.length > 0) refused.push({ stack: plan.name, changes })
  }
  if (refused.length > 0 && !context.consent.allowReplacement) throw lossRefused(refused)
}

// Another run that changes the stack now has looked at the change itself; ours comes to it in its turn.
async function proposed(context: DeployContext, plan: StackPlan): Promise<ChangeSet | undefined> {
  try {
    const changeSet = await proposeChanges(context, plan)
    if (changeSet) await discardChanges(context, changeSet)
    return changeSet
  } catch (error) {
    if (isOvertaken(error)) return undefined
    throw error
  }
}

// Others are waited for, or removed, when their turn comes.
function isSettled({ StackStatus }: Stack): boolean {
  return ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'].includes(StackStatus ?? '')
}

// Said before it is confirmed: what an earlier run has left is removed, and takes its time to be made again.
async function tellFailure(
  { cloud, progress }: DeployContext,
  { StackName = '', StackStatus }: Stack,
): Promise<void> {
  const isDead = DEAD_STATES.has(StackStatus ?? '')
  if (!isDead && StackStatus !== 'UPDATE_ROLLBACK_FAILED') return
  const what = isDead ? 'what is left of it is removed, and it is made again' : 'its rollback is gone on with'
  const failures = describeFailures(await failedResources(cloud, StackName))
  progress.warn(`the stack ${StackName} is ${StackStatus} after an earlier run: ${what}${failures}`)
}

function showTakeover({ progress }: DeployContext, stack: string, changes: readonly StackChange[]): void {
  const listed = changes.map((change) => `\n  ${describeChange(change)}`).join('')
  progress.warn(`taking over the stack ${stack}${listed === '' ? ' changes its tags only' : `:${listed}`}`)
}
