// Owns what `down` looks at before it removes anything: what is ours, what stays, and what stands in the way.
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { Stack } from '@aws-sdk/client-cloudformation'

import type { Ingress, Service } from '../../generated/kubernetes.d.ts'
import { messageOf, StatusError, UserError } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { ingresses, services } from '../kubernetes/client/resources.ts'
import { clusterStackName } from '../rules/eksctl/stack-names.ts'
import { gateways as gatewayResource } from '../kubernetes/client/gateways.ts'
import { listServed } from '../kubernetes/client/list-served.ts'
import type { Gateway } from '../rules/load-balancer/gateway/api.ts'
import { clusterOfTags, NODE_GROUP_NAME_TAG } from '../rules/eksctl/tags.ts'
import { managerOf } from './apply.ts'
import { nodeGroupNames } from './before-up.ts'
import { answering, describeCluster, logGroupOf } from './cluster.ts'
import type { DeployContext } from './context.ts'
import { profilesOf } from './fargate.ts'
import { findOidcProvider } from './oidc-provider.ts'
import { isOurs, isOurStack, makerOf, tagsOf } from './ownership.ts'
import type { DeployedCluster } from './up-result.ts'
import { isProtectedByOthers, stacksNamedAfter, unprotect } from './stacks.ts'

/** A Service, an Ingress or a Gateway with a load balancer. */
export interface BalancedKey {
  readonly kind: 'Service' | 'Ingress' | 'Gateway'
  readonly namespace: string
  readonly name: string
}

/** Something of somebody else's. */
export interface LeftThing {
  /** `stack eksctl-shop-addon-iamserviceaccount-web-reader` */
  readonly what: string
  readonly because: string
}

/** Something of somebody else's that would be lost with the cluster, or would keep it from going. */
export interface Obstacle extends LeftThing {
  readonly remedy: string
  /** What `--force` does about it: removes it too, or leaves it behind; undefined: nothing. */
  readonly force?: 'removes' | 'leaves'
}

/** What `down` is about to do. */
export interface DownPlan {
  /** The cluster, when it is ours and its API answers. */
  readonly cluster: DeployedCluster | undefined
  /** Stacks, by name. */
  readonly stacks: readonly string[]
  readonly profiles: readonly string[]
  /** What load balancers go with. */
  readonly balanced: readonly BalancedKey[]
  readonly oidcProviderArn: string | undefined
  readonly leaves: readonly LeftThing[]
  readonly obstacles: readonly Obstacle[]
}

/**
 * Finds out what of the cluster is ours. Nothing is changed.
 * @throws UserError when the cluster of that name is somebody else's.
 */
export async function planDown(context: DeployContext): Promise<DownPlan> {
  const { name } = context.config.metadata
  const named = (await stacksNamedAfter(context, name)).map((stack) => ({ stack, tags: tagsOf(stack.Tags) }))
  const ours = named.filter(({ tags }) => isOurStack(tags, name)).map(({ stack }) => stack)
  const description = await describeCluster(context, name)
  const isOurCluster = ours.some((stack) => stack.StackName === clusterStackName(name))
  if (description && !isOurCluster) {
    const stack = named.find((each) => each.stack.StackName === clusterStackName(name))
    throw foreignCluster(context, makerOf(stack?.tags ?? description.tags ?? {}))
  }
  const inside = description ? await insideCluster(context, answering(description), ours) : NOTHING_INSIDE
  const foreign = named
    .filter(({ tags }) => !isOurStack(tags, name) && [undefined, name].includes(clusterOfTags(tags)))
    .map(({ stack, tags }) => ({ what: `stack ${stack.StackName}`, because: `made by ${makerOf(tags)}` }))
  return {
    ...inside,
    stacks: ours.flatMap(({ StackName }) => StackName ?? []),
    leaves: [...foreign, ...inside.leaves, ...(await keptLogs(context))],
    obstacles: [...ours.flatMap(protection), ...inside.obstacles],
  }
}

function foreignCluster({ config }: DeployContext, maker: string): UserError {
  const { name, region } = config.metadata
  const help = maker.startsWith('eksctl')
    ? `Remove it with what made it: eksctl delete cluster --name ${name} --region ${region}`
    : 'Remove it with what made it.'
  return new UserError(`the cluster ${name} was made by ${maker}, not by up: nothing was removed`, { help })
}

function protection(stack: Stack): readonly Obstacle[] {
  if (!isProtectedByOthers(stack)) return []
  const name = stack.StackName ?? ''
  return [
    {
      what: `stack ${name}`,
      because: 'it has termination protection that up did not set',
      remedy: unprotect(name),
    },
  ]
}

type Inside = Pick<DownPlan, 'cluster' | 'profiles' | 'balanced' | 'oidcProviderArn' | 'leaves' | 'obstacles'>

const NOTHING_INSIDE: Inside = {
  cluster: undefined,
  profiles: [],
  balanced: [],
  oidcProviderArn: undefined,
  leaves: [],
  obstacles: [],
}

async function insideCluster(
  context: DeployContext,
  cluster: DeployedCluster | undefined,
  stacks: readonly Stack[],
): Promise<Inside> {
  const { name } = context.config.metadata
  const { force } = context.consent
  const { balanced, silence } = cluster ? await applicationsIn(context, cluster) : NO_APPLICATIONS
  const profiles = await profilesOf(context, name)
  const provider = cluster && (await findOidcProvider(context.cloud, cluster))
  const isOurProvider = provider !== undefined && isOurs(provider.tags, name)
  const foreign = balanced.filter((each) => !each.isOurs)
  const foreignProfiles = profiles.filter(({ tags }) => !isOurs(tags, name))
  return {
    cluster: silence === undefined ? cluster : undefined,
    balanced: balanced.filter((each) => each.isOurs || force).map(({ key }) => key),
    profiles: profiles.filter(({ tags }) => isOurs(tags, name) || force).map((profile) => profile.name),
    oidcProviderArn: isOurProvider ? provider.arn : undefined,
    leaves: [
      ...(silence === undefined || !force ? [] : [unseen(silence)]),
      ...(provider === undefined || isOurProvider
        ? []
        : [{ what: `OIDC provider ${provider.arn}`, because: `made by ${makerOf(provider.tags)}` }]),
    ],
    obstacles: [
      ...(silence === undefined || force ? [] : [silenceObstacle(name, silence)]),
      ...(force ? [] : foreign.map(balancedObstacle)),
      ...(force ? [] : foreignProfiles.map((profile) => profileObstacle(name, profile))),
      ...(await foreignNodeGroups(context, stacks)),
    ],
  }
}

/** What controllers made in a cluster. */
interface Applications {
  readonly balanced: readonly BalancedObject[]
  /** Why the API of the cluster could not be asked. */
  readonly silence?: string
}

const NO_APPLICATIONS: Applications = { balanced: [] }

// Whoever may delete the stacks need not be let in to the cluster, and a private endpoint is not reached from everywhere.
async function applicationsIn(context: DeployContext, cluster: DeployedCluster): Promise<Applications> {
  try {
    return { balanced: await balancedObjects(context.openKubernetes(cluster), cluster.name) }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const isShut = [401, 403].includes(error.code)
    const mayBeOutOfReach = context.consent.force && error.reason === 'ServiceUnavailable'
    if (!isShut && !mayBeOutOfReach) throw error
    return { balanced: [], silence: messageOf(error) }
  }
}

function unseen(silence: string): LeftThing {
  return {
    what: 'load balancers and volumes that controllers made in the cluster',
    because: `its API could not be asked (${silence}): look for them in the account`,
  }
}

function silenceObstacle(cluster: string, silence: string): Obstacle {
  return {
    what: `what controllers made in ${cluster}`,
    because: `its API could not be asked (${silence}), and load balancers would stay behind`,
    remedy: `aws eks create-access-entry --cluster-name ${cluster} --principal-arn ARN, with an access policy`,
    force: 'leaves',
  }
}

interface BalancedObject {
  readonly key: BalancedKey
  readonly isOurs: boolean
  readonly maker: string
}

// What of ours wants a load balancer, and all of others that has one: without the cluster nobody would remove what stands
// behind it.
async function balancedObjects(
  kubernetes: KubernetesClient,
  project: string,
): Promise<readonly BalancedObject[]> {
  const [found, rules, gateways] = await Promise.all([
    kubernetes.list(services),
    kubernetes.list(ingresses),
    listServed(kubernetes, gatewayResource),
  ])
  const wanting = found.items.filter((service) => service.spec.type === 'LoadBalancer')
  return [
    ...wanting.map((object) => ({ kind: 'Service' as const, object, isWanting: true })),
    ...rules.items.map((object) => ({ kind: 'Ingress' as const, object, isWanting: false })),
    ...gateways.map((object) => ({ kind: 'Gateway' as const, object, isWanting: false })),
  ]
    .map((each) => ({ ...each, ours: isOurs(each.object.metadata.annotations, project) }))
    .filter(({ object, ours, isWanting }) => (ours && isWanting) || hasLoadBalancer(object))
    .map(({ kind, object, ours }) => ({
      key: { kind, namespace: object.metadata.namespace ?? 'default', name: object.metadata.name },
      isOurs: ours,
      maker: managerOf(object),
    }))
}

// The AWS Load Balancer Controller's finalizers (pkg/service/constants.go, pkg/ingress/finalizer.go), and that of cloud
// controllers (k8s.io/cloud-provider service/helpers LoadBalancerCleanupFinalizer).
const LOAD_BALANCER_FINALIZER =
  /^(service\.kubernetes\.io\/load-balancer-cleanup|gateway\.k8s\.aws\/(alb|nlb)|(service|ingress)\.(k8s\.aws|eks\.amazonaws\.com)\/resources|group\.ingress\.(k8s\.aws|eks\.amazonaws\.com)\/.+)$/

function hasLoadBalancer({ metadata, status }: Service | Ingress | Gateway): boolean {
  const ingress = status && 'loadBalancer' in status ? (status.loadBalancer?.ingress ?? []) : []
  const finalizers = metadata.finalizers ?? []
  return ingress.length > 0 || finalizers.some((finalizer) => LOAD_BALANCER_FINALIZER.test(finalizer))
}

function balancedObstacle({ key, maker }: BalancedObject): Obstacle {
  return {
    what: `${key.kind} ${key.namespace}/${key.name}`,
    because: `made by ${maker}; without the cluster its load balancer would stay behind`,
    remedy: `kubectl -n ${key.namespace} delete ${key.kind.toLowerCase()} ${key.name}`,
    force: 'removes',
  }
}

function profileObstacle(cluster: string, profile: Awaited<ReturnType<typeof profilesOf>>[number]): Obstacle {
  return {
    what: `Fargate profile ${profile.name}`,
    because: `made by ${makerOf(profile.tags)}`,
    remedy: `aws eks delete-fargate-profile --cluster-name ${cluster} --fargate-profile-name ${profile.name}`,
    force: 'removes',
  }
}

async function foreignNodeGroups(
  context: DeployContext,
  stacks: readonly Stack[],
): Promise<readonly Obstacle[]> {
  const { name } = context.config.metadata
  const held = new Set(stacks.map((stack) => tagsOf(stack.Tags)[NODE_GROUP_NAME_TAG]))
  const foreign = (await nodeGroupNames(context, name)).filter((group) => !held.has(group))
  return foreign.map((group) => ({
    what: `node group ${group}`,
    because: 'up did not make it',
    remedy: `eksctl delete nodegroup --cluster ${name} --name ${group}, or aws eks delete-nodegroup --cluster-name ${name} --nodegroup-name ${group}`,
  }))
}

async function keptLogs({ cloud, config }: DeployContext): Promise<readonly LeftThing[]> {
  const wanted = logGroupOf(config.metadata.name)
  const { logGroups = [] } = await cloud.logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: wanted }),
  )
  if (!logGroups.some(({ logGroupName }) => logGroupName === wanted)) return []
  const because = `EKS keeps the logs; remove them with: aws logs delete-log-group --log-group-name ${wanted}`
  return [{ what: `log group ${wanted}`, because }]
}
