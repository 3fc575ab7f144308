// Owns what the controller's own kinds say of a Gateway: LoadBalancerConfiguration, TargetGroupConfiguration and
// ListenerRuleConfiguration, and how two of them are merged.
// Source: aws-load-balancer-controller v3.5.0, apis/gateway/v1, pkg/gateway/lb_config_merger.go, tg_config_constructor.go.
import type { LabelSelector, ObjectMeta } from '../../../../generated/kubernetes.d.ts'
import { BuildError } from '../annotations.ts'

export const CONFIGURATION_GROUP = 'gateway.k8s.aws'

interface Pair {
  readonly key: string
  readonly value: string
}

export interface ListenerConfiguration {
  /** `HTTPS:443` */
  readonly protocolPort: string
  readonly defaultCertificate?: string
  readonly certificates?: readonly string[]
  readonly sslPolicy?: string
  readonly alpnPolicy?: string
  readonly targetGroupStickiness?: boolean
  readonly mutualAuthentication?: {
    readonly mode: 'off' | 'passthrough' | 'verify'
    readonly trustStore?: string
    readonly ignoreClientCertificateExpiry?: boolean
    readonly advertiseTrustStoreCaNames?: 'on' | 'off'
  }
  readonly listenerAttributes?: readonly Pair[]
  readonly quicEnabled?: boolean
}

export interface SubnetConfiguration {
  readonly identifier?: string
  readonly eipAllocation?: string
  readonly privateIPv4Allocation?: string
  readonly ipv6Allocation?: string
  readonly sourceNatIPv6Prefix?: string
}

export interface LoadBalancerConfigurationSpec {
  readonly mergingMode?: 'prefer-gateway' | 'prefer-gateway-class'
  readonly loadBalancerName?: string
  readonly scheme?: string
  readonly ipAddressType?: string
  readonly enforceSecurityGroupInboundRulesOnPrivateLinkTraffic?: string
  readonly customerOwnedIpv4Pool?: string
  readonly ipv4IPAMPoolId?: string
  readonly loadBalancerSubnets?: readonly SubnetConfiguration[]
  readonly loadBalancerSubnetsSelector?: Readonly<Record<string, readonly string[]>>
  readonly listenerConfigurations?: readonly ListenerConfiguration[]
  readonly disableSecurityGroup?: boolean
  readonly securityGroups?: readonly string[]
  readonly securityGroupPrefixes?: readonly string[]
  readonly sourceRanges?: readonly string[]
  readonly loadBalancerAttributes?: readonly Pair[]
  readonly tags?: Readonly<Record<string, string>>
  readonly enableICMP?: boolean
  readonly manageBackendSecurityGroupRules?: boolean
  readonly minimumLoadBalancerCapacity?: object
  readonly wafV2?: { readonly webACL: string }
  readonly shieldConfiguration?: { readonly enabled?: boolean }
  readonly defaultTargetGroupConfiguration?: { readonly name: string }
}

export interface TargetGroupProps {
  readonly targetGroupName?: string
  readonly ipAddressType?: string
  readonly healthCheckConfig?: {
    readonly healthyThresholdCount?: number
    readonly healthCheckInterval?: number
    readonly healthCheckPath?: string
    readonly healthCheckPort?: string
    readonly healthCheckProtocol?: 'HTTP' | 'HTTPS' | 'TCP'
    readonly healthCheckTimeout?: number
    readonly unhealthyThresholdCount?: number
    readonly matcher?: { readonly httpCode?: string; readonly grpcCode?: string }
  }
  readonly nodeSelector?: LabelSelector
  readonly targetGroupAttributes?: readonly Pair[]
  readonly targetType?: 'instance' | 'ip'
  readonly protocol?: string
  readonly protocolVersion?: 'HTTP1' | 'HTTP2' | 'GRPC'
  readonly targetControlPort?: number
  readonly enableMultiCluster?: boolean
  readonly tags?: Readonly<Record<string, string>>
}

export interface TargetGroupConfigurationSpec {
  readonly targetReference?: { readonly group?: string; readonly kind?: string; readonly name: string }
  readonly defaultConfiguration?: TargetGroupProps
  readonly routeConfigurations?: readonly {
    readonly routeIdentifier: { readonly kind?: string; readonly namespace?: string; readonly name?: string }
    readonly targetGroupProps: TargetGroupProps
  }[]
}

export interface RuleAction {
  readonly type: string
  readonly forwardConfig?: {
    readonly targetGroupStickinessConfig?: { readonly enabled?: boolean; readonly durationSeconds?: number }
  }
  readonly redirectConfig?: { readonly query?: string }
  readonly fixedResponseConfig?: {
    readonly statusCode: number
    readonly contentType?: string
    readonly messageBody?: string
  }
}

export interface ListenerRuleConfigurationSpec {
  readonly actions?: readonly RuleAction[]
  readonly conditions?: readonly {
    readonly field: string
    readonly sourceIPConfig?: { readonly values: readonly string[] }
    readonly matchIndexes?: readonly number[]
  }[]
  readonly tags?: Readonly<Record<string, string>>
}

interface Configuration<Spec> {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: Spec
}

export type LoadBalancerConfiguration = Configuration<LoadBalancerConfigurationSpec>
export type TargetGroupConfiguration = Configuration<TargetGroupConfigurationSpec>
export interface ListenerRuleConfiguration extends Configuration<ListenerRuleConfigurationSpec> {
  readonly status?: {
    readonly accepted?: boolean
    readonly message?: string
    readonly observedGeneration?: number
  }
}

/** A list of pairs as a map. */
export function toMap(pairs: readonly Pair[] = []): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]))
}

function mergedPairs(high: readonly Pair[] = [], low: readonly Pair[] = []): Pair[] {
  const all = Object.entries({ ...toMap(low), ...toMap(high) })
  return all.map(([key, value]) => ({ key, value })).toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** What a Gateway and its class say together: the class wins unless its `mergingMode` says otherwise. */
export function mergedLoadBalancer(
  ofClass: LoadBalancerConfigurationSpec | undefined,
  ofGateway: LoadBalancerConfigurationSpec | undefined,
): LoadBalancerConfigurationSpec {
  if (!ofClass || !ofGateway) return ofClass ?? ofGateway ?? {}
  const [high, low] = prefersGateway(ofClass) ? [ofGateway, ofClass] : [ofClass, ofGateway]
  // The controller leaves these out of what it merges.
  const { mergingMode: _mode, minimumLoadBalancerCapacity: _capacity, ...fields } = { ...low, ...high }
  const listeners = [...(high.listenerConfigurations ?? []), ...(low.listenerConfigurations ?? [])]
  const byPort = new Map(listeners.toReversed().map((each) => [each.protocolPort, each]))
  return {
    ...fields,
    tags: { ...low.tags, ...high.tags },
    loadBalancerAttributes: mergedPairs(high.loadBalancerAttributes, low.loadBalancerAttributes),
    ...(byPort.size > 0 && {
      listenerConfigurations: [...byPort.values()].toSorted((a, b) =>
        a.protocolPort < b.protocolPort ? -1 : 1,
      ),
    }),
  }
}

/** Whether what the Gateway says wins over its class. */
export function prefersGateway(ofClass: LoadBalancerConfigurationSpec | undefined): boolean {
  return ofClass?.mergingMode === 'prefer-gateway'
}

/** Properties of which those of `high` win; a health check is taken whole. */
export function mergedProps(high: TargetGroupProps | undefined, low: TargetGroupProps): TargetGroupProps
export function mergedProps(
  high: TargetGroupProps | undefined,
  low: TargetGroupProps | undefined,
): TargetGroupProps | undefined
export function mergedProps(
  high: TargetGroupProps | undefined,
  low: TargetGroupProps | undefined,
): TargetGroupProps | undefined {
  if (!high || !low) return high ?? low
  return {
    ...low,
    ...high,
    tags: { ...low.tags, ...high.tags },
    targetGroupAttributes: mergedPairs(high.targetGroupAttributes, low.targetGroupAttributes),
  }
}

/** What a TargetGroupConfiguration says of backends of one route: the narrowest that fits, over the default. */
export function propsForRoute(
  { defaultConfiguration = {}, routeConfigurations = [] }: TargetGroupConfigurationSpec,
  route: { readonly kind: string; readonly namespace: string; readonly name: string },
): TargetGroupProps {
  const rank = ({
    kind,
    namespace = '',
    name = '',
  }: {
    kind?: string
    namespace?: string
    name?: string
  }) => {
    if (kind !== route.kind) return 0
    if (namespace === route.namespace && name === route.name) return 3
    if (name !== '') return 0
    if (namespace === route.namespace) return 2
    return namespace === '' ? 1 : 0
  }
  const ranked = routeConfigurations.map(({ routeIdentifier, targetGroupProps }) => ({
    rank: rank(routeIdentifier),
    targetGroupProps,
  }))
  const best = Math.max(0, ...ranked.map((each) => each.rank))
  const found = best > 0 ? ranked.find((each) => each.rank === best) : undefined
  return mergedProps(found?.targetGroupProps, defaultConfiguration)
}

/** A field that AWS would act on, and Neargate does not. */
export function notEmulated(kind: string, field: string): BuildError {
  return new BuildError(`${field} of a ${kind} is not emulated by Neargate`, { isNotEmulated: true })
}

/** The fields of a LoadBalancerConfiguration that are not emulated. */
export function refusedFields(spec: LoadBalancerConfigurationSpec): string[] {
  const asked: Readonly<Record<string, boolean>> = {
    'ipAddressType=dualstack-without-public-ipv4': spec.ipAddressType === 'dualstack-without-public-ipv4',
    customerOwnedIpv4Pool: spec.customerOwnedIpv4Pool !== undefined,
    ipv4IPAMPoolId: spec.ipv4IPAMPoolId !== undefined,
    wafV2: (spec.wafV2?.webACL ?? '') !== '',
    'shieldConfiguration.enabled': spec.shieldConfiguration?.enabled === true,
    'loadBalancerSubnets[].ipv6Allocation':
      spec.loadBalancerSubnets?.some(({ ipv6Allocation }) => ipv6Allocation !== undefined) === true,
    'loadBalancerSubnets[].sourceNatIPv6Prefix':
      spec.loadBalancerSubnets?.some(({ sourceNatIPv6Prefix }) => sourceNatIPv6Prefix !== undefined) === true,
    'listenerConfigurations[].quicEnabled':
      spec.listenerConfigurations?.some(({ quicEnabled }) => quicEnabled === true) === true,
  }
  return Object.keys(asked).filter((field) => asked[field])
}

/** The fields of the properties of target groups that are not emulated. */
export function refusedProps({ targetControlPort, enableMultiCluster }: TargetGroupProps): string[] {
  return [
    ...(targetControlPort === undefined ? [] : ['targetControlPort']),
    ...(enableMultiCluster === true ? ['enableMultiCluster'] : []),
  ]
}

const EMULATED_ACTIONS = ['forward', 'redirect', 'fixed-response']

/** The actions of a ListenerRuleConfiguration that are not emulated. */
export function refusedActions({ actions = [] }: ListenerRuleConfigurationSpec): string[] {
  return actions.flatMap(({ type }) => (EMULATED_ACTIONS.includes(type) ? [] : [`action ${type}`]))
}
