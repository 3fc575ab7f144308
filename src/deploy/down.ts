// Owns `down`: everything that `up` made, taken away in the opposite order, and the check that nothing is left.
import { DeleteOpenIDConnectProviderCommand } from '@aws-sdk/client-iam'
import { DescribeTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'

import { isAwsCode, UserError } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { services } from '../kubernetes/client/resources.ts'
import { deleteManifests, type FindResource, type ManifestObject } from './apply.ts'
import { accountOf } from './cloud.ts'
import { findCluster, oidcProviderArn, type DeployedCluster } from './cluster.ts'
import type { DeployContext } from './context.ts'
import { deleteProfiles } from './fargate.ts'
import { allLoadBalancers } from './load-balancers.ts'
import { inParallel } from './progress.ts'
import { deleteStack, stacksOfCluster } from './stacks.ts'
import { waitFor } from './wait.ts'

const SERVICES_TIMEOUT_MS = 10 * 60_000
// ELBv2 describes the tags of at most so many resources at once.
const TAGS_PER_CALL = 20

export interface DownOptions {
  readonly context: DeployContext
  readonly manifests: readonly ManifestObject[]
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
}

/**
 * Removes the cluster of the file and all that belongs to it.
 * @throws UserError when something stays behind, naming it.
 */
export async function down({ context, manifests, findResource }: DownOptions): Promise<void> {
  const name = context.config.metadata.name
  const cluster = await findCluster(context, name)
  if (cluster) {
    const kubernetes = context.openKubernetes(cluster)
    await removeApplications(context, { kubernetes, findResource: findResource(kubernetes), manifests })
    await context.progress.step('Fargate profiles', async () => {
      const count = await deleteProfiles(context, name)
      return { outcome: count > 0 ? 'deleted' : 'unchanged', detail: `${count} profiles` }
    })
    await removeOidcProvider(context, cluster)
  }
  await removeStacks(context, name)
  await context.progress.step('check that nothing is left', async () => {
    await assertNothingLeft(context, name)
    return { outcome: 'done' }
  })
}

interface Applications {
  readonly kubernetes: KubernetesClient
  readonly findResource: FindResource
  readonly manifests: readonly ManifestObject[]
}

// Load balancers go while their controller still runs; those of other people's manifests too, or the VPC could not go.
async function removeApplications(
  context: DeployContext,
  { kubernetes, findResource, manifests }: Applications,
): Promise<void> {
  await context.progress.step('load balancers', async (detail) => {
    const count = await removeLoadBalancerServices(context, kubernetes, detail)
    return { outcome: count > 0 ? 'deleted' : 'unchanged', detail: `${count} services` }
  })
  if (manifests.length === 0) return
  await context.progress.step('manifests', async () => {
    const count = await deleteManifests({ kubernetes, findResource }, manifests)
    return { outcome: count > 0 ? 'deleted' : 'unchanged', detail: `${count} objects` }
  })
}

async function removeLoadBalancerServices(
  context: DeployContext,
  kubernetes: KubernetesClient,
  detail: (text: string) => void,
): Promise<number> {
  const wanted = async (): Promise<readonly { namespace: string; name: string }[]> => {
    const { items } = await kubernetes.list(services)
    return items
      .filter((service) => service.spec.type === 'LoadBalancer')
      .map(({ metadata }) => ({ namespace: metadata.namespace ?? 'default', name: metadata.name }))
  }
  const found = await wanted()
  for (const key of found) await kubernetes.delete(services, key)
  let left = found
  await waitFor(
    async () => {
      left = await wanted()
      detail(`${left.length} left`)
      return left.length === 0 ? true : undefined
    },
    {
      clock: context.clock,
      timeoutMs: SERVICES_TIMEOUT_MS,
      describe: () => ({
        message: `load balancers stay behind: ${left.map((key) => `${key.namespace}/${key.name}`).join(', ')}`,
        help: 'Is the load balancer controller running? kubectl -n kube-system get deployment aws-load-balancer-controller',
      }),
    },
  )
  return found.length
}

async function removeOidcProvider(context: DeployContext, cluster: DeployedCluster): Promise<void> {
  if (context.config.iam?.withOIDC !== true) return
  await context.progress.step('OIDC provider', async () => {
    const arn = oidcProviderArn(cluster, await accountOf(context.cloud), context.cloud.region)
    try {
      await context.cloud.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }))
      return { outcome: 'deleted' }
    } catch (error) {
      if (isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')) return { outcome: 'unchanged' }
      throw error
    }
  })
}

// Node groups first, the roles beside them, the cluster that all of them import from last.
async function removeStacks(context: DeployContext, cluster: string): Promise<void> {
  const names = await stacksOfCluster(context, cluster)
  const clusterStack = `eksctl-${cluster}-cluster`
  const remove = (name: string): Promise<void> =>
    context.progress.step(`stack ${name}`, async (detail) => ({
      outcome: (await deleteStack(context, name, detail)) ? 'deleted' : 'unchanged',
    }))
  await inParallel(...names.filter((name) => name !== clusterStack).map(remove))
  if (names.includes(clusterStack)) await remove(clusterStack)
}

async function assertNothingLeft(context: DeployContext, cluster: string): Promise<void> {
  const stacks = (await stacksOfCluster(context, cluster)).map((name) => `stack ${name}`)
  const eks = (await findCluster(context, cluster)) ? [`cluster ${cluster}`] : []
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
      const isOurs = Tags.some((tag) => tag.Key === 'elbv2.k8s.aws/cluster' && tag.Value === cluster)
      if (isOurs) owned.push(`load balancer ${ResourceArn}`)
    }
  }
  return owned
}
