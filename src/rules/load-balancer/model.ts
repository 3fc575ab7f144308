// Owns what a Service asks of AWS: load balancer, listeners, target groups and security group rules; pure.
// Source: aws-load-balancer-controller, pkg/service/model_builder.go and model_build_load_balancer.go.
import { ipAddressTypeOf, type IpAddressType } from './ip-address-type.ts'
import type { ExistingLoadBalancer, NetworkModel, Scheme } from './network.ts'
import { CHART, type Edition } from './edition.ts'
import type { Service } from '../../../generated/kubernetes.d.ts'
import {
  annotation,
  annotationError,
  booleanAnnotation,
  parseBoolean,
  listAnnotation,
  mapAnnotation,
} from './annotations.ts'
import { notEmulated, refusals } from './emulation.ts'
import { listenerPorts } from './listener-ports.ts'
import { PLAIN } from './listener.ts'
import { loadBalancerName } from './names.ts'
import { securityGroupsOf } from './security-groups.ts'
import { subnetAddressesOf } from './subnet-addresses.ts'
import { buildTargetGroup, type Tags } from './target-group.ts'

/** Tags that say whose a resource is (pkg/deploy/tracking/provider.go). */
export function stackTags(
  cluster: string,
  { namespace, name }: Service['metadata'],
  edition: Edition = CHART,
): Record<string, string> {
  return { [edition.clusterTag]: cluster, [`${edition.service}/stack`]: `${namespace}/${name}` }
}

/**
 * Whether the annotation keeps the load balancer from being deleted: the controller then leaves the Service as it is,
 * and lifts the protection itself once the annotation is gone or says false.
 * @throws BuildError when the annotation cannot be read
 */
export function isDeletionProtected(service: Service): boolean {
  const value = mapAnnotation(service, 'attributes')['deletion_protection.enabled']
  if (value === undefined) return false
  const parsed = parseBoolean(value)
  if (parsed !== undefined) return parsed
  throw annotationError('attributes', `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
}

/** @throws BuildError with the controller's text when the Service asks for what cannot be. */
export function buildModel(
  cluster: string,
  service: Service,
  existing?: ExistingLoadBalancer,
  edition: Edition = CHART,
): NetworkModel {
  const [refusal] = refusals(service)
  if (refusal) throw refusal
  const { namespace = '', name, uid } = service.metadata
  const scheme = schemeOf(service) ?? existing?.scheme ?? 'internal'
  const ipAddressType = ipAddressTypeOf(service)
  checkAddresses(service, ipAddressType)
  const extraTags = mapAnnotation(service, 'additional-resource-tags')
  const tagged = (resource: string): Tags => ({
    ...extraTags,
    ...stackTags(cluster, service.metadata, edition),
    [`${edition.service}/resource`]: resource,
  })
  checkPorts(service)
  const targetGroups = listenerPorts(service).map(({ port, listener }) =>
    buildTargetGroup({ cluster, service, ipAddressType, port, listener, tags: tagged }),
  )
  return {
    name: nameOf(service) ?? loadBalancerName(cluster, { namespace, name, uid }, scheme),
    scheme,
    ipAddressType,
    subnets: listAnnotation(service, 'subnets'),
    addresses: subnetAddressesOf(service, scheme),
    attributes: attributesOf(service),
    tags: tagged('LoadBalancer'),
    targetGroups,
    listeners: targetGroups.map(({ servicePort: { port }, listener, listenerAttributes, resourceId }) => ({
      port,
      listener: listener ?? PLAIN,
      groups: [{ resourceId, weight: 1 }],
      attributes: listenerAttributes,
      tags: tagged(String(port)),
    })),
    securityGroups: securityGroupsOf(service, {
      cluster,
      ipAddressType,
      tags: tagged('ManagedLBSecurityGroup'),
      ...(existing && { existing }),
    }),
    privateLinkRules: privateLinkRulesOf(service),
  }
}

function nameOf(service: Service): string | undefined {
  const name = annotation(service, 'name')
  if (name === undefined || name.length <= 32) return name
  throw annotationError('name', 'load balancer name cannot be longer than 32 characters')
}

function schemeOf(service: Service): Scheme | undefined {
  const scheme = annotation(service, 'scheme')
  if (scheme === 'internal' || scheme === 'internet-facing') return scheme
  if (scheme !== undefined) throw annotationError('scheme', `unknown scheme: ${scheme}`)
  const isInternal = booleanAnnotation(service, 'internal')
  if (isInternal === undefined) return undefined
  return isInternal ? 'internal' : 'internet-facing'
}

const DUALSTACK_ONLY = ['enable-prefix-for-ipv6-source-nat', 'source-nat-ipv6-prefixes', 'ipv6-addresses']

// What needs dualstack is the controller's error without it, and refused with it: a load balancer has no IPv6 address near.
function checkAddresses(service: Service, type: IpAddressType): void {
  if (type === 'dualstack') {
    const asked = DUALSTACK_ONLY.find((suffix) => ![undefined, 'off'].includes(annotation(service, suffix)))
    if (asked !== undefined) throw notEmulated(asked)
    // It would take the prefix for IPv6 source NAT.
    if (service.spec.ports?.some(({ protocol }) => protocol === 'UDP')) throw notEmulated('ip-address-type')
    return
  }
  const nat = annotation(service, 'enable-prefix-for-ipv6-source-nat') ?? 'off'
  if (nat !== 'off') {
    const text =
      nat === 'on'
        ? 'enable-prefix-for-ipv6-source-nat annotation is only applicable to Network Load Balancers using Dualstack IP address type.'
        : `Invalid enable-prefix-for-ipv6-source-nat value: ${nat}. Valid values are ['on', 'off'].`
    throw annotationError('enable-prefix-for-ipv6-source-nat', text)
  }
  if (annotation(service, 'ipv6-addresses') !== undefined) {
    throw annotationError('ipv6-addresses', 'IPv6 addresses can only be set for dualstack load balancers')
  }
  if (annotation(service, 'source-nat-ipv6-prefixes') !== undefined) {
    const text =
      'source-nat-ipv6-prefixes annotation can only be set for Network Load Balancers using Dualstack IP address type.'
    throw annotationError('source-nat-ipv6-prefixes', text)
  }
}

const ROUTING_POLICIES = [
  'any_availability_zone',
  'partial_availability_zone_affinity',
  'availability_zone_affinity',
]

// The general annotation wins over those of one attribute each.
function attributesOf(service: Service): Tags {
  const crossZone = booleanAnnotation(service, 'cross-zone-load-balancing-enabled')
  const attributes = mapAnnotation(service, 'attributes')
  const policy = attributes['dns_record.client_routing_policy']
  if (policy !== undefined && !ROUTING_POLICIES.includes(policy)) {
    const expected = ROUTING_POLICIES.map((each) => `'${each}'`).join(', ')
    const text = `invalid dns_record.client_routing_policy set in annotation aws-load-balancer-attributes: got '${policy}' expected one of [${expected}]`
    throw annotationError('attributes', text)
  }
  return {
    ...(crossZone !== undefined && { 'load_balancing.cross_zone.enabled': String(crossZone) }),
    ...accessLogsOf(service),
    ...attributes,
  }
}

function accessLogsOf(service: Service): Tags {
  if (!booleanAnnotation(service, 'access-log-enabled')) return {}
  const bucket = annotation(service, 'access-log-s3-bucket-name')
  const prefix = annotation(service, 'access-log-s3-bucket-prefix')
  return {
    'access_logs.s3.enabled': 'true',
    ...(bucket !== undefined && { 'access_logs.s3.bucket': bucket }),
    ...(prefix !== undefined && { 'access_logs.s3.prefix': prefix }),
  }
}

function privateLinkRulesOf(service: Service): 'on' | 'off' | undefined {
  const suffix = 'inbound-sg-rules-on-private-link-traffic'
  const value = annotation(service, suffix)
  if (value === undefined || value === 'on' || value === 'off') return value
  const text = `Invalid value for securityGroupsInboundRulesOnPrivateLink status: ${value}, value must be one of [on, off]`
  throw annotationError(suffix, text)
}

// Ports that annotations name: an error where the controller has one, although QUIC is not emulated.
function checkPorts(service: Service): void {
  const ports = service.spec.ports ?? []
  const names = (port: (typeof ports)[number], text: string): boolean =>
    port.name === text || String(port.port) === text
  const unused = (listAnnotation(service, 'ssl-ports') ?? []).filter(
    (text) => !ports.some((port) => names(port, text)),
  )
  if (unused.length > 0) {
    throw annotationError('ssl-ports', `Unused port in ssl-ports annotation [${unused.join(' ')}]`)
  }
  const quic = listAnnotation(service, 'quic-enabled-ports') ?? []
  const tcp = ports.find(
    (port) => (port.protocol ?? 'TCP') === 'TCP' && quic.some((text) => names(port, text)),
  )
  if (tcp) throw annotationError('quic-enabled-ports', 'Unsupported QUIC upgrade for protocol TCP')
  booleanAnnotation(service, 'multi-cluster-target-group')
}
