// Owns the Ingresses that both controllers are given: what the controller's documentation shows, and where it says no.
import { annotated, nodePortOf, type Case, type KubernetesObject } from './cases.ts'

const PREFIX = 'alb.ingress.kubernetes.io/'
const NAMESPACE = 'web'

type Annotations = Readonly<Record<string, string>>

/** A path: `Exact /up`; without a type it is a prefix, and with `~` one of ELBv2's own patterns. */
interface Path {
  readonly path: string
  readonly type?: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly service: string
  /** A number, or a name. */
  readonly port?: number | string
  readonly host?: string
}

interface IngressOptions {
  /** Suffixes, or whole names where they hold a slash. */
  readonly annotations?: Annotations
  readonly paths?: readonly Path[]
  readonly spec?: Readonly<Record<string, unknown>>
}

const toWeb: readonly Path[] = [{ path: '/', service: 'web' }]

function named(suffix: string): string {
  return suffix.includes('/') ? suffix : PREFIX + suffix
}

function ingress(
  name: string,
  { annotations = {}, paths = toWeb, spec = {} }: IngressOptions,
): KubernetesObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: NAMESPACE,
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [named(key), value])),
    },
    spec: { ingressClassName: 'alb', ...(paths.length > 0 ? { rules: rulesOf(paths) } : {}), ...spec },
  }
}

function rulesOf(paths: readonly Path[]): object[] {
  return [...Map.groupBy(paths, ({ host }) => host)].map(([host, group]) => ({
    ...(host === undefined ? {} : { host }),
    http: {
      paths: group.map(({ path, type = 'Prefix', service, port = 80 }) => ({
        path,
        pathType: type,
        backend: {
          service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } },
        },
      })),
    },
  }))
}

/** One Ingress for pods by address. */
export function one(
  name: string,
  options: IngressOptions = {},
  more: Omit<Case, 'name' | 'objects'> = {},
): Case {
  const annotations = { 'target-type': 'ip', ...options.annotations }
  return { name: `ingress ${name}`, objects: [ingress(name, { ...options, annotations })], ...more }
}

/** Several that share a load balancer. */
export function group(name: string, members: Readonly<Record<string, IngressOptions>>): Case {
  const objects = Object.entries(members).map(([member, options]) =>
    ingress(`${name}-${member}`, {
      ...options,
      annotations: { 'target-type': 'ip', 'group.name': name, ...options.annotations },
    }),
  )
  return { name: `group ${name}`, objects }
}

/** One whose annotations change once it is there. */
export function changing(
  name: string,
  options: IngressOptions,
  changes: Readonly<Record<string, string | undefined>>,
): Case {
  const { objects, ...found } = one(name, options)
  const named = Object.fromEntries(Object.entries(changes).map(([key, value]) => [PREFIX + key, value]))
  return { ...found, objects, changed: objects.map((object) => annotated(object, named)) }
}

function refused(name: string, annotations: Annotations): Case {
  return one(name, { annotations }, { isRefused: true })
}

const json = (value: unknown): string => JSON.stringify(value)
const annotatedPort = 'use-annotation'
const https = {
  'listen-ports': json([{ HTTP: 80 }, { HTTPS: 443 }]),
  'certificate-arn': '$CERTIFICATE',
}

/** What Ingresses lead to. */
export const ingressServices: readonly KubernetesObject[] = ['web', 'users', 'orders'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    type: 'NodePort',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: nodePortOf(`ingress-${name}`) }],
  },
}))

/** A Service with an opinion, one without node ports, and one whose target port is a name. */
export const specialServices: readonly KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'opinion',
      namespace: NAMESPACE,
      annotations: { [`${PREFIX}healthcheck-path`]: '/of-the-service', [`${PREFIX}tags`]: 'Owner=service' },
    },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'named', namespace: NAMESPACE },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'headless', namespace: NAMESPACE },
    spec: {
      clusterIP: 'None',
      selector: { app: 'web' },
      ports: [{ name: 'grpc', port: 50051, targetPort: 8080 }],
    },
  },
]

const examples: readonly Case[] = [
  one('game', { annotations: { scheme: 'internet-facing' } }),
  one('echo', {
    annotations: { 'target-type': 'instance', scheme: 'internet-facing', tags: 'Environment=dev,Team=test' },
    paths: [{ path: '/', type: 'Exact', service: 'web', host: 'echo.example.com' }],
  }),
  one('grpc', {
    annotations: {
      ...https,
      'ssl-redirect': '443',
      'backend-protocol-version': 'GRPC',
      'certificate-arn': '$CERTIFICATE',
    },
    paths: [{ path: '/', service: 'headless', port: 50051, host: 'grpc.example.com' }],
  }),
  one('ssl-redirect', {
    annotations: { ...https, 'ssl-redirect': '443' },
    paths: [
      { path: '/users/*', type: 'ImplementationSpecific', service: 'users' },
      { path: '/*', type: 'ImplementationSpecific', service: 'web' },
    ],
  }),
  one('url-rewrite', {
    annotations: {
      ...https,
      'ssl-redirect': '443',
      'transforms.users': json([
        { type: 'url-rewrite', urlRewriteConfig: { rewrites: [{ regex: '^/users/(.+)$', replace: '/$1' }] } },
      ]),
      'transforms.orders': json([
        {
          type: 'host-header-rewrite',
          hostHeaderRewriteConfig: {
            rewrites: [{ regex: '^orders\\.example\\.com$', replace: 'example.com' }],
          },
        },
      ]),
    },
    paths: [
      { path: '/users/', service: 'users' },
      { path: '/orders/', service: 'orders' },
      { path: '/*', type: 'ImplementationSpecific', service: 'web' },
    ],
  }),
  one('blue-green', {
    annotations: {
      'actions.blue-green': json({
        type: 'forward',
        forwardConfig: {
          targetGroups: [
            { serviceName: 'web', servicePort: '80', weight: 100 },
            { serviceName: 'users', servicePort: 80, weight: 0 },
          ],
          targetGroupStickinessConfig: { enabled: true, durationSeconds: 200 },
        },
      }),
    },
    paths: [{ path: '/', service: 'blue-green', port: annotatedPort }],
  }),
  one('actions', {
    annotations: {
      'actions.gone': json({
        type: 'fixed-response',
        fixedResponseConfig: { contentType: 'text/plain', statusCode: '503', messageBody: '503 error text' },
      }),
      'actions.away': json({
        type: 'redirect',
        redirectConfig: {
          host: 'aws.example.com',
          path: '/eks/',
          port: '443',
          protocol: 'HTTPS',
          query: 'k=v',
          statusCode: 'HTTP_302',
        },
      }),
      'actions.single': json({
        type: 'forward',
        forwardConfig: { targetGroups: [{ serviceName: 'orders', servicePort: 'http' }] },
      }),
    },
    paths: [
      { path: '/503', type: 'Exact', service: 'gone', port: annotatedPort },
      { path: '/eks', type: 'Exact', service: 'away', port: annotatedPort },
      { path: '/single', service: 'single', port: annotatedPort },
      { path: '/missing', service: 'not-annotated', port: annotatedPort },
    ],
  }),
  one('conditions', {
    annotations: {
      'actions.path1': json({
        type: 'fixed-response',
        fixedResponseConfig: { statusCode: '200', messageBody: 'one' },
      }),
      'conditions.path1': json([
        { field: 'host-header', hostHeaderConfig: { values: ['anno.example.com'] } },
        { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X-Beta', values: ['yes'] } },
      ]),
      'conditions.users': json([
        { field: 'http-request-method', httpRequestMethodConfig: { Values: ['GET', 'HEAD'] } },
        { field: 'query-string', queryStringConfig: { values: [{ key: 'a', value: '1' }] } },
      ]),
      'conditions.orders': json([
        { field: 'path-pattern', pathPatternConfig: { values: ['/more'] } },
        { field: 'source-ip', sourceIPConfig: { values: ['192.168.0.0/16'] } },
      ]),
    },
    paths: [
      { path: '/one', type: 'Exact', service: 'path1', port: annotatedPort, host: 'www.example.com' },
      { path: '/two', type: 'Exact', service: 'users', host: 'www.example.com' },
      { path: '/three', type: 'Exact', service: 'orders', host: 'www.example.com' },
    ],
  }),
  one('order-of-paths', {
    paths: [
      { path: '/a', service: 'web' },
      { path: '/a/longer', service: 'users' },
      { path: '/a/exact', type: 'Exact', service: 'orders' },
      { path: '/own/*', type: 'ImplementationSpecific', service: 'web' },
      { path: '/a', service: 'web', host: 'a.example.com' },
    ],
  }),
  one('regex', {
    annotations: { 'use-regex-path-match': 'true' },
    paths: [{ path: '/^/api/v[12]/.*$', type: 'ImplementationSpecific', service: 'web' }],
  }),
  one('default-backend', {
    paths: [],
    spec: { defaultBackend: { service: { name: 'web', port: { name: 'http' } } } },
  }),
]

const settings: readonly Case[] = [
  one('annotation-class', {
    annotations: { 'kubernetes.io/ingress.class': 'alb' },
    spec: { ingressClassName: undefined },
  }),
  one('other-class', { spec: { ingressClassName: 'nginx' } }),
  one('named', { annotations: { 'load-balancer-name': 'a-balancer-of-its-own' } }),
  one('long-name', { annotations: { 'load-balancer-name': 'a-name-that-is-longer-than-32-characters' } }),
  one('attributes', {
    annotations: {
      'load-balancer-attributes':
        'idle_timeout.timeout_seconds=600,routing.http.drop_invalid_header_fields.enabled=true',
      'target-group-attributes': 'stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=60',
      'listener-attributes.HTTP-80': 'routing.http.response.server.enabled=false',
    },
  }),
  one('checks', {
    annotations: {
      'healthcheck-path': '/ping',
      'healthcheck-port': 'http',
      'healthcheck-interval-seconds': '10',
      'healthcheck-timeout-seconds': '8',
      'healthy-threshold-count': '3',
      'unhealthy-threshold-count': '4',
      'success-codes': '200-300',
    },
  }),
  one('http2', { annotations: { 'backend-protocol-version': 'HTTP2' } }),
  one('https-backend', { annotations: { 'backend-protocol': 'HTTPS' } }),
  one('ports', { annotations: { 'listen-ports': json([{ HTTP: 80 }, { HTTP: 8080 }]) } }),
  one('https', {
    annotations: { 'certificate-arn': '$CERTIFICATE', 'ssl-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
  }),
  one('discovery', {
    annotations: { 'listen-ports': json([{ HTTPS: 443 }]) },
    paths: [{ path: '/', service: 'web', host: 'found.example.com' }],
  }),
  one('discovery-by-tls', {
    annotations: { 'listen-ports': json([{ HTTPS: 443 }]) },
    spec: { tls: [{ hosts: ['found.example.com'] }] },
  }),
  one('no-certificate', {
    annotations: { 'listen-ports': json([{ HTTPS: 443 }]) },
    paths: [{ path: '/', service: 'web', host: 'nobody.example.org' }],
  }),
  one('cidrs', { annotations: { 'inbound-cidrs': '10.0.0.0/24, 10.1.0.0/24' } }),
  one('bad-cidrs', { annotations: { 'inbound-cidrs': 'everybody' } }),
  one('given-group', { annotations: { 'security-groups': 'front' } }),
  one('given-and-backend', {
    annotations: { 'security-groups': 'front', 'manage-backend-security-group-rules': 'true' },
  }),
  one('unknown-group', { annotations: { 'security-groups': 'nobody' } }),
  one('subnets', {
    annotations: {
      subnets:
        'eksctl-side-by-side-cluster/SubnetPrivateEUCENTRAL1A,eksctl-side-by-side-cluster/SubnetPrivateEUCENTRAL1B',
    },
  }),
  one('one-subnet', { annotations: { subnets: 'eksctl-side-by-side-cluster/SubnetPrivateEUCENTRAL1A' } }),
  one('node-labels', { annotations: { 'target-type': 'instance', 'target-node-labels': 'side=left' } }),
  one('opinion', {
    annotations: { 'healthcheck-path': '/of-the-ingress', tags: 'Owner=ingress' },
    paths: [{ path: '/', service: 'opinion' }],
  }),
  one('named-target', { paths: [{ path: '/', service: 'named', port: 'http' }] }),
]

const mistakes: readonly Case[] = [
  one('bad-scheme', { annotations: { scheme: 'outside' } }),
  one('bad-target-type', { annotations: { 'target-type': 'pod' } }),
  one('bad-protocol', { annotations: { 'backend-protocol': 'FTP' } }),
  one('bad-version', { annotations: { 'backend-protocol-version': 'HTTP3' } }),
  one('bad-ports', { annotations: { 'listen-ports': '80' } }),
  one('empty-ports', { annotations: { 'listen-ports': '[]' } }),
  one('high-port', { annotations: { 'listen-ports': json([{ HTTP: 70_000 }]) } }),
  one('bad-listener', { annotations: { 'listen-ports': json([{ TCP: 80 }]) } }),
  one('redirect-nowhere', { annotations: { 'ssl-redirect': '443' } }),
  one('redirect-plain', {
    annotations: { 'listen-ports': json([{ HTTP: 80 }, { HTTP: 443 }]), 'ssl-redirect': '443' },
  }),
  one('bad-order', { annotations: { 'group.name': 'ordered', 'group.order': '2000' } }),
  one('bad-group', { annotations: { 'group.name': 'Not A Group' } }),
  one('no-service', { paths: [{ path: '/', service: 'nobody' }] }),
  one('no-port', { paths: [{ path: '/', service: 'web', port: 81 }] }),
  one('no-node-port', {
    annotations: { 'target-type': 'instance' },
    paths: [{ path: '/', service: 'opinion' }],
  }),
  one('wild-exact', { paths: [{ path: '/a*', type: 'Exact', service: 'web' }] }),
  one('wild-prefix', { paths: [{ path: '/a*', service: 'web' }] }),
  one('bad-action', {
    annotations: { 'actions.web': json({ type: 'teapot' }) },
    paths: [{ path: '/', service: 'web', port: annotatedPort }],
  }),
  one('empty-action', {
    annotations: { 'actions.web': json({ type: 'redirect', redirectConfig: {} }) },
    paths: [{ path: '/', service: 'web', port: annotatedPort }],
  }),
  one('bad-tags', { annotations: { tags: 'Team' } }),
  one('bad-check-port', { annotations: { 'healthcheck-port': 'nowhere' } }),
]

const groups: readonly Case[] = [
  group('together', {
    second: { annotations: { 'group.order': '20' }, paths: [{ path: '/second', service: 'users' }] },
    first: { annotations: { 'group.order': '10' }, paths: [{ path: '/first', service: 'web' }] },
    alike: { annotations: { 'group.order': '20' }, paths: [{ path: '/alike', service: 'orders' }] },
  }),
  group('two-ports', {
    plain: { annotations: { 'listen-ports': json([{ HTTP: 80 }]) } },
    other: {
      annotations: { 'listen-ports': json([{ HTTP: 8080 }]) },
      paths: [{ path: '/other', service: 'users' }],
    },
  }),
  group('conflict-scheme', {
    a: { annotations: { scheme: 'internal' } },
    b: { annotations: { scheme: 'internet-facing' } },
  }),
  group('conflict-tags', { a: { annotations: { tags: 'A=1' } }, b: { annotations: { tags: 'A=2' } } }),
  group('conflict-attributes', {
    a: { annotations: { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=60' } },
    b: { annotations: { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=70' } },
  }),
  group('conflict-names', {
    a: { annotations: { 'load-balancer-name': 'one-name' } },
    b: { annotations: { 'load-balancer-name': 'other-name' } },
  }),
  group('conflict-cidrs', {
    a: { annotations: { 'inbound-cidrs': '10.0.0.0/24' } },
    b: { annotations: { 'inbound-cidrs': '10.1.0.0/24' } },
  }),
  group('conflict-groups', {
    a: { annotations: { 'security-groups': 'front' } },
    b: { annotations: { 'security-groups': 'other' } },
  }),
  group('conflict-protocol', {
    a: { annotations: { 'listen-ports': json([{ HTTP: 443 }]) } },
    b: { annotations: { 'listen-ports': json([{ HTTPS: 443 }]), 'certificate-arn': '$CERTIFICATE' } },
  }),
  group('two-defaults', {
    a: { paths: [], spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    b: { paths: [], spec: { defaultBackend: { service: { name: 'users', port: { number: 80 } } } } },
  }),
]

const changes: readonly Case[] = [
  changing('tags-change', { annotations: { tags: 'A=1,B=2' } }, { tags: 'B=3,C=4' }),
  changing('scheme-change', {}, { scheme: 'internet-facing' }),
  changing('type-change', {}, { 'target-type': 'instance' }),
  changing('check-change', {}, { 'healthcheck-path': '/changed' }),
  changing('cidrs-change', {}, { 'inbound-cidrs': '10.5.0.0/16' }),
  changing('broken-later', {}, { scheme: 'outside' }),
  changing('joins-later', {}, { 'group.name': 'joined' }),
]

function mutual(name: string, ...ports: readonly object[]): Case {
  return one(name, { annotations: { ...https, 'mutual-authentication': json(ports) } })
}

const clients: readonly Case[] = [
  mutual('mutual-passthrough', { port: 443, mode: 'passthrough' }),
  mutual('mutual-off', { port: 443, mode: 'off' }),
  mutual('mutual-other-port', { port: 80, mode: 'passthrough' }, { port: 8443, mode: 'off' }),
  mutual('mutual-no-store', { port: 443, mode: 'verify' }),
  mutual('mutual-no-such-store', { port: 443, mode: 'verify', trustStore: 'nobody' }),
  mutual('mutual-no-such-arn', {
    port: 443,
    mode: 'verify',
    trustStore: 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:truststore/none/0123456789abcdef',
  }),
  mutual('mutual-bogus', { port: 443, mode: 'sometimes' }),
  mutual('mutual-expiry', { port: 443, mode: 'passthrough', ignoreClientCertificateExpiry: true }),
]

const notEmulated: readonly Case[] = [
  refused('cognito', {
    ...https,
    'auth-type': 'cognito',
    'auth-idp-cognito': json({
      userPoolARN: 'arn:aws:cognito-idp:eu-central-1:1:userpool/p',
      userPoolClientID: 'c',
      userPoolDomain: 'd',
    }),
  }),
  refused('waf', {
    'wafv2-acl-arn':
      'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/a/3ab78708-85b0-49d3-b4e1-7a9615a6613b',
  }),
  refused('capacity', { 'minimum-load-balancer-capacity': 'CapacityUnits=1000' }),
  one('dualstack', { annotations: { 'ip-address-type': 'dualstack' } }),
]

export const ingressCases: readonly Case[] = [
  ...examples,
  ...settings,
  ...mistakes,
  ...groups,
  ...changes,
  ...clients,
  ...notEmulated,
]
