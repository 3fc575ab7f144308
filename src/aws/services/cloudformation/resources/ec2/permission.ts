// Owns writing a security group rule of a template as EC2's permission.
import type { TemplateObject } from '../../template/template.ts'
import { textAt } from '../members.ts'
import { notEmulated } from '../plan-change.ts'

/** Whether a rule lets traffic in or out. */
export type Direction = 'Ingress' | 'Egress'

const MEMBERS = [
  'CidrIp',
  'CidrIpv6',
  'Description',
  'DestinationPrefixListId',
  'DestinationSecurityGroupId',
  'FromPort',
  'GroupId',
  'IpProtocol',
  'SourcePrefixListId',
  'SourceSecurityGroupId',
  'ToPort',
]

/** What a rule names on its other side, whichever way it goes. */
export function otherSideOf(
  rule: TemplateObject,
  what: 'SecurityGroupId' | 'PrefixListId',
): string | undefined {
  return textAt(rule, `Source${what}`) ?? textAt(rule, `Destination${what}`)
}

/** A rule as EC2 takes it. @throws AwsError for sources that are not emulated */
export function permissionOf(rule: TemplateObject): object {
  const other = Object.keys(rule).find((name) => !MEMBERS.includes(name))
  if (other !== undefined) throw notEmulated(`The property ${other} of a security group rule`)
  const text = textAt(rule, 'Description')
  const description = text === undefined ? {} : { Description: text }
  const GroupId = otherSideOf(rule, 'SecurityGroupId')
  const [CidrIp, CidrIpv6] = [textAt(rule, 'CidrIp'), textAt(rule, 'CidrIpv6')]
  const PrefixListId = otherSideOf(rule, 'PrefixListId')
  const IpProtocol = textAt(rule, 'IpProtocol') ?? '-1'
  const ports = { FromPort: rule['FromPort'] ?? -1, ToPort: rule['ToPort'] ?? -1 }
  return {
    IpProtocol,
    // With all protocols EC2 knows no ports, whatever is said.
    ...(IpProtocol === '-1' ? {} : ports),
    ...(GroupId === undefined ? {} : { UserIdGroupPairs: [{ GroupId, ...description }] }),
    ...(PrefixListId === undefined ? {} : { PrefixListIds: [{ PrefixListId, ...description }] }),
    ...(CidrIp === undefined ? {} : { IpRanges: [{ CidrIp, ...description }] }),
    ...(CidrIpv6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6, ...description }] }),
  }
}
