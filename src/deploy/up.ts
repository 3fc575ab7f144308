// Owns `up`: the order in which a cluster and its applications come to be, each step safe to repeat.
import { timestamp } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { renderChart } from '../config/render.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { ensureAccessEntry, ensureIdentityMappings } from './access.ts'
import { addonHealthy } from './addon-health.ts'
import { addonRounds, ensureAddon, hasAddon } from './addons.ts'
import { ensureAutoScalingTags } from './auto-scaling-tags.ts'
import { applyManifests, type FindResource, type SourcedObject } from './apply.ts'
import { assertOurs, reviewChanges } from './before-up.ts'
import {
  closePublicEndpoint,
  clusterStack,
  describeCluster,
  ensureLogRetention,
  findCluster,
} from './cluster.ts'
import type { DeployContext } from './context.ts'
import { moveDnsToFargate, restartDns, wantsFargateDns } from './coredns.ts'
import {
  controllerInstalled,
  controllerSource,
  ensureController,
  gatewayDefinitionsIn,
} from './controller.ts'
import { devicePluginsOf, ensureDevicePlugin } from './device-plugins.ts'
import { ensureFargateRole, ensureProfile, needsFargateRole } from './fargate.ts'
import { balancedGatewaysIn, gatewayReady } from './gateways.ts'
import { balancedIngressesIn, ingressReady } from './ingresses.ts'
import { loadBalancerReady, loadBalancerServices, type WebAccess } from './load-balancers.ts'
import { resolveNetwork, withZones } from './network.ts'
import { managedStack } from './joining-stacks.ts'
import { nodesReady } from './nodegroups.ts'
import { ensureOidcProvider } from './oidc-provider.ts'
import { withOwnTemplates } from './own-templates.ts'
import { ensurePodIdentity } from './pod-identity.ts'
import { ensureIdentityProvider } from './identity-providers.ts'
import { ensureKarpenter, karpenterManifests, type RenderChart } from './karpenter.ts'
import { importSubnets } from './import-subnets.ts'
import { inParallel } from './progress.ts'
import { rolledOut, workloadsOf } from './rollout.ts'
import { ensureSelfManagedGroup } from './self-managed-groups.ts'
import { ensureServiceAccount } from './service-accounts.ts'
import { ensureStack } from './stacks.ts'
import { ensureSshKey, groupsWithOwnKey, withSshKeys } from './ssh-keys.ts'
import type { DeployedCluster, LoadBalancerReport, UpResult, WorkloadReport } from './up-result.ts'
import type { ClaimableService } from '../rules/load-balancer/claim.ts'
import { becomesClassic } from '../rules/load-balancer/classic.ts'
import { isAutoMode } from '../rules/eksctl/auto-mode.ts'
import { isFullyPrivate } from './templates/cluster.ts'
import { suspendOfManaged } from './suspended-processes.ts'
import { ensureWindowsAddresses, hasWindowsNodes } from './windows-addresses.ts'

export interface UpOptions {
  readonly context: DeployContext
  readonly manifests: readonly SourcedObject[]
  /** The Kubernetes version to create, e.g. `1.34`. */
  readonly version: string
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
  readonly web: WebAccess
  /** Of registries; by helm on the path, unless somebody else does it. */
  readonly renderChart?: RenderChart
  /** Makes the subnets that the file names, where they would otherwise be there already. */
  prepareNetwork?(): Promise<void>
  /** Asked once it is known what is there, before anything changes; a rejection ends it there. */
  confirm?(found: Found): Promise<void>
  /** Called as soon as the cluster answers: what comes after may fail, and wants to be looked at. */
  onCluster?(cluster: DeployedCluster): void
  /** How long a rollout or a load balancer may take. */
  readonly timeoutMs: number
}

/** What is known before anything changes. */
export interface Found {
  /** Its config has what was looked up: the ids of subnets, what launch templates say. */
  readonly context: DeployContext
  /** True when there is no cluster of the name. */
  readonly isNew: boolean
}

/**
 * Builds, or brings up to date, the cluster of the file and its applications.
 * @throws UserError when a step fails; running it again goes on from there. When something that would have to be
 *   changed is not ours, or would lose what it holds, before anything has been changed.
 */
export async function up(given: UpOptions): Promise<UpResult> {
  const { progress } = given.context
  // Without it the cluster would be made, and stop halfway.
  if (given.context.config.karpenter)
    await progress.quietly('rendering the chart of Karpenter', async () =>
      karpenterManifests(given.context.config, given.renderChart ?? renderChart),
    )
  await progress.quietly('looking for what is there', () => assertOurs(given.context, given))
  await given.prepareNetwork?.()
  const imported = await progress.quietly('importing the subnets', () => importSubnets(given.context))
  const templated = await progress.quietly('looking up launch templates', () =>
    withOwnTemplates({ ...given.context, config: imported }),
  )
  const keyed = await progress.quietly('looking up SSH keys', () =>
    withSshKeys({ ...given.context, config: templated }),
  )
  const config = await progress.quietly('choosing zones', () =>
    withZones({ ...given.context, config: keyed }),
  )
  return build({ ...given, context: { ...given.context, config } })
}

async function build(options: UpOptions): Promise<UpResult> {
  const { context, version } = options
  const { progress, config } = context
  const network = await progress.quietly('finding the network', () => resolveNetwork(context))
  await progress.quietly('reviewing the changes', () => reviewChanges(context, { network, version }))
  if (options.confirm) {
    const present = await progress.quietly('finding the cluster', () =>
      describeCluster(context, config.metadata.name),
    )
    await options.confirm({ context, isNew: present === undefined })
  }
  await progress.step('control plane', (detail) =>
    ensureStack(context, clusterStack(config, network, version), detail),
  )
  const cluster = await progress.quietly('finding the cluster', () =>
    findCluster(context, config.metadata.name),
  )
  if (!cluster)
    throw new UserError(`the cluster ${config.metadata.name} has a stack but EKS does not know it`)
  options.onCluster?.(cluster)
  const kubernetes = context.openKubernetes(cluster)
  await foundations(options, cluster)
  await access(context, kubernetes)
  await inParallel(
    capacity(options, cluster, kubernetes),
    identities(options, cluster, kubernetes),
    identityProviders(context),
  )
  const result = await applications(options, cluster, kubernetes)
  if (isFullyPrivate(config)) await progress.step('public endpoint', () => closePublicEndpoint(context))
  return { ...result, unchanged: progress.unchanged }
}

// Before the add-ons: the role of the VPC CNI trusts the provider.
async function foundations({ context }: UpOptions, cluster: DeployedCluster): Promise<void> {
  if (context.config.cloudWatch?.clusterLogging?.logRetentionInDays !== undefined) {
    await context.progress.step('log retention', () => ensureLogRetention(context))
  }
  if (context.config.iam?.withOIDC === true) {
    await context.progress.step('OIDC provider', () => ensureOidcProvider(context, cluster))
  }
}

async function access(context: DeployContext, kubernetes: KubernetesClient): Promise<void> {
  const { accessConfig, iamIdentityMappings = [] } = context.config
  for (const entry of accessConfig?.accessEntries ?? []) {
    await context.progress.step(`access entry ${entry.principalARN}`, () => ensureAccessEntry(context, entry))
  }
  if (iamIdentityMappings.length === 0) return
  await context.progress.step('identity mappings', () =>
    ensureIdentityMappings(kubernetes, iamIdentityMappings),
  )
}

// Add-ons come before the nodes that they run on, as eksctl orders them; profiles go one at a time.
async function capacity(
  { context, version }: UpOptions,
  cluster: DeployedCluster,
  kubernetes: KubernetesClient,
): Promise<void> {
  const { config, progress } = context
  const { beforeNodes, afterNodes } = addonRounds(context)
  const install = (name: string): Promise<void> =>
    progress.step(`add-on ${name}`, (detail) =>
      ensureAddon(context, name, { kubernetesVersion: version, issuer: cluster.issuer }, detail),
    )
  await inParallel(...beforeNodes.map(install))
  if (hasWindowsNodes(config))
    await progress.step('addresses of Windows pods', () => ensureWindowsAddresses(kubernetes))
  await inParallel(
    ...groupsWithOwnKey(config).map((group) =>
      progress.step(`SSH key of ${group.name}`, () => ensureSshKey(context, group)),
    ),
  )
  await inParallel(
    ...(config.managedNodeGroups ?? []).map((group) =>
      progress.step(`node group ${group.name}`, async (detail) => {
        const result = await ensureStack(
          context,
          await managedStack(context, group, { cluster, version }),
          detail,
        )
        if (group.propagateASGTags === true) await ensureAutoScalingTags(context, group)
        const count = await nodesReady(context, kubernetes, group)
        await suspendOfManaged(context, group)
        return { outcome: result.outcome, detail: `${count} nodes ready` }
      }),
    ),
    ...(config.nodeGroups ?? []).map((group) =>
      progress.step(`node group ${group.name}`, (detail) =>
        ensureSelfManagedGroup(context, group, { cluster, kubernetes, version }, detail),
      ),
    ),
    fargate(context, kubernetes),
  )
  await inParallel(...afterNodes.map(install))
}

async function fargate(context: DeployContext, kubernetes: KubernetesClient): Promise<void> {
  const profiles = context.config.fargateProfiles ?? []
  if (profiles.length === 0) return
  let roleArn = context.config.iam?.fargatePodExecutionRoleARN ?? ''
  if (needsFargateRole(context.config)) {
    await context.progress.step('Fargate pod execution role', async (detail) => {
      const result = await ensureFargateRole(context, detail)
      roleArn = result.roleArn
      return result
    })
  }
  for (const profile of profiles) {
    await context.progress.step(`Fargate profile ${profile.name}`, () =>
      ensureProfile(context, profile, roleArn),
    )
  }
  if (wantsFargateDns(context.config)) {
    await context.progress.step('CoreDNS on Fargate', async () =>
      (await hasAddon(context, 'coredns'))
        ? restartDns(kubernetes, timestamp(context.clock))
        : moveDnsToFargate(kubernetes),
    )
  }
}

async function identities(
  { context }: UpOptions,
  cluster: DeployedCluster,
  kubernetes: KubernetesClient,
): Promise<void> {
  await inParallel(
    ...(context.config.iam?.serviceAccounts ?? []).map((account) => {
      const { name, namespace = 'default' } = account.metadata
      return context.progress.step(`service account ${namespace}/${name}`, (detail) =>
        ensureServiceAccount(context, account, { cluster, kubernetes }, detail),
      )
    }),
    ...(context.config.iam?.podIdentityAssociations ?? []).map((association) => {
      const { namespace, serviceAccountName } = association
      return context.progress.step(`pod identity ${namespace}/${serviceAccountName}`, (detail) =>
        ensurePodIdentity(context, association, kubernetes, detail),
      )
    }),
  )
}

// One at a time: a cluster has one at most, and refuses the second in EKS's words.
async function identityProviders(context: DeployContext): Promise<void> {
  for (const provider of context.config.identityProviders ?? []) {
    await context.progress.step(`identity provider ${provider.name}`, () =>
      ensureIdentityProvider(context, provider),
    )
  }
}

async function applications(
  options: UpOptions,
  cluster: DeployedCluster,
  kubernetes: KubernetesClient,
): Promise<UpResult> {
  const { context, manifests, timeoutMs } = options
  const { progress, clock, pace } = context
  const findResource = options.findResource(kubernetes)
  const target = { kubernetes, findResource, clock, pace, cluster, project: cluster.name }
  await inParallel(
    ...devicePluginsOf(context.config, manifests).map((plugin) =>
      progress.step(`device plugin of ${plugin.devices}`, () =>
        ensureDevicePlugin(context.config, plugin, target),
      ),
    ),
  )
  if (context.config.karpenter) {
    const charts = { ...target, renderChart: options.renderChart ?? renderChart }
    await progress.step('Karpenter', (detail) => ensureKarpenter(context, charts, detail))
  }
  const source = controllerSource(context.config, manifests)
  if (source === 'up') {
    const gatewayDefinitions = gatewayDefinitionsIn(manifests)
    await progress.step('load balancer controller', (detail) =>
      ensureController(context, { ...target, gatewayDefinitions }, detail),
    )
  }
  if (manifests.length > 0) await progress.step('manifests', () => applyManifests(target, manifests))
  const { beforeNodes, afterNodes } = addonRounds(context)
  const workloads: WorkloadReport[] = []
  const loadBalancers: LoadBalancerReport[] = []
  await inParallel(
    ...[...beforeNodes, ...afterNodes].map((name) =>
      progress.step(`health of ${name}`, () => addonHealthy(context, kubernetes, name)),
    ),
    ...workloadsOf(manifests).map((manifest) =>
      progress.step(`rollout ${manifest.object.metadata.name}`, async (detail) => {
        const report = await rolledOut(manifest, { kubernetes, clock, pace, timeoutMs, detail })
        workloads.push(report)
        return { outcome: 'done', detail: `${report.ready}/${report.desired} ${report.done}` }
      }),
    ),
  )
  const balanced = {
    services: loadBalancerServices(manifests),
    ingresses: await balancedIngressesIn(kubernetes, manifests),
    gateways: await balancedGatewaysIn(kubernetes, manifests),
  }
  const all = Object.values(balanced).flat()
  const hasController =
    source !== undefined ||
    all.length === 0 ||
    isAutoMode(context.config) ||
    (await controllerInstalled(kubernetes))
  const taken = hasController
    ? balanced
    : { services: balanced.services.filter(isClassic), ingresses: [], gateways: [] }
  await balancing(options, kubernetes, { ...taken, loadBalancers })
  const left = hasController ? [] : all.filter((manifest) => !isClassic(manifest))
  if (left.length > 0) progress.warn(withoutController(left))
  return {
    cluster,
    workloads: workloads.toSorted(byName),
    loadBalancers: loadBalancers.toSorted((a, b) => sortKey(a).localeCompare(sortKey(b))),
    unchanged: progress.unchanged,
  }
}

// EKS's own cloud controller makes the load balancer where no other controller takes the Service.
function isClassic({ object }: SourcedObject): boolean {
  // A manifest is not validated yet: spec may be anything, which the rule allows for.
  return object.kind === 'Service' && becomesClassic(object as ClaimableService)
}

interface Balancing {
  readonly services: readonly SourcedObject[]
  readonly ingresses: readonly SourcedObject[]
  readonly gateways: readonly SourcedObject[]
  readonly loadBalancers: LoadBalancerReport[]
}

// After the rollouts: before them, targets come and go.
async function balancing(
  { context, web, timeoutMs }: UpOptions,
  kubernetes: KubernetesClient,
  { services, ingresses, gateways, loadBalancers }: Balancing,
): Promise<void> {
  const step = (name: string, manifest: SourcedObject, ready: typeof loadBalancerReady): Promise<void> =>
    context.progress.step(name, async (detail) => {
      const report = await ready(manifest, { context, kubernetes, web, timeoutMs, detail })
      loadBalancers.push(report)
      const { healthyTargets } = report
      return {
        outcome: 'done',
        detail: healthyTargets === 0 ? 'no targets' : `${healthyTargets} targets healthy`,
      }
    })
  await inParallel(
    ...services.map((manifest) =>
      step(`load balancer ${manifest.object.metadata.name}`, manifest, loadBalancerReady),
    ),
    ...ingresses.map((manifest) => step(`ingress ${manifest.object.metadata.name}`, manifest, ingressReady)),
    ...gateways.map((manifest) => step(`gateway ${manifest.object.metadata.name}`, manifest, gatewayReady)),
  )
}

// Services come first, then Ingresses.
function sortKey({ service, ingress, gateway = '' }: LoadBalancerReport): string {
  if (service !== undefined) return `0 ${service}`
  return ingress === undefined ? `2 ${gateway}` : `1 ${ingress}`
}

function withoutController(balanced: readonly SourcedObject[]): string {
  const names = balanced.map(
    ({ object: { metadata } }) => `${metadata.namespace ?? 'default'}/${metadata.name}`,
  )
  return `${names.join(', ')}: no load balancer, since nothing in the cluster makes one\n  Let up install the controller: give an account of iam.serviceAccounts wellKnownPolicies.awsLoadBalancerController.`
}

function byName(a: WorkloadReport, b: WorkloadReport): number {
  return `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`)
}
