// Owns which annotations the AWS Load Balancer Controller reads on a Service, and which of them are refused here.
// Source: aws-load-balancer-controller, pkg/annotations/constants.go and pkg/service/model_build_*.go.
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import { annotation, annotationPath, BuildError, parseBoolean, PREFIX, splitList } from './annotations.ts'

interface Treatment {
  /** What the annotation does here, for docs/coverage.md. */
  readonly effect: string
  /** Whether a value asks for what is not emulated; never, when absent. */
  readonly refuses?: (value: string) => boolean
}

const ACTS = 'acts'
const isGiven = (): boolean => true
const isTrue = (value: string): boolean => parseBoolean(value) === true

/** By suffix; one that ends in a dot stands for all that begin with it. What is not here the controller ignores. */
const TREATMENTS: Readonly<Record<string, Treatment>> = {
  type: { effect: ACTS },
  'nlb-target-type': { effect: ACTS },
  name: { effect: ACTS },
  scheme: { effect: ACTS },
  internal: { effect: ACTS },
  subnets: { effect: ACTS },
  attributes: { effect: 'acts, see docs/load-balancers.md' },
  'cross-zone-load-balancing-enabled': { effect: ACTS },
  'additional-resource-tags': { effect: ACTS },
  'healthcheck-protocol': { effect: ACTS },
  'healthcheck-port': { effect: ACTS },
  'healthcheck-path': { effect: ACTS },
  'healthcheck-interval': { effect: ACTS },
  'healthcheck-timeout': { effect: ACTS },
  'healthcheck-healthy-threshold': { effect: ACTS },
  'healthcheck-unhealthy-threshold': { effect: ACTS },
  'healthcheck-success-codes': { effect: ACTS },
  'target-group-attributes': { effect: 'acts, see docs/load-balancers.md' },
  'target-group-attributes.': { effect: 'acts, see docs/load-balancers.md' },
  'target-node-labels': { effect: ACTS },
  'proxy-protocol': { effect: ACTS },
  'proxy-protocol-per-target-group': { effect: ACTS },
  'security-groups': { effect: ACTS },
  'manage-backend-security-group-rules': { effect: ACTS },
  'disable-nlb-sg': { effect: ACTS },
  'security-group-prefix-lists': {
    effect:
      'makes the rules; lists of the account let in what is in them, those of AWS nobody on this machine',
  },
  'enable-icmp-for-path-mtu-discovery': { effect: 'makes the rules, which have no effect' },
  'listener-attributes.': { effect: 'kept, see docs/load-balancers.md' },
  'inbound-sg-rules-on-private-link-traffic': { effect: 'kept, without effect: there is no PrivateLink' },
  'ip-address-type': { effect: 'acts; clients on this machine come by IPv4' },
  'enable-prefix-for-ipv6-source-nat': { effect: 'accepted when off; an error without dualstack, as on AWS' },
  'source-nat-ipv6-prefixes': { effect: 'refused; an error without dualstack, as on AWS' },
  'ipv6-addresses': { effect: 'refused; an error without dualstack, as on AWS' },
  'ssl-cert': { effect: ACTS },
  'ssl-ports': { effect: ACTS },
  'ssl-negotiation-policy': { effect: ACTS },
  'backend-protocol': { effect: ACTS },
  'alpn-policy': { effect: ACTS },
  'access-log-enabled': { effect: 'acts; only TLS listeners are logged, as on AWS' },
  'access-log-s3-bucket-name': { effect: ACTS },
  'access-log-s3-bucket-prefix': { effect: ACTS },
  'enable-tcp-udp-listener': { effect: ACTS },
  'quic-enabled-ports': { effect: 'an error on TCP ports, as on AWS; refused for UDP ports' },
  'quic-enabled-containers': { effect: 'accepted; on AWS too it has no effect without QUIC ports' },
  'eip-allocations': { effect: 'acts; the addresses lead nowhere on this machine' },
  'private-ipv4-addresses': { effect: 'acts; the addresses lead nowhere on this machine' },
  'minimum-load-balancer-capacity': { effect: 'refused', refuses: isGiven },
  'multi-cluster-target-group': { effect: 'refused when true', refuses: isTrue },
}

/** Begins the annotations that spread a listener over weighted target groups: `actions.TCP-80`. */
const ACTIONS = 'service.beta.kubernetes.io/actions.'

/** Every annotation that the controller reads under the common prefix, with what it does here. */
export function annotationTable(): readonly { readonly name: string; readonly effect: string }[] {
  return Object.entries(TREATMENTS).map(([suffix, { effect }]) => ({
    name: PREFIX + suffix.replace(/\.$/, '.…'),
    effect,
  }))
}

/** What the Service asks for that AWS would do and Neargate does not: one error for each annotation, by name. */
export function refusals(service: Service): BuildError[] {
  const named = Object.entries(TREATMENTS).flatMap(([suffix, { refuses }]) => {
    const value = annotation(service, suffix)
    return value !== undefined && refuses?.(value) ? [notEmulated(suffix)] : []
  })
  const ports = (service.spec.ports ?? []).map(
    ({ port, protocol = 'TCP' }) => `${ACTIONS}${protocol}-${port}`,
  )
  const weighted = ports
    .filter((name) => service.metadata.annotations?.[name] !== undefined)
    .map((name) => refusal(name, ['metadata', 'annotations', name]))
  return [...named, ...weighted, ...quic(service)]
}

function quic(service: Service): BuildError[] {
  const suffix = 'quic-enabled-ports'
  const given = splitList(annotation(service, suffix) ?? '')
  const isNamed = ({ name = '', port }: ServicePort): boolean =>
    given.includes(name) || given.includes(String(port))
  const ports = (service.spec.ports ?? []).filter(({ protocol }) => protocol === 'UDP')
  return ports.some(isNamed) ? [notEmulated(suffix)] : []
}

function refusal(name: string, path: BuildError['path']): BuildError {
  return new BuildError(`annotation ${name} is not emulated by Neargate`, { path, isNotEmulated: true })
}

/** The refusal of an annotation of Services, by its suffix. */
export function notEmulated(suffix: string): BuildError {
  return refusal(PREFIX + suffix, annotationPath(suffix))
}

/** Annotations of the controller's prefix that it does not read: misspelt ones, and some of older controllers. */
export function ignoredAnnotations(annotations: Readonly<Record<string, string>> = {}): string[] {
  return Object.keys(annotations).filter(
    (name) => name.startsWith(PREFIX) && !isRead(name.slice(PREFIX.length)),
  )
}

/** Suffixes that the controller reads, without those that need a port. */
export function readSuffixes(): readonly string[] {
  return Object.keys(TREATMENTS).filter((suffix) => !suffix.endsWith('.'))
}

function isRead(suffix: string): boolean {
  const dot = suffix.indexOf('.')
  return Object.hasOwn(TREATMENTS, dot < 0 ? suffix : suffix.slice(0, dot + 1))
}
