// Owns making, changing and removing the Network Load Balancer of a Service in AWS, where the cloud controller makes it.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws_loadbalancer.go (ensureLoadBalancerv2, ensureTargetGroup,
// reconcileLBAttributes, reconcileTargetGroupsAttributes) and aws.go (EnsureLoadBalancerDeleted).
import type { DescribeSubnetsResult } from '@aws-sdk/client-ec2'
import type {
  CreateLoadBalancerOutput,
  CreateTargetGroupOutput,
  DescribeListenersOutput,
  DescribeLoadBalancersOutput,
  DescribeTargetGroupsOutput,
  DescribeTargetHealthOutput,
  Listener,
  LoadBalancer,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { isAwsCode } from '../../base/errors.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import {
  cloudTargetGroupName,
  type CloudNetworkModel,
  type CloudPort,
} from '../../rules/load-balancer/cloud-network.ts'
import { toList } from '../loadbalancer/elbv2-provider.ts'
import type { CloudOptions } from './cloud.ts'
import { CloudSecurityGroups } from './cloud-security-groups.ts'
import { chooseCloudSubnets } from './cloud-subnets.ts'
import { NodeRules } from './node-rules.ts'

/** What a load balancer is made for. */
interface Wanted {
  readonly model: CloudNetworkModel
  /** `namespace/name` */
  readonly serviceName: string
  readonly instanceIds: readonly string[]
}

/** Network Load Balancers through the API of AWS. */
export class NetworkProvider {
  readonly #options: CloudOptions
  readonly #rules: NodeRules

  constructor(options: CloudOptions) {
    this.#options = options
    this.#rules = new NodeRules(options, new CloudSecurityGroups(options))
  }

  /** Makes or changes it, with its targets. @returns its DNS name @throws AwsError of what AWS refuses, BuildError */
  async ensure(wanted: Wanted): Promise<string> {
    const { model } = wanted
    const balancer = (await this.find(model.name)) ?? (await this.#create(wanted))
    const LoadBalancerArn = balancer.LoadBalancerArn ?? ''
    await this.#listeners(LoadBalancerArn, wanted)
    await this.#call('ModifyLoadBalancerAttributes', {
      LoadBalancerArn,
      Attributes: toList(model.attributes),
    })
    const Attributes = toList(model.groupAttributes)
    for (const { TargetGroupArn } of Attributes.length > 0 ? await this.#groups(LoadBalancerArn) : []) {
      await this.#call('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes })
    }
    const subnetIds = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
    const { Subnets = [] } = await this.#options.aws.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
      SubnetIds: subnetIds,
    })
    await this.#rules.set(model, {
      instanceIds: wanted.instanceIds,
      subnetCidrs: Subnets.flatMap(({ CidrBlock }) => CidrBlock ?? []),
    })
    return balancer.DNSName ?? ''
  }

  /** Removes it with its target groups and the rules of nodes. @returns true: nothing is left to wait for @throws AwsError */
  async remove(name: string): Promise<boolean> {
    const there = await this.find(name)
    if (there) {
      const LoadBalancerArn = there.LoadBalancerArn ?? ''
      const groups = await this.#groups(LoadBalancerArn)
      await this.#call('DeleteLoadBalancer', { LoadBalancerArn })
      for (const { TargetGroupArn } of groups) await this.#call('DeleteTargetGroup', { TargetGroupArn })
    }
    await this.#rules.remove(name)
    return true
  }

  /** Undefined when there is none of the name. */
  async find(name: string): Promise<LoadBalancer | undefined> {
    try {
      const { LoadBalancers = [] } = await this.#call<DescribeLoadBalancersOutput>('DescribeLoadBalancers', {
        Names: [name],
      })
      return LoadBalancers[0]
    } catch (error) {
      if (isAwsCode(error, 'LoadBalancerNotFound', 'LoadBalancerNotFoundException')) return undefined
      throw error
    }
  }

  async #create({ model, serviceName }: Wanted): Promise<LoadBalancer> {
    const subnets = await chooseCloudSubnets(this.#options, model)
    const { allocationIds, privateAddresses } = model
    const counted = (what: string, list: readonly string[]): void => {
      if (list.length === 0 || list.length === subnets.length) return
      throw new BuildError(
        `error creating load balancer: Must have same number of ${what} (${list.length}) and SubnetIDs (${subnets.length})`,
      )
    }
    counted('EIP AllocationIDs', allocationIds)
    counted('Private IPv4Addresses', privateAddresses)
    const { LoadBalancers = [] } = await this.#call<CreateLoadBalancerOutput>('CreateLoadBalancer', {
      Type: 'network',
      Name: model.name,
      ...(model.isInternal && { Scheme: 'internal' }),
      SubnetMappings: subnets.map((SubnetId, at) => ({
        SubnetId,
        ...(allocationIds[at] !== undefined && { AllocationId: allocationIds[at] }),
        ...(privateAddresses[at] !== undefined && { PrivateIPv4Address: privateAddresses[at] }),
      })),
      Tags: this.#tags(model, serviceName),
    })
    return LoadBalancers[0] ?? {}
  }

  async #listeners(LoadBalancerArn: string, wanted: Wanted): Promise<void> {
    const { Listeners = [] } = await this.#call<DescribeListenersOutput>('DescribeListeners', {
      LoadBalancerArn,
    })
    const groups = await this.#groups(LoadBalancerArn)
    const { ports } = wanted.model
    for (const port of ports) {
      const listener = Listeners.find(
        ({ Port, Protocol }) => Port === port.port && Protocol === port.protocol,
      )
      const group = groups.find(({ Port }) => Port === port.nodePort)
      await this.#listener(LoadBalancerArn, { port, listener, group, wanted })
    }
    for (const { ListenerArn, Port, Protocol, DefaultActions = [] } of Listeners) {
      if (ports.some(({ port, protocol }) => port === Port && protocol === Protocol)) continue
      await this.#call('DeleteListener', { ListenerArn })
      await this.#call('DeleteTargetGroup', { TargetGroupArn: DefaultActions[0]?.TargetGroupArn })
    }
  }

  async #listener(LoadBalancerArn: string, { port, listener, group, wanted }: ListenerWork): Promise<void> {
    const isFit = group !== undefined && isStill(group, port, wanted.model)
    const TargetGroupArn = isFit ? (group.TargetGroupArn ?? '') : await this.#makeGroup(port, wanted)
    await this.#register(TargetGroupArn, port, wanted.instanceIds)
    if (isFit) await this.#check(group, wanted.model)
    const { certificate, sslPolicy } = port
    const input = {
      Port: port.port,
      Protocol: port.protocol,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      ...(certificate !== undefined && { Certificates: [{ CertificateArn: certificate }] }),
      ...(sslPolicy !== undefined && { SslPolicy: sslPolicy }),
    }
    if (!listener) {
      const Tags = this.#tags(wanted.model, wanted.serviceName)
      await this.#call('CreateListener', { LoadBalancerArn, ...input, Tags })
      return
    }
    const before = listener.DefaultActions?.[0]?.TargetGroupArn
    const isSameTls =
      listener.Certificates?.[0]?.CertificateArn === certificate &&
      (sslPolicy === undefined || listener.SslPolicy === sslPolicy)
    if (before === TargetGroupArn && isSameTls) return
    await this.#call('ModifyListener', { ListenerArn: listener.ListenerArn, ...input })
    if (before !== TargetGroupArn) await this.#call('DeleteTargetGroup', { TargetGroupArn: before })
  }

  async #makeGroup(port: CloudPort, { model, serviceName }: Wanted): Promise<string> {
    const { healthCheck: check } = model
    const { clusterName, vpcId } = this.#options
    const { TargetGroups = [] } = await this.#call<CreateTargetGroupOutput>('CreateTargetGroup', {
      VpcId: vpcId,
      Name: cloudTargetGroupName(clusterName, serviceName, { port, check }),
      Port: port.nodePort,
      Protocol: port.targetProtocol,
      TargetType: 'instance',
      HealthCheckIntervalSeconds: check.interval,
      HealthCheckPort: check.port,
      HealthCheckProtocol: check.protocol,
      HealthyThresholdCount: check.healthyThreshold,
      UnhealthyThresholdCount: check.unhealthyThreshold,
      ...(check.path !== '' && { HealthCheckPath: check.path }),
      Tags: this.#tags(model, serviceName),
    })
    return TargetGroups[0]?.TargetGroupArn ?? ''
  }

  async #check(group: TargetGroup, { healthCheck: check }: CloudNetworkModel): Promise<void> {
    const isSame =
      group.HealthCheckPort === check.port &&
      group.HealthyThresholdCount === check.healthyThreshold &&
      (check.path === '' || group.HealthCheckPath === check.path)
    if (isSame) return
    await this.#call('ModifyTargetGroup', {
      TargetGroupArn: group.TargetGroupArn,
      HealthCheckPort: check.port,
      HealthyThresholdCount: check.healthyThreshold,
      UnhealthyThresholdCount: check.unhealthyThreshold,
      ...(check.path !== '' && { HealthCheckPath: check.path }),
    })
  }

  async #register(TargetGroupArn: string, { nodePort }: CloudPort, ids: readonly string[]): Promise<void> {
    const { TargetHealthDescriptions = [] } = await this.#call<DescribeTargetHealthOutput>(
      'DescribeTargetHealth',
      { TargetGroupArn },
    )
    const there = TargetHealthDescriptions.flatMap(({ Target, TargetHealth }) =>
      Target?.Id !== undefined && TargetHealth?.State !== 'draining' ? Target.Id : [],
    )
    const left = there.filter((id) => !ids.includes(id))
    const added = ids.filter((id) => !there.includes(id))
    const of = (list: readonly string[]): object => ({
      TargetGroupArn,
      Targets: list.map((Id) => ({ Id, Port: nodePort })),
    })
    // Room first: a load balancer has a limit.
    if (left.length > 0) await this.#call('DeregisterTargets', of(left))
    if (added.length > 0) await this.#call('RegisterTargets', of(added))
  }

  async #groups(LoadBalancerArn: string): Promise<readonly TargetGroup[]> {
    try {
      const input = { LoadBalancerArn }
      const { TargetGroups = [] } = await this.#call<DescribeTargetGroupsOutput>(
        'DescribeTargetGroups',
        input,
      )
      return TargetGroups
    } catch (error) {
      // That is what the API says of a load balancer without any.
      if (isAwsCode(error, 'TargetGroupNotFound', 'TargetGroupNotFoundException')) return []
      throw error
    }
  }

  #tags({ tags }: CloudNetworkModel, serviceName: string) {
    return toList({
      ...tags,
      'kubernetes.io/service-name': serviceName,
      [`kubernetes.io/cluster/${this.#options.clusterName}`]: 'owned',
    })
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    return await this.#options.aws.call<Output>('elbv2', operation, input)
  }
}

interface ListenerWork {
  readonly port: CloudPort
  readonly listener: Listener | undefined
  readonly group: TargetGroup | undefined
  readonly wanted: Wanted
}

// Another protocol or check takes a new target group.
function isStill(group: TargetGroup, port: CloudPort, { healthCheck }: CloudNetworkModel): boolean {
  return (
    group.Protocol === port.targetProtocol &&
    group.HealthCheckProtocol === healthCheck.protocol &&
    group.HealthCheckIntervalSeconds === healthCheck.interval
  )
}
