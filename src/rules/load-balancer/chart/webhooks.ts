// Owns the webhook configurations of the AWS Load Balancer Controller: which requests the API server asks it about.
// Source: aws-load-balancer-controller v3.5.0, helm/aws-load-balancer-controller/templates/webhook.yaml with its values.
import { CONTROLLER_NAME } from '../controller-role.ts'

/** The Service that the API server reaches the controller by. */
export const WEBHOOK_SERVICE = 'aws-load-balancer-webhook-service'
/** The Secret with the certificate that it answers with. */
export const WEBHOOK_SECRET = 'aws-load-balancer-tls'
const NAME = 'aws-load-balancer-webhook'

interface WebhookOptions {
  readonly namespace: string
  /** PEM in base64. */
  readonly caBundle: string
}

interface Hook {
  readonly name: string
  readonly path: string
  readonly on: readonly [group: string, version: string, resource: string, ...operations: string[]]
  readonly namespaces?: readonly Expression[]
  readonly objects?: readonly Expression[]
  readonly failurePolicy?: 'Ignore'
  readonly matchPolicy?: 'Equivalent'
}

interface Expression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'DoesNotExist'
  readonly values?: readonly string[]
}

// The controller must not be asked about itself while it is not there.
const NOT_ITSELF: Expression = { key: 'app.kubernetes.io/name', operator: 'NotIn', values: [CONTROLLER_NAME] }
const PODS = ['', 'v1', 'pods', 'CREATE'] as const
const labeled = (key: string, value: string): Expression => ({ key, operator: 'In', values: [value] })
const AGENT_IN_NAMESPACE = 'elbv2.k8s.aws/alb-target-control-agent-injection'
const AGENT_IN_POD = 'elbv2.k8s.aws/alb-target-control-agent-inject'
const BINDINGS = ['elbv2.k8s.aws', 'v1beta1', 'targetgroupbindings', 'CREATE', 'UPDATE'] as const

const MUTATING: readonly Hook[] = [
  {
    name: 'mpod.elbv2.k8s.aws',
    path: '/mutate-v1-pod',
    on: PODS,
    namespaces: [labeled('elbv2.k8s.aws/pod-readiness-gate-inject', 'enabled')],
    objects: [NOT_ITSELF],
    failurePolicy: 'Ignore',
  },
  {
    name: 'quicid.elbv2.k8s.aws',
    path: '/mutate-v1-pod-server-id',
    on: PODS,
    namespaces: [labeled('elbv2.k8s.aws/quic-server-id-inject', 'enabled')],
    objects: [NOT_ITSELF],
  },
  {
    name: 'mservice.elbv2.k8s.aws',
    path: '/mutate-v1-service',
    on: ['', 'v1', 'services', 'CREATE'],
    objects: [NOT_ITSELF],
  },
  {
    name: 'alb-target-control.namespace.elbv2.k8s.aws',
    path: '/mutate-alb-target-control-namespace-v1-pod',
    on: PODS,
    namespaces: [labeled(AGENT_IN_NAMESPACE, 'enabled')],
    objects: [NOT_ITSELF, { key: AGENT_IN_POD, operator: 'NotIn', values: ['false'] }],
  },
  {
    name: 'alb-target-control.object.elbv2.k8s.aws',
    path: '/mutate-alb-target-control-object-v1-pod',
    on: PODS,
    namespaces: [{ key: AGENT_IN_NAMESPACE, operator: 'DoesNotExist' }],
    objects: [NOT_ITSELF, labeled(AGENT_IN_POD, 'true')],
  },
  {
    name: 'mtargetgroupbinding.elbv2.k8s.aws',
    path: '/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding',
    on: BINDINGS,
  },
]

const VALIDATING: readonly Hook[] = [
  {
    name: 'vingressclassparams.elbv2.k8s.aws',
    path: '/validate-elbv2-k8s-aws-v1beta1-ingressclassparams',
    on: ['elbv2.k8s.aws', 'v1beta1', 'ingressclassparams', 'CREATE', 'UPDATE'],
    objects: [NOT_ITSELF],
  },
  {
    name: 'vtargetgroupbinding.elbv2.k8s.aws',
    path: '/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding',
    on: BINDINGS,
  },
  {
    name: 'vingress.elbv2.k8s.aws',
    path: '/validate-networking-v1-ingress',
    on: ['networking.k8s.io', 'v1', 'ingresses', 'CREATE', 'UPDATE'],
    matchPolicy: 'Equivalent',
  },
]

/** Both configurations, as they are applied. */
export function chartWebhooks(options: WebhookOptions): readonly {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly webhooks: readonly object[]
}[] {
  const configuration = (kind: string, hooks: readonly Hook[]) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: NAME },
    webhooks: hooks.map((hook) => webhookOf(hook, options)),
  })
  return [
    configuration('MutatingWebhookConfiguration', MUTATING),
    configuration('ValidatingWebhookConfiguration', VALIDATING),
  ]
}

function webhookOf(hook: Hook, { namespace, caBundle }: WebhookOptions): object {
  const [group, version, resource, ...operations] = hook.on
  return {
    name: hook.name,
    clientConfig: { caBundle, service: { name: WEBHOOK_SERVICE, namespace, path: hook.path } },
    failurePolicy: hook.failurePolicy ?? 'Fail',
    ...(hook.matchPolicy && { matchPolicy: hook.matchPolicy }),
    ...(hook.namespaces && { namespaceSelector: { matchExpressions: hook.namespaces } }),
    ...(hook.objects && { objectSelector: { matchExpressions: hook.objects } }),
    rules: [{ apiGroups: [group], apiVersions: [version], operations, resources: [resource] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  }
}
