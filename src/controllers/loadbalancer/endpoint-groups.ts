// Owns the rules by which the security groups of pods and nodes let the load balancers' traffic in.
// Source: aws-load-balancer-controller, pkg/networking/networking_manager.go.
import type { Clock } from '../../base/clock.ts'
import { KeyedLock } from '../../base/keyed-lock.ts'
import type { Edition } from '../../rules/load-balancer/edition.ts'
import type { NetworkingRule } from '../../rules/load-balancer/target-group-binding.ts'
import type { Binding } from './bindings.ts'
import { rangeOf, type Ec2Provider, type Permission, type SecurityGroup } from './ec2-provider.ts'
import type { EndpointInterfaces } from './endpoint-interfaces.ts'
import type { WantedTarget } from './targets.ts'

/** How long the rules are taken to be as they were left. */
const RESYNC_MS = 600_000

export interface EndpointGroupsOptions {
  readonly ec2: Ec2Provider
  readonly interfaces: EndpointInterfaces
  readonly clock: Clock
  readonly edition: Edition
  /** Keys of the Services that have a load balancer: until all are known here, no rule is taken away. */
  serviceKeys(): readonly string[]
}

/** Rules by the security group that has to have them. */
type Rules = ReadonlyMap<string, readonly Permission[]>

type Filled = readonly { readonly binding: Binding; readonly targets: readonly WantedTarget[] }[]

/**
 * The rules in each group: those whose source is a group are one for each source and protocol, to all ports that any
 * binding needs; those of addresses stand by themselves.
 */
export class EndpointGroups {
  readonly #options: EndpointGroupsOptions
  /** Marks the rules that are the controller's; others it leaves alone. */
  readonly #description: string
  readonly #wanted = new Map<string, Rules>()
  readonly #lock = new KeyedLock()
  /** What was brought to EC2 last, as text, and when. */
  #applied = { text: '', atMs: 0 }

  constructor(options: EndpointGroupsOptions) {
    this.#options = options
    this.#description = `${options.edition.shared}/targetGroupBinding=shared`
  }

  /**
   * Opens what the targets of a Service need, and closes what nobody needs any more.
   * @throws TargetError when the group of a target is not clear; AwsError
   */
  async set(serviceKey: string, filled: Filled): Promise<void> {
    const rules = new Map<string, Permission[]>()
    for (const { binding, targets } of filled) {
      if (!binding.networking || targets.length === 0) continue
      const groups = await this.#options.interfaces.groupsOf(targets, binding.model.targetType)
      for (const [groupId, members] of Map.groupBy(targets, ({ Id }) => groups.get(Id) ?? '')) {
        const ports = members.map(({ Port }) => Port)
        const more = binding.networking.flatMap((rule) => permissionsOf(rule, ports, this.#description))
        rules.set(groupId, [...(rules.get(groupId) ?? []), ...more])
      }
    }
    // Its load balancer may have been removed meanwhile.
    if (!this.#options.serviceKeys().includes(serviceKey)) return
    this.#wanted.set(serviceKey, rules)
    await this.#lock.run('', () => this.#apply())
  }

  /** The Service has no load balancer any more. */
  async delete(serviceKey: string): Promise<void> {
    this.#wanted.delete(serviceKey)
    await this.#lock.run('', () => this.#apply())
  }

  async #apply(): Promise<void> {
    const { ec2, clock } = this.#options
    const wanted = this.#merged()
    const isComplete = this.#options.serviceKeys().every((key) => this.#wanted.has(key))
    const text = [...wanted]
      .map((entry) => JSON.stringify(entry))
      .toSorted()
      .concat(String(isComplete))
      .join()
    if (text === this.#applied.text && clock.now() - this.#applied.atMs < RESYNC_MS) return
    for (const group of await ec2.groupsDescribed(this.#description, [...wanted.keys()])) {
      await ec2.ensureIngress(group.GroupId, {
        current: ownRules(group, this.#description),
        wanted: wanted.get(group.GroupId) ?? [],
        isKeeping: !isComplete,
      })
    }
    this.#applied = { text, atMs: clock.now() }
  }

  #merged(): Map<string, readonly Permission[]> {
    const all = new Map<string, Permission[]>()
    for (const rules of this.#wanted.values()) {
      for (const [groupId, each] of rules) all.set(groupId, [...(all.get(groupId) ?? []), ...each])
    }
    return new Map([...all].map(([groupId, rules]) => [groupId, merge(rules)]))
  }
}

const ALL_PORTS = [0, 65_535] as const

/** One permission for each source and port; a name of a port stands for the ports that the targets have. */
function permissionsOf(
  { from, ports }: NetworkingRule,
  targetPorts: readonly number[],
  description: string,
): Permission[] {
  const ranges = ports.flatMap(({ protocol = 'TCP', port }) => {
    const IpProtocol = protocol.toLowerCase()
    if (port === undefined) return [{ IpProtocol, FromPort: ALL_PORTS[0], ToPort: ALL_PORTS[1] }]
    const numbers = typeof port === 'number' ? [port] : [...new Set(targetPorts)]
    return numbers.map((number) => ({ IpProtocol, FromPort: number, ToPort: number }))
  })
  return from.flatMap(({ securityGroup, ipBlock }) =>
    ranges.map((range) => ({
      ...range,
      ...(securityGroup
        ? { UserIdGroupPairs: [{ GroupId: securityGroup.groupID, Description: description }] }
        : rangeOf(ipBlock?.cidr ?? '', description)),
    })),
  )
}

function merge(rules: readonly Permission[]): Permission[] {
  const sourceOf = ({
    IpProtocol,
    FromPort,
    ToPort,
    UserIdGroupPairs,
    IpRanges,
    Ipv6Ranges,
  }: Permission): string =>
    JSON.stringify(
      UserIdGroupPairs
        ? [IpProtocol, UserIdGroupPairs[0]?.GroupId]
        : [IpProtocol, FromPort, ToPort, IpRanges?.[0]?.CidrIp ?? Ipv6Ranges?.[0]?.CidrIpv6],
    )
  return [...Map.groupBy(rules, sourceOf).values()].flatMap(([first, ...more]) => {
    if (!first) return []
    const all = [first, ...more]
    const FromPort = Math.min(...all.map((rule) => rule.FromPort ?? ALL_PORTS[0]))
    const ToPort = Math.max(...all.map((rule) => rule.ToPort ?? ALL_PORTS[1]))
    return [{ ...first, FromPort, ToPort }]
  })
}

function ownRules({ IpPermissions = [] }: SecurityGroup, description: string): Permission[] {
  const isOwn = ({ Description }: { readonly Description?: string }): boolean => Description === description
  return IpPermissions.flatMap(
    ({ IpProtocol, FromPort = 0, ToPort = 0, UserIdGroupPairs = [], IpRanges = [], Ipv6Ranges = [] }) => [
      ...UserIdGroupPairs.filter(isOwn).map((pair) => ({
        IpProtocol,
        FromPort,
        ToPort,
        UserIdGroupPairs: [pair],
      })),
      ...IpRanges.filter(isOwn).map((range) => ({ IpProtocol, FromPort, ToPort, IpRanges: [range] })),
      ...Ipv6Ranges.filter(isOwn).map((range) => ({ IpProtocol, FromPort, ToPort, Ipv6Ranges: [range] })),
    ],
  )
}
