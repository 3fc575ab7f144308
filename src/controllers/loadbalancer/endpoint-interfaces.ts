// Owns which security group stands before a target: that of its network interface.
// Source: aws-load-balancer-controller, pkg/networking/pod_eni_info_resolver.go and networking_manager.go
// (resolveEndpointSGForENI).
import { addressRange, familyOf } from '../../base/address-range.ts'
import type { TargetType } from '../../rules/load-balancer/health-check.ts'
import type { Aws } from './aws.ts'
import { TargetError, type WantedTarget } from './targets.ts'

interface Interface {
  readonly NetworkInterfaceId?: string
  readonly Groups?: readonly { readonly GroupId?: string }[]
  readonly PrivateIpAddresses?: readonly { readonly PrivateIpAddress?: string }[]
  readonly Ipv6Addresses?: readonly { readonly Ipv6Address?: string }[]
  readonly Ipv6Prefixes?: readonly { readonly Ipv6Prefix?: string }[]
}

interface Instance {
  readonly InstanceId?: string
  readonly NetworkInterfaces?: readonly Interface[]
}

export interface EndpointInterfacesOptions {
  readonly aws: Aws
  readonly clusterName: string
  readonly vpcId: string
}

/** EC2 takes at most so many values of a filter. */
const VALUES_A_CALL = 200
/** Targets that are remembered; those that came first are forgotten first. */
const MOST_KNOWN = 10_000

/** Looks each target up once: an address or an instance keeps its interface as long as it is a target. */
export class EndpointInterfaces {
  readonly #options: EndpointInterfacesOptions
  /** Security group by target, which is a pod's UID with its address, or an instance id. */
  readonly #known = new Map<string, string>()

  constructor(options: EndpointInterfacesOptions) {
    this.#options = options
  }

  /**
   * The security group before each target, by target id.
   * @throws TargetError with the controller's text when one has no interface, or it is not clear which group counts
   */
  async groupsOf(
    targets: readonly WantedTarget[],
    targetType: TargetType,
  ): Promise<ReadonlyMap<string, string>> {
    const missing = targets.filter((target) => !this.#known.has(keyOf(target)))
    const found = targetType === 'ip' ? await this.#ofPods(missing) : await this.#ofInstances(missing)
    const unknown = missing.filter(({ Id }) => !found.has(Id))
    if (unknown.length > 0) {
      const names = unknown.map(({ Id, pod }) =>
        pod ? `${pod.metadata.namespace}/${pod.metadata.name}` : Id,
      )
      throw new TargetError(`cannot resolve pod ENI for pods: [${names.join(' ')}]`)
    }
    for (const target of missing) {
      const endpoint = found.get(target.Id)
      if (endpoint) this.#known.set(keyOf(target), await this.#endpointGroup(endpoint))
    }
    const groups = new Map(targets.map((target) => [target.Id, this.#known.get(keyOf(target)) ?? '']))
    for (const key of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break
      this.#known.delete(key)
    }
    return groups
  }

  async #ofPods(targets: readonly WantedTarget[]): Promise<Map<string, Interface>> {
    const { IPv4 = [], IPv6 = [] } = Object.groupBy(targets, ({ Id }) => familyOf(Id))
    return new Map([...(await this.#ofPods4(IPv4)), ...(await this.#ofPods6(IPv6))])
  }

  // A pod of IPv6 has the address of an interface of its own, or one of a prefix of its node's.
  async #ofPods6(targets: readonly WantedTarget[]): Promise<Map<string, Interface>> {
    if (targets.length === 0) return new Map()
    const { NetworkInterfaces = [] } = await this.#call<{ NetworkInterfaces?: Interface[] }>(
      'DescribeNetworkInterfaces',
      { Filters: [{ Name: 'vpc-id', Values: [this.#options.vpcId] }] },
    )
    const placed = NetworkInterfaces.map((each) => ({
      each,
      ips: new Set(each.Ipv6Addresses?.map(({ Ipv6Address }) => Ipv6Address)),
      prefixes: (each.Ipv6Prefixes ?? []).map(({ Ipv6Prefix = '' }) => addressRange(Ipv6Prefix)),
    }))
    return new Map(
      targets.flatMap(({ Id }) => {
        const found = placed.find(
          ({ ips, prefixes }) => ips.has(Id) || prefixes.some((prefix) => prefix.indexOf(Id) !== undefined),
        )
        return found ? [[Id, found.each] as const] : []
      }),
    )
  }

  async #ofPods4(targets: readonly WantedTarget[]): Promise<Map<string, Interface>> {
    const byIp = new Map<string, Interface>()
    for (let start = 0; start < targets.length; start += VALUES_A_CALL) {
      const ips = targets.slice(start, start + VALUES_A_CALL).map(({ Id }) => Id)
      const { NetworkInterfaces = [] } = await this.#call<{ NetworkInterfaces?: Interface[] }>(
        'DescribeNetworkInterfaces',
        {
          Filters: [
            { Name: 'vpc-id', Values: [this.#options.vpcId] },
            { Name: 'addresses.private-ip-address', Values: [...new Set(ips)] },
          ],
        },
      )
      for (const each of NetworkInterfaces) {
        for (const { PrivateIpAddress = '' } of each.PrivateIpAddresses ?? [])
          byIp.set(PrivateIpAddress, each)
      }
    }
    return byIp
  }

  async #ofInstances(targets: readonly WantedTarget[]): Promise<Map<string, Interface>> {
    if (targets.length === 0) return new Map()
    const InstanceIds = [...new Set(targets.map(({ Id }) => Id))]
    const { Reservations = [] } = await this.#call<{
      Reservations?: { readonly Instances?: readonly Instance[] }[]
    }>('DescribeInstances', { InstanceIds })
    return new Map(
      Reservations.flatMap(({ Instances = [] }) => Instances).flatMap(
        ({ InstanceId = '', NetworkInterfaces: [primary] = [] }) => (primary ? [[InstanceId, primary]] : []),
      ),
    )
  }

  // Of several groups the one that is tagged for the cluster.
  async #endpointGroup({ NetworkInterfaceId, Groups = [] }: Interface): Promise<string> {
    const ids = Groups.flatMap(({ GroupId }) => GroupId ?? [])
    const [only] = ids
    if (only !== undefined && ids.length === 1) return only
    const { clusterName } = this.#options
    const tag = `kubernetes.io/cluster/${clusterName}`
    const { SecurityGroups = [] } = await this.#call<{
      SecurityGroups?: { readonly GroupId: string; readonly Tags?: readonly { readonly Key: string }[] }[]
    }>('DescribeSecurityGroups', { GroupIds: ids })
    const tagged = SecurityGroups.filter(({ Tags = [] }) => Tags.some(({ Key }) => Key === tag))
    const [group] = tagged
    if (group && tagged.length === 1) return group.GroupId
    const got = tagged.map(({ GroupId }) => GroupId).join(' ')
    throw new TargetError(
      `expected exactly one securityGroup tagged with ${tag} for eni ${NetworkInterfaceId}, got: [${got}] (clusterName: ${clusterName})`,
    )
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    return await this.#options.aws.call<Output>('ec2', operation, input)
  }
}

function keyOf({ Id, pod }: WantedTarget): string {
  return pod ? `${pod.metadata.uid}/${Id}` : Id
}
