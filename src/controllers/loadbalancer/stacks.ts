// Owns the AWS resources of Services: making and changing them in the controller's order, and removing them again.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { resourceTagOf, type Edition } from '../../rules/load-balancer/edition.ts'
import {
  buildModel,
  stackTags,
  type ExistingLoadBalancer,
  type LoadBalancerModel,
} from '../../rules/load-balancer/model.ts'
import { subnetMappings } from '../../rules/load-balancer/subnet-addresses.ts'
import { networkingOf, type BackendSource } from '../../rules/load-balancer/target-group-binding.ts'
import type { Binding } from './bindings.ts'
import type { Ec2Provider } from './ec2-provider.ts'
import type { Elbv2Provider, Stack } from './elbv2-provider.ts'
import type { ForwardingListener, LoadBalancer } from './elbv2-shapes.ts'

export interface StacksOptions {
  readonly clusterName: string
  readonly ec2: Ec2Provider
  readonly elbv2: Elbv2Provider
  readonly edition: Edition
}

/** What a Service asks for, and what there is of it in AWS. */
export interface PlannedStack {
  readonly model: LoadBalancerModel
  readonly stack: Stack
  /** Subnets to be in; undefined: those that it is in. */
  readonly subnets: readonly string[] | undefined
}

export interface DeployedStack {
  readonly balancer: LoadBalancer
  readonly bindings: readonly Binding[]
  readonly isChanged: boolean
}

/** The resources of Services in AWS, found by their tags. */
export class Stacks {
  readonly #options: StacksOptions

  constructor(options: StacksOptions) {
    this.#options = options
  }

  /** Changes nothing yet. @throws BuildError when the Service asks for what cannot be */
  async plan(service: Service): Promise<PlannedStack> {
    const { clusterName, ec2, elbv2, edition } = this.#options
    const stack = await elbv2.find(stackTags(clusterName, service.metadata, edition))
    const model = buildModel(clusterName, service, existingOf(stack), edition)
    // Subnets of a load balancer that is there stay, unless the Service names others or it must be replaced.
    const isFixed = stack.loadBalancer?.Scheme === model.scheme && model.subnets === undefined
    if (model.securityGroups.kind === 'given') await ec2.givenSecurityGroups(model.securityGroups.groups)
    const subnets = isFixed ? undefined : await ec2.subnets(model)
    // Nothing is made when the addresses do not fit.
    if (subnets) subnetMappings(subnets, model.addresses)
    return { model, stack, subnets }
  }

  /** Makes it so. @throws BuildError, AwsError */
  async deploy({ model, stack: found, subnets }: PlannedStack): Promise<DeployedStack> {
    const { ec2, elbv2 } = this.#options
    const stack = await this.#withoutMisfit(found, model)
    const there = stack.loadBalancer
    const { ids: securityGroups, backend } = await ec2.securityGroups(model.securityGroups)
    const source = await this.#sourceOf(model, { backend, subnets: subnets ?? subnetsOf(stack) })
    const bindings: Binding[] = []
    let isChanged = !there
    for (const group of model.targetGroups) {
      const { arn, isChanged: isGroupChanged } = await elbv2.ensureTargetGroup(group, stack)
      isChanged ||= isGroupChanged
      bindings.push({ model: group, arn, networking: source && networkingOf(group, source) })
    }
    const balancer =
      there ?? (await elbv2.createLoadBalancer(model, { subnets: subnets ?? [], securityGroups }))
    if (there) {
      isChanged = (await elbv2.updateLoadBalancer(there, model, { subnets, securityGroups })) || isChanged
    }
    const arn = balancer.LoadBalancerArn
    isChanged = (await elbv2.ensureLoadBalancerAttributes(arn, model.attributes)) || isChanged
    isChanged = (await elbv2.ensureListeners(arn, bindings.map(listenerOf))) || isChanged
    for (const group of stack.targetGroups) {
      if (bindings.some((one) => one.arn === group.TargetGroupArn)) continue
      await elbv2.deleteTargetGroup(group.TargetGroupArn)
      isChanged = true
    }
    return { balancer, bindings, isChanged }
  }

  /**
   * Removes everything of the Service. Rejects with AWS's error while something still uses a resource.
   * @returns names of its target groups.
   */
  async remove(service: Service): Promise<readonly string[]> {
    const { clusterName, ec2, elbv2, edition } = this.#options
    const tags = stackTags(clusterName, service.metadata, edition)
    const { loadBalancer, targetGroups } = await elbv2.find(tags)
    if (loadBalancer) await elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
    for (const { TargetGroupArn } of targetGroups) await elbv2.deleteTargetGroup(TargetGroupArn)
    await ec2.deleteManagedGroup(tags)
    return targetGroups.map(({ TargetGroupName }) => TargetGroupName)
  }

  // A load balancer without security groups reaches its targets from the addresses of its subnets.
  async #sourceOf(
    { securityGroups, scheme, targetGroups }: LoadBalancerModel,
    { backend, subnets }: { readonly backend: string | undefined; readonly subnets: readonly string[] },
  ): Promise<BackendSource | undefined> {
    if (backend !== undefined) return { groupId: backend }
    if (securityGroups.kind !== 'none') return undefined
    const { ec2 } = this.#options
    const { sourceRanges } = securityGroups
    // All are of one Service.
    const family = targetGroups[0]?.family ?? 'ipv4'
    const world = family === 'ipv6' ? '::/0' : '0.0.0.0/0'
    const everybody = async () => (scheme === 'internal' ? await ec2.vpcCidrs(family) : [world])
    return {
      cidrs: await ec2.cidrsOf(subnets, family),
      clients: sourceRanges.length > 0 ? sourceRanges : await everybody(),
    }
  }

  // The scheme cannot be changed: the load balancer is replaced (isSDKLoadBalancerRequiresReplacement).
  async #withoutMisfit(stack: Stack, model: LoadBalancerModel): Promise<Stack> {
    const { loadBalancer } = stack
    if (!loadBalancer || loadBalancer.Scheme === model.scheme) return stack
    await this.#options.elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
    return { ...stack, loadBalancer: undefined }
  }
}

function listenerOf({ model, arn }: Binding): ForwardingListener {
  const { servicePort, listener, listenerAttributes, tags } = model
  return {
    port: servicePort.port,
    ...(listener && { listener }),
    attributes: listenerAttributes,
    tags: { ...tags, [resourceTagOf(tags)]: String(servicePort.port) },
    group: arn,
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
