// Owns the two forms of security group rules: IpPermissions with many sources each, and records with one.
import type { IpPermission } from '@aws-sdk/client-ec2'

import { invalidParameterValue } from './errors.ts'
import type { RuleRecord } from './state.ts'

/** A rule that is not yet in a group. */
export type RuleDraft = Omit<RuleRecord, 'id' | 'tags'>

const PROTOCOL_NUMBERS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
}

/** One draft for each source of each permission. @throws AwsError InvalidParameterValue. */
export function draftsOf(
  permissions: readonly IpPermission[],
  place: { readonly groupId: string; readonly egress: boolean },
): RuleDraft[] {
  return permissions.flatMap((permission) => {
    const base = { ...place, ...portsOf(permission) }
    const described = (text: string | undefined): object => (text === undefined ? {} : { description: text })
    return [
      ...(permission.IpRanges ?? []).map((range) => ({
        ...base,
        ...described(range.Description),
        cidr: range.CidrIp ?? '',
      })),
      ...(permission.Ipv6Ranges ?? []).map((range) => ({
        ...base,
        ...described(range.Description),
        cidr6: range.CidrIpv6 ?? '',
      })),
      ...(permission.PrefixListIds ?? []).map((list) => ({
        ...base,
        ...described(list.Description),
        prefixListId: list.PrefixListId ?? '',
      })),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
        ...base,
        ...described(pair.Description),
        sourceGroupId: pair.GroupId ?? '',
      })),
    ]
  })
}

function portsOf({
  IpProtocol,
  FromPort,
  ToPort,
}: IpPermission): Pick<RuleDraft, 'protocol' | 'fromPort' | 'toPort'> {
  const protocol = PROTOCOL_NUMBERS[IpProtocol ?? ''] ?? (IpProtocol === 'all' ? '-1' : (IpProtocol ?? '-1'))
  // "-1" means all ports, whatever ports are named (API_IpPermission).
  if (protocol === '-1') return { protocol }
  if (FromPort === undefined || ToPort === undefined) {
    throw invalidParameterValue(
      'Invalid value for portRange. Must specify both from and to ports with TCP/UDP.',
    )
  }
  return { protocol, fromPort: FromPort, toPort: ToPort }
}

/** Equality as EC2 sees it: protocol, ports and source; never the description. */
export function isSameRule(a: RuleDraft, b: RuleDraft): boolean {
  return (
    a.egress === b.egress &&
    portsKey(a) === portsKey(b) &&
    a.cidr === b.cidr &&
    a.cidr6 === b.cidr6 &&
    a.prefixListId === b.prefixListId &&
    a.sourceGroupId === b.sourceGroupId
  )
}

function portsKey({ protocol, fromPort, toPort }: RuleDraft): string {
  return `${protocol}:${fromPort}:${toPort}`
}

/** How messages name a rule. */
export function describeRule(rule: RuleDraft): string {
  const source = rule.cidr ?? rule.cidr6 ?? rule.prefixListId ?? rule.sourceGroupId ?? ''
  if (rule.protocol === '-1') return `peer: ${source}, ALL, ALLOW`
  const ports = `from port: ${rule.fromPort}, to port: ${rule.toPort}`
  return `peer: ${source}, ${rule.protocol.toUpperCase()}, ${ports}, ALLOW`
}

/** Rules gathered by protocol and ports, as DescribeSecurityGroups shows them. */
export function permissionsOf(rules: readonly RuleRecord[], accountId: string): IpPermission[] {
  const gathered = Map.groupBy(rules, portsKey)
  return [...gathered.values()].map((group) => ({
    IpProtocol: group[0]?.protocol,
    FromPort: group[0]?.fromPort,
    ToPort: group[0]?.toPort,
    IpRanges: group.flatMap(({ cidr, description }) =>
      cidr === undefined ? [] : [{ CidrIp: cidr, Description: description }],
    ),
    Ipv6Ranges: group.flatMap(({ cidr6, description }) =>
      cidr6 === undefined ? [] : [{ CidrIpv6: cidr6, Description: description }],
    ),
    PrefixListIds: group.flatMap(({ prefixListId, description }) =>
      prefixListId === undefined ? [] : [{ PrefixListId: prefixListId, Description: description }],
    ),
    UserIdGroupPairs: group.flatMap(({ sourceGroupId, description }) =>
      sourceGroupId === undefined
        ? []
        : [{ GroupId: sourceGroupId, UserId: accountId, Description: description }],
    ),
  }))
}
