// Owns the security groups that a Service's load balancer gets, and the rules of the one that is made for it.
// Source: aws-load-balancer-controller, pkg/service/model_build_managed_sg.go and model_build_load_balancer.go.
import type { Service } from '../../../generated/kubernetes.d.ts'
import {
  annotation,
  annotationError,
  booleanAnnotation,
  BuildError,
  listAnnotation,
  SOURCE_RANGES,
  splitList,
} from './annotations.ts'
import { everybody, type IpAddressType } from './ip-address-type.ts'
import { securityGroupName } from './names.ts'
import type { Tags } from './target-group.ts'

/** One inbound rule: protocol and ports from one source. */
export interface IngressRule {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6'
  /** For ICMP the type. */
  readonly fromPort: number
  /** For ICMP the code. */
  readonly toPort: number
  readonly source: { readonly cidr: string } | { readonly prefixListId: string }
}

export type SecurityGroupsModel =
  /** Every client may connect, for ever: a load balancer made without groups can be given none. */
  | {
      readonly kind: 'none'
      /** Who may connect, where targets see the addresses of clients; empty: everybody, within the VPC if internal. */
      readonly sourceRanges: readonly string[]
      /** Whether targets are made to let it in. */
      readonly isBackendManaged: boolean
    }
  /** Ids or names; `isBackendManaged` adds the cluster's shared group, which targets let in. */
  | { readonly kind: 'given'; readonly groups: readonly string[]; readonly isBackendManaged: boolean }
  /** One of its own, and the cluster's shared one. */
  | {
      readonly kind: 'managed'
      readonly name: string
      readonly tags: Tags
      readonly rules: readonly IngressRule[]
    }

const MANAGE_BACKEND = 'manage-backend-security-group-rules'

/** @throws BuildError with the controller's text */
export function securityGroupsOf(
  service: Service,
  options: {
    readonly cluster: string
    readonly ipAddressType: IpAddressType
    /** Tags of a group that is made. */
    readonly tags: Tags
    readonly existing?: { readonly hasSecurityGroups: boolean }
  },
): SecurityGroupsModel {
  const { cluster, ipAddressType, tags, existing } = options
  const isDisabled = booleanAnnotation(service, 'disable-nlb-sg') ?? false
  const isBackendManaged = booleanAnnotation(service, MANAGE_BACKEND) ?? false
  if (existing && !existing.hasSecurityGroups) return none(service, ipAddressType)
  if (isDisabled && existing)
    throw annotationError('disable-nlb-sg', 'conflicting security groups configuration')
  if (isDisabled) return none(service, ipAddressType)
  const groups = listAnnotation(service, 'security-groups') ?? []
  if (groups.length > 0) return { kind: 'given', groups, isBackendManaged }
  const { namespace = '', name, uid } = service.metadata
  return {
    kind: 'managed',
    name: securityGroupName(cluster, { namespace, name, uid }),
    tags,
    rules: rulesOf(service, ipAddressType),
  }
}

function none(service: Service, type: IpAddressType): SecurityGroupsModel {
  // Here the rules are the controller's unless the annotation says otherwise.
  const isBackendManaged = booleanAnnotation(service, MANAGE_BACKEND) ?? true
  return { kind: 'none', sourceRanges: sourceRanges(service, type), isBackendManaged }
}

// "Fragmentation needed" (RFC 1191) and "packet too big" (RFC 8201), which path MTU discovery lives on.
const PATH_MTU = { protocol: 'icmp', fromPort: 3, toPort: 4 } as const
const PATH_MTU6 = { protocol: 'icmpv6', fromPort: 2, toPort: 0 } as const

function rulesOf(service: Service, type: IpAddressType): IngressRule[] {
  const prefixLists = listAnnotation(service, 'security-group-prefix-lists')
  const withIcmp = annotation(service, 'enable-icmp-for-path-mtu-discovery') === 'on'
  const ranges = sourceRanges(service, type)
  // Prefix lists take the place of everybody, not of ranges.
  const cidrs = ranges.length > 0 || prefixLists ? ranges : everybody(type)
  const rules = (service.spec.ports ?? []).flatMap(({ port, protocol: spoken }): IngressRule[] => {
    const protocol = spoken === 'UDP' ? 'udp' : 'tcp'
    const traffic = { protocol, fromPort: port, toPort: port } as const
    return [
      ...cidrs.flatMap((cidr) => [
        { ...traffic, source: { cidr } },
        ...(withIcmp ? [{ ...(cidr.includes(':') ? PATH_MTU6 : PATH_MTU), source: { cidr } }] : []),
      ]),
      ...(prefixLists ?? []).map((prefixListId) => ({ ...traffic, source: { prefixListId } })),
    ]
  })
  // The ICMP rule is the same for every port, and EC2 refuses a rule twice.
  const byText = new Map(rules.map((rule) => [JSON.stringify(rule), rule]))
  return [...byText.values()]
}

/** Who may connect; the annotation counts only when the Service itself says nothing. Empty: nobody said anything. */
function sourceRanges({ metadata, spec }: Service, type: IpAddressType): readonly string[] {
  const own = spec.loadBalancerSourceRanges ?? []
  const isOwn = own.length > 0
  const ranges = isOwn ? own : splitList(metadata.annotations?.[SOURCE_RANGES] ?? '')
  const v6 = type === 'dualstack' ? undefined : ranges.find((range) => range.includes(':'))
  if (v6 === undefined) return ranges
  throw new BuildError(`unsupported v6 cidr ${v6} when lb is not dualstack`, {
    path: isOwn ? ['spec', 'loadBalancerSourceRanges'] : ['metadata', 'annotations', SOURCE_RANGES],
  })
}
