// Owns the custom resource definitions that EKS Auto Mode brings: NodePool, NodeClaim and NodeClass.
// Source: karpenter.sh_nodepools.yaml and karpenter.sh_nodeclaims.yaml of kubernetes-sigs/karpenter (fields, columns,
// patterns); EKS user guide, "Create a Node Class for Amazon EKS" (fields and ranges).
import type { CustomResourceDefinition } from '../../../../../generated/kubernetes.d.ts'

type Definition = Pick<CustomResourceDefinition, 'spec'> & {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> }
}
type Version = CustomResourceDefinition['spec']['versions'][number]
type Schema = NonNullable<NonNullable<Version['schema']>['openAPIV3Schema']>
type Column = NonNullable<Version['additionalPrinterColumns']>[number]

const DURATION_OR_NEVER = '^(([0-9]+(s|m|h))+|Never)$'
const DURATION = '^([0-9]+(s|m|h))+$'

const text: Schema = { type: 'string' }
const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const labels: Schema = { type: 'object', additionalProperties: text }
const amounts: Schema = {
  type: 'object',
  additionalProperties: {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
  },
}

function object(properties: Record<string, Schema>, required: string[] = []): Schema {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) }
}

function list(items: Schema, more: Partial<Schema> = {}): Schema {
  return { type: 'array', items, ...more }
}

const taints = list(
  object(
    {
      key: { type: 'string', minLength: 1 },
      value: text,
      effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    },
    ['effect', 'key'],
  ),
  { 'x-kubernetes-list-type': 'atomic' },
)

const requirements = list(
  object(
    {
      key: { type: 'string', maxLength: 316 },
      operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt', 'Gte', 'Lte'] },
      values: list(text, { 'x-kubernetes-list-type': 'atomic' }),
      minValues: { type: 'integer', minimum: 1, maximum: 50 },
    },
    ['key', 'operator'],
  ),
  {
    maxItems: 100,
    'x-kubernetes-validations': [
      {
        rule: "self.all(x, x.operator == 'In' ? has(x.values) && x.values.size() != 0 : true)",
        message: "requirements with operator 'In' must have a value defined",
      },
      {
        rule: "self.all(x, x.operator in ['Gt', 'Lt', 'Gte', 'Lte'] ? has(x.values) && x.values.size() == 1 && int(x.values[0]) >= 0 : true)",
        message:
          "requirements operator 'Gt', 'Lt', 'Gte', or 'Lte' must have a single positive integer value",
      },
    ],
  },
)

const nodeClassRef = object({ group: text, kind: text, name: text }, ['group', 'kind', 'name'])

const claimTemplate = {
  expireAfter: { type: 'string', pattern: DURATION_OR_NEVER, default: '720h' } as Schema,
  nodeClassRef,
  requirements,
  startupTaints: taints,
  taints,
  terminationGracePeriod: { type: 'string', pattern: DURATION } as Schema,
}

const budgets = list(
  object(
    {
      nodes: { type: 'string', default: '10%', pattern: '^((100|[0-9]{1,2})%|[0-9]+)$' },
      reasons: list({ type: 'string', enum: ['Underutilized', 'Empty', 'Drifted'] }),
      schedule: text,
      duration: text,
    },
    ['nodes'],
  ),
  {
    default: [{ nodes: '10%' }],
    maxItems: 50,
    'x-kubernetes-list-type': 'atomic',
    'x-kubernetes-validations': [
      {
        rule: 'self.all(x, has(x.schedule) == has(x.duration))',
        message: "'schedule' must be set with 'duration'",
      },
    ],
  },
)

const pool = object(
  {
    disruption: {
      ...object(
        {
          budgets,
          consolidateAfter: { type: 'string', pattern: DURATION_OR_NEVER },
          consolidationPolicy: {
            type: 'string',
            enum: ['WhenEmpty', 'WhenEmptyOrUnderutilized', 'Balanced'],
            default: 'WhenEmptyOrUnderutilized',
          },
        },
        ['consolidateAfter'],
      ),
      default: { consolidateAfter: '0s' },
    },
    limits: amounts,
    replicas: { type: 'integer', format: 'int64', minimum: 0 },
    template: object(
      {
        metadata: object({ annotations: labels, labels }),
        spec: object(claimTemplate, ['nodeClassRef', 'requirements']),
      },
      ['spec'],
    ),
    weight: { type: 'integer', format: 'int32', minimum: 1, maximum: 100 },
  },
  ['template'],
)

const claim = object({ ...claimTemplate, resources: object({ requests: amounts }) }, [
  'nodeClassRef',
  'requirements',
])

const terms = list(object({ id: text, name: text, tags: labels }), { maxItems: 30 })

const nodeClass = object({
  role: { type: 'string', minLength: 1 },
  subnetSelectorTerms: terms,
  securityGroupSelectorTerms: terms,
  ephemeralStorage: object({
    size: { type: 'string', pattern: '^[0-9]+(G|Gi|T|Ti)$' },
    iops: { type: 'integer', minimum: 3000, maximum: 16_000 },
    throughput: { type: 'integer', minimum: 125, maximum: 1000 },
    kmsKeyID: text,
  }),
  snatPolicy: { type: 'string', enum: ['Random', 'Disabled'] },
  networkPolicy: { type: 'string', enum: ['DefaultAllow', 'DefaultDeny'] },
  networkPolicyEventLogs: { type: 'string', enum: ['Enabled', 'Disabled'] },
  advancedNetworking: open,
  certificateBundles: list(object({ name: text, data: text }, ['data', 'name'])),
  tags: labels,
})

const column = (name: string, jsonPath: string, more: Partial<Column> = {}): Column => ({
  name,
  jsonPath,
  type: 'string',
  ...more,
})
const READY = column('Ready', '.status.conditions[?(@.type=="Ready")].status')
const AGE = column('Age', '.metadata.creationTimestamp', { type: 'date' })

function definition(from: {
  readonly group: string
  readonly kind: string
  readonly spec: Schema
  readonly columns: readonly Column[]
}): Definition {
  const { group, kind, spec, columns } = from
  const singular = kind.toLowerCase()
  const plural = singular.endsWith('s') ? `${singular}es` : `${singular}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/managed-by': 'eks' } },
    spec: {
      group,
      scope: 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        ...(group === 'karpenter.sh' ? { categories: ['karpenter'] } : {}),
      },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          additionalPrinterColumns: [...columns],
          schema: {
            openAPIV3Schema: object(
              { apiVersion: text, kind: text, metadata: { type: 'object' }, spec, status: open },
              ['spec'],
            ),
          },
          subresources: { status: {} },
        },
      ],
    },
  }
}

/** The definitions, as they are applied to a cluster. */
export const autoModeDefinitions: readonly Definition[] = [
  definition({
    group: 'karpenter.sh',
    kind: 'NodePool',
    spec: pool,
    columns: [
      column('NodeClass', '.spec.template.spec.nodeClassRef.name'),
      column('Nodes', '.status.nodes'),
      READY,
      AGE,
      column('Weight', '.spec.weight', { priority: 1, type: 'integer' }),
      column('CPU', '.status.resources.cpu', { priority: 1 }),
      column('Memory', '.status.resources.memory', { priority: 1 }),
    ],
  }),
  definition({
    group: 'karpenter.sh',
    kind: 'NodeClaim',
    spec: claim,
    columns: [
      column('Type', '.metadata.labels.node\\.kubernetes\\.io/instance-type'),
      column('Capacity', '.metadata.labels.karpenter\\.sh/capacity-type'),
      column('Zone', '.metadata.labels.topology\\.kubernetes\\.io/zone'),
      column('Node', '.status.nodeName'),
      READY,
      AGE,
      column('ImageID', '.status.imageID', { priority: 1 }),
      column('ID', '.status.providerID', { priority: 1 }),
      column('NodePool', '.metadata.labels.karpenter\\.sh/nodepool', { priority: 1 }),
      column('NodeClass', '.spec.nodeClassRef.name', { priority: 1 }),
    ],
  }),
  definition({
    group: 'eks.amazonaws.com',
    kind: 'NodeClass',
    spec: nodeClass,
    columns: [column('Role', '.spec.role'), READY, AGE],
  }),
]
