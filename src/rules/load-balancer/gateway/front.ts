// Owns what a Gateway asks for besides its routes: scheme, addresses, subnets, security groups, and its ports with their
// protocols, certificates and attributes.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/model/base_model_builder.go, model_build_subnet.go,
// model_build_security_group.go, model_build_listener.go.
import { isIPv4, isIPv6 } from 'node:net'

import { BuildError, parseBoolean } from '../annotations.ts'
import { GATEWAY_PREFIXES } from '../edition.ts'
import type { CertificateDiscovery } from '../ingress/listeners.ts'
import type { MutualModel } from '../ingress/mutual-authentication.ts'
import type { IpAddressType } from '../ip-address-type.ts'
import { loadBalancerName, securityGroupName } from '../names.ts'
import type { IngressRule, SecurityGroupsModel } from '../security-groups.ts'
import type { SubnetAddresses } from '../subnet-addresses.ts'
import type { Tags } from '../target-group.ts'
import type { Gateway, GatewayFlavor, Listener, Route } from './api.ts'
import type { Attachment } from './attachment.ts'
import type { LoadedRoute } from './backends.ts'
import {
  notEmulated,
  refusedFields,
  toMap,
  type ListenerConfiguration,
  type LoadBalancerConfigurationSpec,
} from './configuration.ts'

/** A Gateway with all that belongs to it. */
export interface LoadedGateway {
  readonly gateway: Gateway
  readonly flavor: GatewayFlavor
  /** That of its class and its own, merged. */
  readonly config: LoadBalancerConfigurationSpec
  readonly attachment: Attachment
  /** By port, with what their rules lead to. */
  readonly routes: ReadonlyMap<number, readonly LoadedRoute[]>
}

export interface GatewaySources {
  readonly cluster: string
  readonly discover: CertificateDiscovery
  /** The ARN of a target group that is there already, by its name. */
  targetGroup(name: string): string
}

/** `namespace/name` */
export function gatewayKey({ metadata }: Gateway): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** Tags that say whose a resource is. */
export function gatewayStackTags(
  cluster: string,
  flavor: GatewayFlavor,
  key: string,
): Record<string, string> {
  return { 'elbv2.k8s.aws/cluster': cluster, [`${GATEWAY_PREFIXES[flavor]}/stack`]: key }
}

/** The tags of a resource of the stack, which win over those that are asked for. */
export function gatewayTags(
  { gateway, flavor }: LoadedGateway,
  cluster: string,
): (resource: string, tags: Tags | undefined) => Tags {
  const stack = gatewayStackTags(cluster, flavor, gatewayKey(gateway))
  return (resource, tags) => ({ ...tags, ...stack, [`${GATEWAY_PREFIXES[flavor]}/resource`]: resource })
}

/** True when the configuration keeps the load balancer from being deleted. */
export function isGatewayProtected({ loadBalancerAttributes }: LoadBalancerConfigurationSpec): boolean {
  return parseBoolean(toMap(loadBalancerAttributes)['deletion_protection.enabled'] ?? 'false') === true
}

/** What both kinds of load balancers have. */
export interface GatewayFront {
  readonly name: string
  readonly scheme: 'internal' | 'internet-facing'
  readonly ipAddressType: IpAddressType
  readonly subnets: readonly string[] | undefined
  readonly subnetTags?: Readonly<Record<string, readonly string[]>>
  readonly addresses: SubnetAddresses
  readonly securityGroups: SecurityGroupsModel
  readonly attributes: Tags
  readonly tags: Tags
}

/** @throws BuildError with the controller's text, or Neargate's for what is not emulated */
export function frontOf(loaded: LoadedGateway, cluster: string): GatewayFront {
  const { gateway, config } = loaded
  const [refused] = refusedFields(config)
  if (refused !== undefined) throw notEmulated('LoadBalancerConfiguration', refused)
  if (gateway.metadata.annotations?.['gateway.k8s.aws/dry-run'] === 'true') {
    throw new BuildError('annotation gateway.k8s.aws/dry-run is not emulated by Neargate', {
      isNotEmulated: true,
    })
  }
  const scheme = config.scheme === 'internet-facing' ? 'internet-facing' : 'internal'
  const ipAddressType = config.ipAddressType === 'dualstack' ? 'dualstack' : 'ipv4'
  const { namespace = '', name, uid } = gateway.metadata
  const tags = gatewayTags(loaded, cluster)
  return {
    name: config.loadBalancerName ?? loadBalancerName(cluster, { namespace, name, uid }, scheme),
    scheme,
    ipAddressType,
    ...subnetsOf(loaded, scheme),
    securityGroups: securityGroupsOf(loaded, {
      name: securityGroupName(cluster, { namespace, name, uid }),
      tags: tags('ManagedLBSecurityGroup', config.tags),
      ipAddressType,
    }),
    attributes: toMap(config.loadBalancerAttributes),
    tags: tags('LoadBalancer', config.tags),
  }
}

function subnetsOf(
  { config, flavor }: LoadedGateway,
  scheme: string,
): Pick<GatewayFront, 'subnets' | 'subnetTags' | 'addresses'> {
  const { loadBalancerSubnets: given = [], loadBalancerSubnetsSelector: selector } = config
  const all = (member: 'identifier' | 'eipAllocation' | 'privateIPv4Allocation', plural: string) => {
    const values = given.flatMap((subnet) => subnet[member] || [])
    if (values.length === 0 || values.length === given.length) return values
    throw new BuildError(`Either specify all ${plural} or none.`)
  }
  const identifiers = all('identifier', 'subnet identifiers')
  const allocations = all('eipAllocation', 'eip allocations')
  const privateAddresses = all('privateIPv4Allocation', 'private ipv4 allocations')
  if (allocations.length > 0) {
    if (flavor === 'alb') throw new BuildError('EIP Allocation is only allowed for Network LoadBalancers')
    if (scheme === 'internal')
      throw new BuildError('EIPAllocation can only be set for internet facing load balancers')
  }
  if (privateAddresses.length > 0) {
    if (flavor === 'alb')
      throw new BuildError('PrivateIPv4Allocation is only supported for Network LoadBalancers')
    if (scheme !== 'internal')
      throw new BuildError('PrivateIPv4Allocation can only be set for internal load balancers')
    const wrong = privateAddresses.find((address) => !isIPv4(address))
    if (wrong !== undefined) {
      const kind = isIPv6(wrong) ? 'IPv4' : 'IP'
      throw new BuildError(`private IPv4 addresses must be valid ${kind} address: ${wrong}`)
    }
  }
  const isSelected = identifiers.length === 0 && selector && Object.keys(selector).length > 0
  return {
    subnets: identifiers.length > 0 ? identifiers : undefined,
    ...(isSelected && { subnetTags: selector }),
    addresses: {
      ...(allocations.length > 0 && { allocations }),
      ...(privateAddresses.length > 0 && { privateAddresses }),
      mismatch,
    },
  }
}

function mismatch(what: 'allocations' | 'privateAddresses', given: number, subnets: number): string {
  const [assigned, counted] =
    what === 'allocations' ? ['EIP allocations', 'EIP allocations'] : ['private IPv4 addresses', 'addresses']
  return `Unable to assign ${assigned} we have ${subnets} subnets and ${given} ${counted}`
}

const EVERYBODY = ['0.0.0.0/0', '::/0']

function securityGroupsOf(
  { config, flavor, attachment }: LoadedGateway,
  managed: { readonly name: string; readonly tags: Tags; readonly ipAddressType: IpAddressType },
): SecurityGroupsModel {
  const {
    securityGroups: groups = [],
    sourceRanges,
    manageBackendSecurityGroupRules: isBackendManaged,
  } = config
  if (config.disableSecurityGroup && flavor === 'nlb')
    return { kind: 'none', sourceRanges: sourceRanges ?? [], isBackendManaged: true }
  if (groups.length > 0) return { kind: 'given', groups, isBackendManaged: isBackendManaged === true }
  const { ipAddressType, ...named } = managed
  const cidrs = (sourceRanges ?? EVERYBODY).filter(
    (cidr) => ipAddressType === 'dualstack' || !cidr.includes(':'),
  )
  const rules = attachment.listeners.flatMap((listener) => rulesOf(listener, { config, cidrs }))
  // Listeners with other hostnames share a port, and EC2 refuses a rule twice.
  const byText = new Map(rules.map((rule) => [JSON.stringify(rule), rule]))
  return { kind: 'managed', ...named, rules: [...byText.values()] }
}

// "Fragmentation needed" (RFC 1191) and "packet too big" (RFC 8201).
const PATH_MTU = { protocol: 'icmp', fromPort: 3, toPort: 4 } as const
const PATH_MTU6 = { protocol: 'icmpv6', fromPort: 2, toPort: 0 } as const

function rulesOf(
  { port, protocol }: Listener,
  { config, cidrs }: { readonly config: LoadBalancerConfigurationSpec; readonly cidrs: readonly string[] },
): IngressRule[] {
  const traffic = { protocol: protocol === 'UDP' ? 'udp' : 'tcp', fromPort: port, toPort: port } as const
  return [
    ...cidrs.flatMap((cidr): IngressRule[] => [
      { ...traffic, source: { cidr } },
      ...(config.enableICMP ? [{ ...(cidr.includes(':') ? PATH_MTU6 : PATH_MTU), source: { cidr } }] : []),
    ]),
    ...(config.securityGroupPrefixes ?? []).map((prefixListId) => ({ ...traffic, source: { prefixListId } })),
  ]
}

/** A port that something listens on. */
export interface GatewayPort {
  readonly port: number
  /** Of ELBv2: that of the listeners, `TCP` for TLS that is passed through, `TCP_UDP` for both. */
  readonly protocol: string
  readonly routes: readonly LoadedRoute[]
  readonly configuration: ListenerConfiguration | undefined
  readonly sslPolicy: string | undefined
  /** ARNs, the default one first. */
  readonly certificates: readonly string[]
  readonly attributes: Tags
}

const DEFAULT_POLICY = 'ELBSecurityPolicy-2016-08'

/** The ports that have a route, by number. @throws BuildError with the controller's text */
export function portsOf(loaded: LoadedGateway, { discover }: GatewaySources): GatewayPort[] {
  const { attachment, config, routes, gateway } = loaded
  const ports = [...routes.keys()].toSorted((a, b) => a - b)
  return ports.map((port) => {
    const listeners = attachment.listeners.filter((each) => each.port === port)
    const { protocol, hostnames } = mergedListeners(loaded, listeners)
    const wanted = `${protocol}:${port}`.toLowerCase()
    const configuration = config.listenerConfigurations?.findLast(
      ({ protocolPort }) => protocolPort.toLowerCase() === wanted,
    )
    const isSecure = protocol === 'HTTPS' || protocol === 'TLS'
    const named = [configuration?.defaultCertificate ?? [], configuration?.certificates ?? []].flat()
    if (isSecure && named.length === 0 && hostnames.length === 0) {
      const where = `${gatewayKey(gateway)} with protocol:port ${protocol}:${port}`
      throw new BuildError(`No hostnames found for TLS cert discovery for listener on gateway ${where}`)
    }
    const found = named.length > 0 ? named : isSecure ? discover(hostnames) : []
    return {
      port,
      protocol,
      routes: routes.get(port) ?? [],
      configuration,
      sslPolicy: isSecure ? (configuration?.sslPolicy ?? DEFAULT_POLICY) : undefined,
      certificates: isSecure ? found : [],
      attributes: toMap(configuration?.listenerAttributes),
    }
  })
}

/** True when certificates have to be found for a Gateway. */
export function needsCertificates({ attachment }: LoadedGateway): boolean {
  return attachment.listeners.some(({ protocol }) => protocol === 'HTTPS' || protocol === 'TLS')
}

function mergedListeners(
  { attachment, routes }: LoadedGateway,
  listeners: readonly Listener[],
): { readonly protocol: string; readonly hostnames: readonly string[] } {
  const protocols = [...new Set(listeners.map(protocolOf))]
  const isBoth = protocols.every((each) => each === 'TCP' || each === 'UDP')
  if (protocols.length > 1 && !isBoth) {
    throw new BuildError(
      'invalid listeners on gateway, listeners with same ports cannot have different protocols',
    )
  }
  const ofRoutes = (routes.get(listeners[0]?.port ?? 0) ?? []).flatMap(({ route }: { route: Route }) =>
    attachment.hostnames(route, listeners[0]?.port ?? 0),
  )
  const all = [...listeners.flatMap(({ hostname }) => hostname ?? []), ...ofRoutes]
  const [protocol = ''] = protocols
  return {
    protocol: protocols.length > 1 ? 'TCP_UDP' : protocol,
    hostnames: [...new Set(all)].toSorted(),
  }
}

function protocolOf({ protocol, tls }: Listener): string {
  return protocol === 'TLS' && tls?.mode === 'Passthrough' ? 'TCP' : protocol
}

/** What a listener does with the certificates of clients. */
export function mutualOf({ protocol, configuration }: GatewayPort): MutualModel | undefined {
  const given = configuration?.mutualAuthentication
  if (!given || (protocol !== 'HTTPS' && protocol !== 'TLS')) return undefined
  const { mode, trustStore, ignoreClientCertificateExpiry, advertiseTrustStoreCaNames } = given
  if (mode !== 'verify') return { mode }
  return {
    mode,
    ...(trustStore !== undefined && { trustStore }),
    isIgnoringExpiry: ignoreClientCertificateExpiry ?? false,
    isAdvertising: advertiseTrustStoreCaNames === 'on',
  }
}
