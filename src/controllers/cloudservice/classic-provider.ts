// Owns making, changing and removing the Classic Load Balancer of a Service in AWS, with its security group.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws_loadbalancer.go (ensureLoadBalancer) and aws.go
// (buildELBSecurityGroupList, updateInstanceSecurityGroupsForLoadBalancer, EnsureLoadBalancerDeleted).
import type {
  DescribeAccessPointsOutput,
  Instance,
  LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing'

import { isAwsCode } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { CloudOptions, Wanted } from './cloud.ts'
import { isSameSet, toList } from '../loadbalancer/elbv2-provider.ts'
import { chooseCloudSubnets } from './cloud-subnets.ts'
import { syncNegotiation, syncProxyProtocol } from './classic-policies.ts'
import { CloudSecurityGroups } from './cloud-security-groups.ts'

/** Classic Load Balancers through the API of AWS. */
export class ClassicProvider {
  readonly #options: CloudOptions
  readonly #groups: CloudSecurityGroups

  constructor(options: CloudOptions) {
    this.#options = options
    this.#groups = new CloudSecurityGroups(options)
  }

  /** Makes or changes it. @returns its DNS name @throws AwsError of what AWS refuses, BuildError without a subnet */
  async ensure(wanted: Wanted): Promise<string> {
    const { model } = wanted
    const { name } = model
    const subnets = await chooseCloudSubnets(this.#options, model)
    const securityGroups = await this.#groups.ensure(wanted)
    const there = await this.find(name)
    if (there) await this.#change(there, wanted, { subnets, securityGroups })
    else await this.#create(wanted, { subnets, securityGroups })
    await syncProxyProtocol(this.#options.aws, model, there)
    await this.#call('ModifyLoadBalancerAttributes', name, { LoadBalancerAttributes: model.attributes })
    await syncNegotiation(this.#options.aws, model)
    const current = there ?? (await this.find(name))
    if (!deepEqual(current?.HealthCheck, model.healthCheck)) {
      await this.#call('ConfigureHealthCheck', name, { HealthCheck: model.healthCheck })
    }
    await this.#groups.open(securityGroups[0] ?? '', wanted.instanceIds)
    await this.#register(name, current?.Instances ?? [], wanted.instanceIds)
    return current?.DNSName ?? ''
  }

  /** The instances alone. @throws AwsError */
  async register({ model: { name }, instanceIds }: Wanted): Promise<void> {
    const there = await this.find(name)
    if (!there) return
    await this.#groups.open(there.SecurityGroups?.[0] ?? '', instanceIds)
    await this.#register(name, there.Instances ?? [], instanceIds)
  }

  /** Removes it, and the security group that was made for it. @returns false while AWS still takes it down @throws AwsError */
  async remove(name: string): Promise<boolean> {
    await this.#call('DeleteLoadBalancer', name, {})
    return await this.#groups.remove(name)
  }

  /** Undefined when there is none of the name. */
  async find(name: string): Promise<LoadBalancerDescription | undefined> {
    try {
      const input = { LoadBalancerNames: [name] }
      const { LoadBalancerDescriptions = [] } = await this.#options.aws.call<DescribeAccessPointsOutput>(
        'elb',
        'DescribeLoadBalancers',
        input,
      )
      return LoadBalancerDescriptions[0]
    } catch (error) {
      if (isAwsCode(error, 'LoadBalancerNotFound')) return undefined
      throw error
    }
  }

  async #create({ model, serviceName }: Wanted, place: Place): Promise<void> {
    const tags = {
      ...model.tags,
      'kubernetes.io/service-name': serviceName,
      [`kubernetes.io/cluster/${this.#options.clusterName}`]: 'owned',
    }
    await this.#call('CreateLoadBalancer', model.name, {
      Listeners: model.listeners,
      ...(model.isInternal && { Scheme: 'internal' }),
      Subnets: place.subnets,
      SecurityGroups: place.securityGroups,
      Tags: toList(tags),
    })
  }

  async #change(there: LoadBalancerDescription, { model }: Wanted, place: Place): Promise<void> {
    const { name, tags } = model
    const added = place.subnets.filter((id) => !there.Subnets?.includes(id))
    const left = (there.Subnets ?? []).filter((id) => !place.subnets.includes(id))
    // The last subnet may not go, so that new ones come first.
    if (added.length > 0) await this.#call('AttachLoadBalancerToSubnets', name, { Subnets: added })
    if (left.length > 0) await this.#call('DetachLoadBalancerFromSubnets', name, { Subnets: left })
    if (!isSameSet(place.securityGroups, there.SecurityGroups ?? [])) {
      await this.#call('ApplySecurityGroupsToLoadBalancer', name, { SecurityGroups: place.securityGroups })
    }
    const listeners = (there.ListenerDescriptions ?? []).flatMap(({ Listener }) => Listener ?? [])
    const gone = listeners.filter((each) => !model.listeners.some((wanted) => deepEqual(each, wanted)))
    const missing = model.listeners.filter((wanted) => !listeners.some((each) => deepEqual(each, wanted)))
    if (gone.length > 0) {
      const LoadBalancerPorts = gone.map(({ LoadBalancerPort }) => LoadBalancerPort)
      await this.#call('DeleteLoadBalancerListeners', name, { LoadBalancerPorts })
    }
    if (missing.length > 0) await this.#call('CreateLoadBalancerListeners', name, { Listeners: missing })
    const Tags = toList(tags)
    if (Tags.length > 0) await this.#options.aws.call('elb', 'AddTags', { LoadBalancerNames: [name], Tags })
  }

  async #register(name: string, there: readonly Instance[], wanted: readonly string[]): Promise<void> {
    const ids = there.map(({ InstanceId = '' }) => InstanceId)
    const of = (list: readonly string[]): object => ({
      Instances: list.map((InstanceId) => ({ InstanceId })),
    })
    const added = wanted.filter((id) => !ids.includes(id))
    const left = ids.filter((id) => !wanted.includes(id))
    if (added.length > 0) await this.#call('RegisterInstancesWithLoadBalancer', name, of(added))
    if (left.length > 0) await this.#call('DeregisterInstancesFromLoadBalancer', name, of(left))
  }

  async #call(operation: string, name: string, input: object): Promise<void> {
    await this.#options.aws.call('elb', operation, { LoadBalancerName: name, ...input })
  }
}

interface Place {
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
}
