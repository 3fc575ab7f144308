// Owns the manifests of the AWS Load Balancer Controller, as its Helm chart renders them for one cluster.
import { CONTROLLER_NAME } from '../rules/load-balancer/controller-role.ts'
import { chartDefinitions } from '../rules/load-balancer/chart/definitions.ts'
import { chartWebhooks, WEBHOOK_SECRET, WEBHOOK_SERVICE } from '../rules/load-balancer/chart/webhooks.ts'
import type { SourcedObject } from './apply.ts'
import type { ServingCertificate } from './controller-certificate.ts'

// appVersion of chart 3.5.0.
const IMAGE = 'public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0'
const REPLICAS = 2
const HEALTH_PORT = 61779
const CERTIFICATES = '/tmp/k8s-webhook-server/serving-certs'

export interface ControllerOptions {
  readonly clusterName: string
  readonly region: string
  readonly vpcId: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly certificate: ServingCertificate
  /** Definitions of the Gateway API that the files bring: the controller looks for them when it starts, and not again. */
  readonly gatewayKinds?: readonly string[]
}

/** Names the definitions that a controller was started with, so that further ones start it anew. */
const GATEWAY_KINDS = 'neargate.dev/gateway-kinds'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

const READ = ['get', 'list', 'watch']
const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
})

const WATCH_AND_MARK = [...READ, 'patch']
const GATEWAYS = 'gateway.networking.k8s.io'
const ROUTES = ['grpcroutes', 'httproutes', 'listenersets', 'tcproutes', 'tlsroutes', 'udproutes']
const GATEWAY_CONFIGURATIONS = [
  'listenerruleconfigurations',
  'loadbalancerconfigurations',
  'targetgroupconfigurations',
]
const below = (subresource: string, resources: readonly string[]): readonly string[] =>
  resources.map((resource) => `${resource}/${subresource}`)

const CLUSTER_RULES: readonly Rule[] = [
  rule('', ['configmaps'], ['create', 'delete', 'get', 'update']),
  rule('', ['endpoints', 'namespaces', 'nodes', 'pods'], READ),
  rule('', ['events'], ['create', 'patch']),
  rule('', ['pods/status', 'services/status'], ['patch', 'update']),
  rule('', ['services'], [...READ, 'patch', 'update']),
  rule('aga.k8s.aws', ['globalaccelerators'], WATCH_AND_MARK),
  rule('aga.k8s.aws', ['globalaccelerators/finalizers', 'globalaccelerators/status'], ['patch', 'update']),
  rule('discovery.k8s.io', ['endpointslices'], READ),
  rule('networking.k8s.io', ['ingressclasses'], READ),
  rule('networking.k8s.io', ['ingresses'], [...READ, 'patch', 'update']),
  rule('networking.k8s.io', ['ingresses/status'], ['patch', 'update']),
  rule('elbv2.k8s.aws', ['albtargetcontrolconfigs'], ['get']),
  rule('elbv2.k8s.aws', ['ingressclassparams'], READ),
  rule('elbv2.k8s.aws', ['targetgroupbindings'], [...READ, 'create', 'delete', 'patch', 'update']),
  rule('elbv2.k8s.aws', ['targetgroupbindings/status'], ['patch', 'update']),
  rule('gateway.k8s.aws', GATEWAY_CONFIGURATIONS, WATCH_AND_MARK),
  rule('gateway.k8s.aws', below('finalizers', GATEWAY_CONFIGURATIONS), ['patch', 'update']),
  rule('gateway.k8s.aws', below('status', GATEWAY_CONFIGURATIONS), ['get', 'patch', 'update']),
  rule(GATEWAYS, ['gatewayclasses', 'gateways', 'referencegrants'], WATCH_AND_MARK),
  rule(GATEWAYS, below('finalizers', ['gatewayclasses', 'gateways']), ['patch', 'update']),
  rule(GATEWAYS, below('status', ['gatewayclasses', 'gateways', ...ROUTES]), ['get', 'patch', 'update']),
  rule(GATEWAYS, ROUTES, READ),
  rule(GATEWAYS, below('finalizers', ROUTES), ['update']),
]

const LEADER = 'aws-load-balancer-controller-leader'
const LEADER_RULES: readonly Rule[] = [
  rule('', ['configmaps'], ['create']),
  { ...rule('', ['configmaps'], ['get', 'patch', 'update']), resourceNames: [LEADER] },
  rule('coordination.k8s.io', ['leases'], ['create']),
  { ...rule('coordination.k8s.io', ['leases'], ['get', 'patch', 'update']), resourceNames: [LEADER] },
]

/** The objects to apply: definitions, RBAC, certificate, Deployment, webhooks and their Service, IngressClass. */
export function controllerManifests(options: ControllerOptions): readonly SourcedObject[] {
  const { namespace, certificate } = options
  const labels = { 'app.kubernetes.io/name': CONTROLLER_NAME, 'app.kubernetes.io/instance': CONTROLLER_NAME }
  const objects = [
    ...chartDefinitions,
    ...clusterAccess(options, labels),
    ...leaderAccess(options, labels),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: WEBHOOK_SECRET, namespace, labels },
      type: 'kubernetes.io/tls',
      data: certificate.data,
    },
    deployment(options, labels),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: WEBHOOK_SERVICE, namespace, labels },
      spec: {
        ports: [{ port: 443, name: 'webhook-server', targetPort: 'webhook-server' }],
        selector: labels,
      },
    },
    ...chartWebhooks({ namespace, caBundle: certificate.caBundle }).map((each) => ({
      ...each,
      metadata: { ...each.metadata, labels },
    })),
    { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'IngressClassParams', metadata: { name: 'alb', labels } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'alb', labels },
      spec: { controller: 'ingress.k8s.aws/alb' },
    },
  ]
  return objects.map((object) => ({ object, source: CONTROLLER_NAME }))
}

type Labels = Readonly<Record<string, string>>
type AnyObject = SourcedObject['object']

function clusterAccess(options: ControllerOptions, labels: Labels): readonly AnyObject[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const name = `${CONTROLLER_NAME}-role`
  return [
    object({ apiVersion, kind: 'ClusterRole', metadata: { name, labels }, rules: CLUSTER_RULES }),
    object({
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: `${CONTROLLER_NAME}-rolebinding`, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [subject(options)],
    }),
  ]
}

function leaderAccess(options: ControllerOptions, labels: Labels): readonly AnyObject[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const { namespace } = options
  const name = `${CONTROLLER_NAME}-leader-election-role`
  return [
    object({ apiVersion, kind: 'Role', metadata: { name, namespace, labels }, rules: LEADER_RULES }),
    object({
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: `${name}binding`, namespace, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [subject(options)],
    }),
  ]
}

function object<T extends AnyObject>(value: T): AnyObject {
  return value
}

function subject({ namespace, serviceAccount }: ControllerOptions): unknown {
  return { kind: 'ServiceAccount', name: serviceAccount, namespace }
}

function deployment(options: ControllerOptions, labels: Labels): AnyObject {
  const { gatewayKinds = [] } = options
  return object({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: CONTROLLER_NAME, namespace: options.namespace, labels },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels,
          ...(gatewayKinds.length > 0 && { annotations: { [GATEWAY_KINDS]: gatewayKinds.join(',') } }),
        },
        spec: podSpec(options, labels),
      },
    },
  })
}

function podSpec(options: ControllerOptions, labels: Labels): unknown {
  const { clusterName, region, vpcId, serviceAccount } = options
  return {
    serviceAccountName: serviceAccount,
    priorityClassName: 'system-cluster-critical',
    securityContext: { fsGroup: 65534 },
    terminationGracePeriodSeconds: 10,
    volumes: [{ name: 'cert', secret: { secretName: WEBHOOK_SECRET } }],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: labels },
            },
          },
        ],
      },
    },
    containers: [
      {
        name: CONTROLLER_NAME,
        image: IMAGE,
        args: [
          `--cluster-name=${clusterName}`,
          '--ingress-class=alb',
          `--aws-region=${region}`,
          `--aws-vpc-id=${vpcId}`,
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
        },
        volumeMounts: [{ name: 'cert', mountPath: CERTIFICATES, readOnly: true }],
        ports: [
          { name: 'webhook-server', containerPort: 9443, protocol: 'TCP' },
          { name: 'metrics-server', containerPort: 8080, protocol: 'TCP' },
        ],
        livenessProbe: {
          httpGet: { path: '/healthz', port: HEALTH_PORT, scheme: 'HTTP' },
          initialDelaySeconds: 30,
          timeoutSeconds: 10,
        },
        // The chart waits 10 s before its first look; a controller that is ready at once need not.
        readinessProbe: {
          httpGet: { path: '/readyz', port: HEALTH_PORT, scheme: 'HTTP' },
          timeoutSeconds: 10,
        },
      },
    ],
  }
}
