// Owns the AWS resources of Network Load Balancers: making and changing them in the controller's order, and removing them
// again.
import type { ExistingLoadBalancer, NetworkModel } from '../../rules/load-balancer/network.ts'
import type { TargetFamily } from '../../rules/load-balancer/ip-address-type.ts'
import { subnetMappings } from '../../rules/load-balancer/subnet-addresses.ts'
import { networkingOf, type BackendSource } from '../../rules/load-balancer/target-group-binding.ts'
import type { Tags } from '../../rules/load-balancer/target-group.ts'
import type { Aws } from './aws.ts'
import type { Binding } from './bindings.ts'
import type { Ec2Provider } from './ec2-provider.ts'
import type { Elbv2Provider, Stack } from './elbv2-provider.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import { NetworkProvider } from './network-provider.ts'

export interface NetworkStacksOptions {
  readonly aws: Aws
  readonly ec2: Ec2Provider
  readonly elbv2: Elbv2Provider
}

/** What is asked for, and what there is of it in AWS. */
export interface PlannedNetwork {
  readonly model: NetworkModel
  readonly stack: Stack
  /** Subnets to be in; undefined: those that it is in. */
  readonly subnets: readonly string[] | undefined
}

export interface DeployedNetwork {
  readonly balancer: LoadBalancer
  readonly bindings: readonly Binding[]
  readonly isChanged: boolean
}

/** The resources in AWS, found by the tags of their stack. */
export class NetworkStacks {
  readonly #options: NetworkStacksOptions
  readonly #provider: NetworkProvider

  constructor(options: NetworkStacksOptions) {
    this.#options = options
    this.#provider = new NetworkProvider(options.aws, options.elbv2)
  }

  /**
   * Changes nothing yet.
   * @param build makes the model, knowing what there is already
   * @throws BuildError when it asks for what cannot be
   */
  async plan(
    stackTags: Tags,
    build: (existing: ExistingLoadBalancer | undefined) => NetworkModel,
  ): Promise<PlannedNetwork> {
    const { ec2, elbv2 } = this.#options
    const stack = await elbv2.find(stackTags)
    const model = build(existingOf(stack))
    const isDiscovering = model.subnets === undefined && model.subnetTags === undefined
    // Subnets of a load balancer that is there stay, unless others are named or it must be replaced.
    const isFixed = stack.loadBalancer?.Scheme === model.scheme && isDiscovering
    if (model.securityGroups.kind === 'given') await ec2.givenSecurityGroups(model.securityGroups.groups)
    const subnets = isFixed ? undefined : await ec2.subnets(model)
    // Nothing is made when the addresses do not fit.
    if (subnets) subnetMappings(subnets, model.addresses)
    return { model, stack, subnets }
  }

  /** Makes it so. @throws BuildError, AwsError */
  async deploy({ model, stack: found, subnets }: PlannedNetwork): Promise<DeployedNetwork> {
    const { ec2, elbv2 } = this.#options
    const stack = await this.#withoutMisfit(found, model)
    const there = stack.loadBalancer
    const { ids: securityGroups, backend } = await ec2.securityGroups(model.securityGroups)
    const placement = { backend, subnets: subnets ?? subnetsOf(stack) }
    const arns = new Map<string, string>()
    const bindings: Binding[] = []
    let isChanged = !there
    const { applications = [], targetGroups } = model
    for (const group of [...targetGroups, ...applications.map((each) => each.group)]) {
      const { arn, isChanged: isGroupChanged } = await elbv2.ensureTargetGroup(group, stack)
      isChanged ||= isGroupChanged
      arns.set(group.resourceId, arn)
    }
    for (const group of targetGroups) {
      const source = await this.#sourceOf(model, placement, group.family)
      const arn = arns.get(group.resourceId) ?? ''
      bindings.push({ model: group, arn, networking: source && networkingOf(group, source) })
    }
    const balancer = there ?? (await this.#provider.create(model, { subnets: subnets ?? [], securityGroups }))
    if (there) {
      isChanged = (await this.#provider.update(there, model, { subnets, securityGroups })) || isChanged
    }
    const arn = balancer.LoadBalancerArn
    isChanged = (await elbv2.ensureAttributes('LoadBalancer', arn, model.attributes)) || isChanged
    isChanged = (await this.#provider.ensureListeners(arn, model.listeners, arns)) || isChanged
    for (const { group, ...target } of applications) {
      isChanged = (await elbv2.ensureApplication(arns.get(group.resourceId) ?? '', target)) || isChanged
    }
    for (const { TargetGroupArn } of stack.targetGroups) {
      if ([...arns.values()].includes(TargetGroupArn)) continue
      await elbv2.deleteTargetGroup(TargetGroupArn)
      isChanged = true
    }
    return { balancer, bindings, isChanged }
  }

  /**
   * Removes everything of a stack. Rejects with AWS's error while something still uses a resource.
   * @returns names of its target groups.
   */
  async remove(stackTags: Tags): Promise<readonly string[]> {
    const { ec2, elbv2 } = this.#options
    const { loadBalancer, targetGroups } = await elbv2.find(stackTags)
    if (loadBalancer) await elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
    for (const { TargetGroupArn } of targetGroups) await elbv2.deleteTargetGroup(TargetGroupArn)
    await ec2.deleteManagedGroup(stackTags)
    return targetGroups.map(({ TargetGroupName }) => TargetGroupName)
  }

  // A load balancer without security groups reaches its targets from the addresses of its subnets.
  async #sourceOf(
    { securityGroups, scheme }: NetworkModel,
    { backend, subnets }: { readonly backend: string | undefined; readonly subnets: readonly string[] },
    family: TargetFamily,
  ): Promise<BackendSource | undefined> {
    if (backend !== undefined) return { groupId: backend }
    if (securityGroups.kind !== 'none' || !securityGroups.isBackendManaged) return undefined
    const { ec2 } = this.#options
    const { sourceRanges } = securityGroups
    const isForAll = sourceRanges.length === 0
    const world = family === 'ipv6' ? '::/0' : '0.0.0.0/0'
    const everybody = async () => (scheme === 'internal' ? await ec2.vpcCidrs(family) : [world])
    return {
      cidrs: await ec2.cidrsOf(subnets, family),
      clients: isForAll ? await everybody() : sourceRanges,
      isForAll,
    }
  }

  // The scheme cannot be changed: the load balancer is replaced (isSDKLoadBalancerRequiresReplacement).
  async #withoutMisfit(stack: Stack, model: NetworkModel): Promise<Stack> {
    const { loadBalancer } = stack
    if (!loadBalancer || loadBalancer.Scheme === model.scheme) return stack
    await this.#options.elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
    return { ...stack, loadBalancer: undefined }
  }
}

function subnetsOf({ loadBalancer }: Stack): string[] {
  return (loadBalancer?.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
}

function existingOf({ loadBalancer }: Stack): ExistingLoadBalancer | undefined {
  return (
    loadBalancer && {
      scheme: loadBalancer.Scheme === 'internet-facing' ? 'internet-facing' : 'internal',
      hasSecurityGroups: (loadBalancer.SecurityGroups ?? []).length > 0,
    }
  )
}
