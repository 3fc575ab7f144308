// Owns the Services that both controllers are given: one or more for each annotation and field that counts.
import { annotated, nodePortOf, type Case, type KubernetesObject } from './cases.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'
const NAMESPACE = 'shop'

interface ServiceOptions {
  /** Suffixes of annotations, or whole names where they hold a slash. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
  readonly namespace?: string
}

interface Service extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>
}

function named(suffix: string): string {
  return suffix.includes('/') ? suffix : PREFIX + suffix
}

function service(
  name: string,
  { annotations = {}, spec = {}, namespace = NAMESPACE }: ServiceOptions,
): Service {
  const type = spec['type'] ?? 'LoadBalancer'
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace,
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [named(key), value])),
    },
    spec: {
      type,
      selector: { app: 'web' },
      ports: [port(80, type === 'ClusterIP' ? {} : { nodePort: nodePortOf(name) })],
      ...spec,
    },
  }
}

function port(number: number, more: object = {}): object {
  return { name: `p${number}`, port: number, targetPort: 8080, protocol: 'TCP', ...more }
}

function one(name: string, options: ServiceOptions, more: Omit<Case, 'name' | 'objects'> = {}): Case {
  return { name: `service ${name}`, objects: [service(name, options)], ...more }
}

/** A Service of pods by address, with one annotation. */
function ip(
  name: string,
  annotations: ServiceOptions['annotations'] = {},
  spec: ServiceOptions['spec'] = {},
) {
  return one(name, { annotations: { 'nlb-target-type': 'ip', ...annotations }, spec })
}

function refused(
  name: string,
  annotations: ServiceOptions['annotations'],
  spec: ServiceOptions['spec'] = {},
) {
  return one(name, { annotations: { 'nlb-target-type': 'ip', ...annotations }, spec }, { isRefused: true })
}

/** A Service that is changed later. */
function changing(name: string, options: ServiceOptions, change: (service: Service) => Service): Case {
  const before = service(name, options)
  return { name: `service ${name}`, objects: [before], changed: [change(before)] }
}

function withAnnotations(changes: Readonly<Record<string, string | undefined>>) {
  return (before: Service): Service =>
    annotated(before, Object.fromEntries(Object.entries(changes).map(([key, value]) => [named(key), value])))
}

function withSpec(spec: object) {
  return (before: Service): Service => ({ ...before, spec: { ...before.spec, ...spec } })
}

const twoPorts = (name: string): object[] => [
  port(80, { nodePort: nodePortOf(name) }),
  port(443, { nodePort: nodePortOf(`${name}-443`), targetPort: 'http' }),
]

const claimed: readonly Case[] = [
  ip('ip'),
  one('instance', { annotations: { 'nlb-target-type': 'instance' } }),
  one('plain', {}),
  one('nlb-ip', { annotations: { type: 'nlb-ip' } }),
  one('external', { annotations: { type: 'external', 'nlb-target-type': 'ip' } }),
  one('legacy', { annotations: { type: 'nlb' } }),
  one('bogus-type', { annotations: { 'nlb-target-type': 'bogus' } }),
  one('own-class', { spec: { loadBalancerClass: 'service.k8s.aws/nlb' } }),
  one('other-class', { spec: { loadBalancerClass: 'example.com/other' } }),
  one('cluster-ip', {
    annotations: { type: 'external', 'nlb-target-type': 'ip' },
    spec: { type: 'ClusterIP' },
  }),
  one('cluster-ip-instance', {
    annotations: { type: 'external', 'nlb-target-type': 'instance' },
    spec: { type: 'ClusterIP' },
  }),
  one('unclaimed', { spec: { type: 'NodePort' } }),
  one('serverless', { annotations: { 'nlb-target-type': 'ip' }, namespace: 'serverless' }),
  one('serverless-instance', { annotations: { 'nlb-target-type': 'instance' }, namespace: 'serverless' }),
]

const balancers: readonly Case[] = [
  ip('named', { name: 'a-name-of-its-own' }),
  ip('long-name', { name: 'a-name-that-is-longer-than-32-characters' }),
  ip('internal', { internal: 'true' }),
  ip('not-internal', { internal: 'false' }),
  ip('bad-internal', { internal: 'perhaps' }),
  ip('facing', { scheme: 'internet-facing' }),
  ip('bad-scheme', { scheme: 'outside' }),
  ip('cross-zone', { 'cross-zone-load-balancing-enabled': 'true' }),
  ip('attributes', { attributes: 'load_balancing.cross_zone.enabled=true' }),
  ip('bad-attributes', { attributes: 'load_balancing' }),
  ip('subnets', {
    subnets:
      'eksctl-side-by-side-cluster/SubnetPrivateEUCENTRAL1A,eksctl-side-by-side-cluster/SubnetPrivateEUCENTRAL1B',
  }),
  ip('no-subnets', { subnets: 'nowhere' }),
  ip('log-off', { 'access-log-enabled': 'false' }),
  ip('nat-off', { 'enable-prefix-for-ipv6-source-nat': 'off' }),
  ip('source-nat', { 'source-nat-ipv6-prefixes': 'auto_assigned' }),
  ip('private-link', { 'inbound-sg-rules-on-private-link-traffic': 'on' }),
  ip('unknown', { 'no-such-thing': 'x', 'connection-idle-timeout': '60' }),
]

const groups: readonly Case[] = [
  ip('given-group', { 'security-groups': 'front' }),
  ip('given-and-backend', {
    'security-groups': 'front',
    'manage-backend-security-group-rules': 'true',
  }),
  ip('unknown-group', { 'security-groups': 'nobody' }),
  ip('no-group', { 'disable-nlb-sg': 'true' }),
  ip('backend-false', { 'manage-backend-security-group-rules': 'false' }),
  ip('ranges', { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.1.0.0/16, 10.2.0.0/16' }),
  ip('own-ranges', {}, { loadBalancerSourceRanges: ['10.3.0.0/16'] }),
  ip(
    'both-ranges',
    { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.1.0.0/16' },
    { loadBalancerSourceRanges: ['10.3.0.0/16'] },
  ),
  ip('v6-range', {}, { loadBalancerSourceRanges: ['2001:db8::/32'] }),
  ip('icmp', { 'enable-icmp-for-path-mtu-discovery': 'on' }),
]

const targets: readonly Case[] = [
  ip('two-ports', {}, { ports: twoPorts('two-ports') }),
  one('two-ports-instance', {
    annotations: { 'nlb-target-type': 'instance' },
    spec: { ports: twoPorts('two-ports-instance') },
  }),
  one('no-node-port', {
    annotations: { 'nlb-target-type': 'instance' },
    spec: { allocateLoadBalancerNodePorts: false, ports: [port(80)] },
  }),
  one('node-labels', {
    annotations: { 'nlb-target-type': 'instance', 'target-node-labels': 'side=left' },
  }),
  ip('no-endpoints', {}, { selector: { app: 'nobody' } }),
  ip('proxy', { 'proxy-protocol': '*' }),
  ip('bad-proxy', { 'proxy-protocol': 'yes' }),
  ip('proxy-by-port', { 'proxy-protocol-per-target-group': '80' }, { ports: twoPorts('proxy-by-port') }),
  ip('group-attributes', {
    'target-group-attributes': 'deregistration_delay.timeout_seconds=5,preserve_client_ip.enabled=true',
  }),
  ip(
    'port-attributes',
    {
      'target-group-attributes': 'deregistration_delay.timeout_seconds=5',
      'target-group-attributes.443': 'deregistration_delay.timeout_seconds=7',
    },
    { ports: twoPorts('port-attributes') },
  ),
  ip('bad-group-attributes', { 'target-group-attributes': 'nothing' }),
  ip('bad-preserve', { 'target-group-attributes': 'preserve_client_ip.enabled=maybe' }),
  ip('multi-cluster-off', { 'multi-cluster-target-group': 'false' }),
]

const local = (name: string) => ({
  externalTrafficPolicy: 'Local',
  healthCheckNodePort: nodePortOf(`${name}-check`),
})

const checks: readonly Case[] = [
  ip('check-http', { 'healthcheck-protocol': 'http', 'healthcheck-path': '/up' }),
  ip('check-https', { 'healthcheck-protocol': 'HTTPS', 'healthcheck-success-codes': '200,204' }),
  ip('bad-check', { 'healthcheck-protocol': 'UDP' }),
  ip('check-port', { 'healthcheck-port': '8081' }),
  ip('check-named', { 'healthcheck-port': 'p80' }),
  one('check-named-instance', {
    annotations: { 'nlb-target-type': 'instance', 'healthcheck-port': 'p80' },
  }),
  ip('check-named-target', { 'healthcheck-port': 'p443' }, { ports: twoPorts('check-named-target') }),
  ip('check-nowhere', { 'healthcheck-port': 'nowhere' }),
  ip('check-times', {
    'healthcheck-interval': '20',
    'healthcheck-timeout': '5',
    'healthcheck-healthy-threshold': '2',
    'healthcheck-unhealthy-threshold': '4',
  }),
  ip('bad-check-times', { 'healthcheck-interval': 'often' }),
  one('local', { annotations: { 'nlb-target-type': 'instance' }, spec: local('local') }),
  one('local-own-check', {
    annotations: { 'nlb-target-type': 'instance', 'healthcheck-path': '/up', 'healthcheck-interval': '15' },
    spec: local('local-own-check'),
  }),
]

const certificate = { 'ssl-cert': '$CERTIFICATE' }

const listeners: readonly Case[] = [
  ip('tls', certificate),
  ip('tls-ports', { ...certificate, 'ssl-ports': '443' }, { ports: twoPorts('tls-ports') }),
  ip('tls-unused-port', { ...certificate, 'ssl-ports': '8443' }),
  ip('tls-backend', { ...certificate, 'backend-protocol': 'ssl' }),
  ip('tls-policy', {
    ...certificate,
    'ssl-negotiation-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    'alpn-policy': 'HTTP2Preferred',
  }),
  ip('bad-alpn', { ...certificate, 'alpn-policy': 'HTTP3' }),
  ip('backend-tcp', { 'backend-protocol': 'tcp', 'ssl-negotiation-policy': 'ELBSecurityPolicy-2016-08' }),
  ip('alpn-alone', { 'alpn-policy': 'HTTP2Only' }),
  ip('listener-attributes', { 'listener-attributes.TCP-80': 'tcp.idle_timeout.seconds=400' }),
  ip('tags', { 'additional-resource-tags': 'Team=shop,Stage=test' }),
  ip('escaped-tags', { 'additional-resource-tags': 'Teams=shop\\,web,Stage=test' }),
  ip('bad-tags', { 'additional-resource-tags': 'Team' }),
]

const changes: readonly Case[] = [
  changing(
    'tags-change',
    { annotations: { 'nlb-target-type': 'ip', 'additional-resource-tags': 'A=1,B=2' } },
    withAnnotations({ 'additional-resource-tags': 'B=3,C=4' }),
  ),
  changing(
    'check-change',
    { annotations: { 'nlb-target-type': 'ip' } },
    withAnnotations({ 'healthcheck-protocol': 'http', 'healthcheck-path': '/changed' }),
  ),
  changing(
    'type-change',
    { annotations: { 'nlb-target-type': 'ip' } },
    withAnnotations({ 'nlb-target-type': 'instance' }),
  ),
  changing(
    'scheme-change',
    { annotations: { 'nlb-target-type': 'ip' } },
    withAnnotations({ scheme: 'internet-facing' }),
  ),
  changing(
    'port-change',
    { annotations: { 'nlb-target-type': 'ip' } },
    withSpec({ ports: twoPorts('port-change') }),
  ),
  changing(
    'fewer-ports',
    { annotations: { 'nlb-target-type': 'ip' }, spec: { ports: twoPorts('fewer-ports') } },
    withSpec({ ports: [port(80, { nodePort: nodePortOf('fewer-ports') })] }),
  ),
  changing(
    'ranges-change',
    { annotations: { 'nlb-target-type': 'ip' } },
    withSpec({ loadBalancerSourceRanges: ['10.9.0.0/16'] }),
  ),
  changing(
    'attributes-gone',
    {
      annotations: {
        'nlb-target-type': 'ip',
        attributes: 'load_balancing.cross_zone.enabled=true',
        'target-group-attributes': 'deregistration_delay.timeout_seconds=5',
      },
    },
    withAnnotations({ attributes: undefined, 'target-group-attributes': undefined }),
  ),
  changing(
    'to-cluster-ip',
    { annotations: { 'nlb-target-type': 'ip' } },
    withSpec({ type: 'ClusterIP', ports: [port(80)] }),
  ),
  changing(
    'broken-later',
    { annotations: { 'nlb-target-type': 'ip' } },
    withAnnotations({ scheme: 'outside' }),
  ),
  changing(
    'mended-later',
    { annotations: { 'nlb-target-type': 'ip', scheme: 'outside' } },
    withAnnotations({ scheme: undefined }),
  ),
]

const further: readonly Case[] = [
  ip('eip-few', { scheme: 'internet-facing', 'eip-allocations': 'eipalloc-1' }),
  ip('eip-inside', { 'eip-allocations': 'eipalloc-1,eipalloc-2,eipalloc-3' }),
  ip('eip', { scheme: 'internet-facing', 'eip-allocations': 'eipalloc-1,eipalloc-2,eipalloc-3' }),
  ip('private-addresses-outside', {
    scheme: 'internet-facing',
    'private-ipv4-addresses': '192.168.64.10,192.168.96.10,192.168.128.10',
  }),
  ip('logs', { 'access-log-enabled': 'true', 'access-log-s3-bucket-name': 'logs' }),
  ip('datagrams', {}, { ports: [port(53, { protocol: 'UDP', nodePort: nodePortOf('datagrams') })] }),
  ip(
    'both-protocols',
    { 'enable-tcp-udp-listener': 'true' },
    {
      ports: [
        port(53, { name: 'tcp', nodePort: nodePortOf('both-protocols') }),
        port(53, { name: 'udp', protocol: 'UDP', nodePort: nodePortOf('both-protocols-udp') }),
      ],
    },
  ),
]

const notEmulated: readonly Case[] = [
  one('dualstack', { annotations: { 'nlb-target-type': 'ip', 'ip-address-type': 'dualstack' } }),
  refused('capacity', { 'minimum-load-balancer-capacity': 'CapacityUnits=500' }),
]

export const serviceCases: readonly Case[] = [
  ...claimed,
  ...balancers,
  ...groups,
  ...targets,
  ...checks,
  ...listeners,
  ...changes,
  ...further,
  ...notEmulated,
]
