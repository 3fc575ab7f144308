// Owns the rules by which the security groups of nodes let in clients and checks of the cloud controller's Network Load
// Balancers, which have no security groups themselves.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws_loadbalancer.go (updateInstanceSecurityGroupsForNLB,
// updateInstanceSecurityGroupForNLBTraffic, updateInstanceSecurityGroupForNLBMTU).
import type { DescribeSecurityGroupsResult, IpPermission, SecurityGroup } from '@aws-sdk/client-ec2'

import type { CloudNetworkModel } from '../../rules/load-balancer/cloud-network.ts'
import type { CloudOptions } from './cloud.ts'
import type { CloudSecurityGroups } from './cloud-security-groups.ts'

const HEALTH = 'kubernetes.io/rule/nlb/health'
const CLIENT = 'kubernetes.io/rule/nlb/client'
const MTU = 'kubernetes.io/rule/nlb/mtu'
const EVERYBODY = '0.0.0.0/0'

/** One address block at one port. */
interface NodeRule {
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly cidr: string
  readonly description: string
}

/** The rules of nodes for the load balancers of one cluster. */
export class NodeRules {
  readonly #options: CloudOptions
  readonly #groups: CloudSecurityGroups

  constructor(options: CloudOptions, groups: CloudSecurityGroups) {
    this.#options = options
    this.#groups = groups
  }

  /**
   * Brings the groups of instances to what a load balancer takes, and takes its rules away from the cluster's other ones.
   * @param subnetCidrs where its nodes are: whence checks come
   * @throws AwsError, BuildError
   */
  async set(
    model: CloudNetworkModel,
    {
      instanceIds,
      subnetCidrs,
    }: { readonly instanceIds: readonly string[]; readonly subnetCidrs: readonly string[] },
  ): Promise<void> {
    await this.#sync(model.name, await this.#groups.groupsOf(instanceIds), rulesOf(model, subnetCidrs))
  }

  /** Takes all rules of a load balancer away. @throws AwsError */
  async remove(name: string): Promise<void> {
    await this.#sync(name, [], [])
  }

  async #sync(name: string, wanted: readonly string[], rules: readonly NodeRule[]): Promise<void> {
    const tagged = await this.#groups.tagged()
    const missing = wanted.filter((id) => !tagged.some(({ GroupId }) => GroupId === id))
    for (const group of [...tagged, ...(await this.#named(missing))]) {
      const GroupId = group.GroupId ?? ''
      await this.#bring(GroupId, rulesIn(group), {
        isOurs: ({ description }) => [`${CLIENT}=${name}`, `${HEALTH}=${name}`].includes(description),
        rules: wanted.includes(GroupId) ? rules : [],
      })
      const [after] = await this.#named([GroupId])
      const there = after ? rulesIn(after) : []
      const clients = new Set(
        there.filter(({ description }) => description.includes(CLIENT)).map(({ cidr }) => cidr),
      )
      await this.#bring(GroupId, there, {
        isOurs: ({ description }) => description === MTU,
        rules: [...clients].map((cidr) => ({ protocol: 'icmp', from: 3, to: 4, cidr, description: MTU })),
      })
    }
  }

  async #bring(
    GroupId: string,
    there: readonly NodeRule[],
    wanted: { readonly isOurs: (rule: NodeRule) => boolean; readonly rules: readonly NodeRule[] },
  ): Promise<void> {
    const ours = there.filter(wanted.isOurs)
    const isSame = (a: NodeRule, b: NodeRule): boolean => placeOf(a) === placeOf(b)
    const gone = ours.filter((rule) => !wanted.rules.some((other) => isSame(rule, other)))
    // What another rule lets in already is no rule of its own: EC2 has each place once.
    const missing = wanted.rules.filter((rule) => !there.some((other) => isSame(rule, other)))
    const { aws } = this.#options
    if (gone.length > 0) {
      await aws.call('ec2', 'RevokeSecurityGroupIngress', { GroupId, IpPermissions: gone.map(permissionOf) })
    }
    if (missing.length > 0) {
      const IpPermissions = missing.map(permissionOf)
      await aws.call('ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions })
    }
  }

  async #named(GroupIds: readonly string[]): Promise<readonly SecurityGroup[]> {
    if (GroupIds.length === 0) return []
    const answer = await this.#options.aws.call<DescribeSecurityGroupsResult>(
      'ec2',
      'DescribeSecurityGroups',
      {
        GroupIds,
      },
    )
    return answer.SecurityGroups ?? []
  }
}

function rulesOf(
  { name, ports, healthCheck, sourceRanges }: CloudNetworkModel,
  subnetCidrs: readonly string[],
): NodeRule[] {
  const clientPorts = [...new Set(ports.map(({ nodePort }) => nodePort))]
  const checked = healthCheck.port === 'traffic-port' ? clientPorts : [Number(healthCheck.port)]
  const protocol = ports.some(({ targetProtocol }) => targetProtocol === 'UDP') ? 'udp' : 'tcp'
  // Checks come by the rules of clients where these let everybody in at the same ports.
  const isCovered =
    sourceRanges.length === 1 &&
    sourceRanges[0] === EVERYBODY &&
    protocol === 'tcp' &&
    checked.length === clientPorts.length &&
    checked.every((port) => clientPorts.includes(port))
  const rules = (kind: string, over: string, at: readonly number[], cidrs: readonly string[]): NodeRule[] =>
    at.flatMap((port) =>
      cidrs.map((cidr) => ({
        protocol: over,
        from: port,
        to: port,
        cidr,
        description: `${kind}=${name}`,
      })),
    )
  return [
    ...(isCovered ? [] : rules(HEALTH, 'tcp', checked, subnetCidrs)),
    ...rules(CLIENT, protocol, clientPorts, sourceRanges),
  ]
}

function placeOf({ protocol, from, to, cidr }: NodeRule): string {
  return `${protocol} ${from} ${to} ${cidr}`
}

function rulesIn({ IpPermissions = [] }: SecurityGroup): NodeRule[] {
  return IpPermissions.flatMap(({ IpProtocol = '', FromPort = 0, ToPort = 0, IpRanges = [] }) =>
    IpRanges.map(({ CidrIp = '', Description = '' }) => ({
      protocol: IpProtocol,
      from: FromPort,
      to: ToPort,
      cidr: CidrIp,
      description: Description,
    })),
  )
}

function permissionOf({ protocol, from, to, cidr, description }: NodeRule): IpPermission {
  return {
    IpProtocol: protocol,
    FromPort: from,
    ToPort: to,
    IpRanges: [{ CidrIp: cidr, Description: description }],
  }
}
