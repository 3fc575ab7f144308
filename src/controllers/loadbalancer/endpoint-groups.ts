// Owns the rules by which the security groups of pods and nodes let the load balancers' traffic in.
// Source: aws-load-balancer-controller, pkg/networking/networking_manager.go.
import type { Clock } from '../../base/clock.ts'
import { KeyedLock } from '../../base/keyed-lock.ts'
import type { Binding } from './bindings.ts'
import type { Ec2Provider, Permission, SecurityGroup } from './ec2-provider.ts'
import type { EndpointInterfaces } from './endpoint-interfaces.ts'
import type { WantedTarget } from './targets.ts'

/** Marks the rules that are the controller's; others it leaves alone. */
const DESCRIPTION = 'elbv2.k8s.aws/targetGroupBinding=shared'
/** How long the rules are taken to be as they were left. */
const RESYNC_MS = 600_000

export interface EndpointGroupsOptions {
  readonly ec2: Ec2Provider
  readonly interfaces: EndpointInterfaces
  readonly clock: Clock
  /** Keys of the Services that have a load balancer: until all are known here, no rule is taken away. */
  serviceKeys(): readonly string[]
}

/** Ports by the security group that has to open them. */
type Ports = ReadonlyMap<string, readonly number[]>

/** One rule in each group, from the shared security group of the load balancers to all ports that any of them needs. */
export class EndpointGroups {
  readonly #options: EndpointGroupsOptions
  readonly #wanted = new Map<string, Ports>()
  readonly #lock = new KeyedLock()
  /** What was brought to EC2 last, as text, and when. */
  #applied = { text: '', atMs: 0 }

  constructor(options: EndpointGroupsOptions) {
    this.#options = options
  }

  /**
   * Opens what the targets of a Service need, and closes what nobody needs any more.
   * @throws TargetError when the group of a target is not clear; AwsError
   */
  async set(
    serviceKey: string,
    filled: readonly { readonly binding: Binding; readonly targets: readonly WantedTarget[] }[],
  ): Promise<void> {
    const ports = new Map<string, number[]>()
    for (const { binding, targets } of filled) {
      const { model, backend } = binding
      if (backend === undefined || targets.length === 0) continue
      const groups = await this.#options.interfaces.groupsOf(targets, model.targetType)
      const { HealthCheckPort } = model.healthCheck
      const checked = HealthCheckPort === 'traffic-port' ? [] : [Number(HealthCheckPort)]
      for (const { Id, Port } of targets) {
        const groupId = groups.get(Id) ?? ''
        ports.set(groupId, [...(ports.get(groupId) ?? []), Port, ...checked])
      }
    }
    // Its load balancer may have been removed meanwhile.
    if (!this.#options.serviceKeys().includes(serviceKey)) return
    this.#wanted.set(serviceKey, ports)
    await this.#lock.run('', () => this.#apply())
  }

  /** The Service has no load balancer any more. */
  async delete(serviceKey: string): Promise<void> {
    this.#wanted.delete(serviceKey)
    await this.#lock.run('', () => this.#apply())
  }

  async #apply(): Promise<void> {
    const { ec2, clock } = this.#options
    const wanted = this.#ranges()
    const isComplete = this.#options.serviceKeys().every((key) => this.#wanted.has(key))
    const text = [...wanted]
      .map((entry) => JSON.stringify(entry))
      .toSorted()
      .concat(String(isComplete))
      .join()
    if (text === this.#applied.text && clock.now() - this.#applied.atMs < RESYNC_MS) return
    const backend = await ec2.findBackendGroup()
    if (backend === undefined) return
    for (const group of await ec2.groupsOpenTo(backend, [...wanted.keys()])) {
      await ec2.ensureIngress(group.GroupId, {
        current: ownRules(group, backend),
        wanted: (wanted.get(group.GroupId) ?? []).map((range) => rule(range, backend)),
        isKeeping: !isComplete,
      })
    }
    this.#applied = { text, atMs: clock.now() }
  }

  /** From the lowest to the highest port that any Service needs, by security group: at most one range. */
  #ranges(): Map<string, readonly (readonly [from: number, to: number])[]> {
    const all = new Map<string, number[]>()
    for (const ports of this.#wanted.values()) {
      for (const [groupId, each] of ports) all.set(groupId, [...(all.get(groupId) ?? []), ...each])
    }
    return new Map([...all].map(([groupId, ports]) => [groupId, [[Math.min(...ports), Math.max(...ports)]]]))
  }
}

function rule([FromPort, ToPort]: readonly [number, number], GroupId: string): Permission {
  return { IpProtocol: 'tcp', FromPort, ToPort, UserIdGroupPairs: [{ GroupId, Description: DESCRIPTION }] }
}

function ownRules({ IpPermissions = [] }: SecurityGroup, backend: string): Permission[] {
  return IpPermissions.flatMap(({ IpProtocol, FromPort, ToPort, UserIdGroupPairs = [] }) => {
    const pairs = UserIdGroupPairs.filter(
      ({ GroupId, Description }) => GroupId === backend && Description === DESCRIPTION,
    )
    if (pairs.length === 0 || FromPort === undefined || ToPort === undefined) return []
    return [{ IpProtocol, FromPort, ToPort, UserIdGroupPairs: pairs }]
  })
}
