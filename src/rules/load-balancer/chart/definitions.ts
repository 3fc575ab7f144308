// Owns the CustomResourceDefinitions that the AWS Load Balancer Controller needs to be there when it starts.
// Source: aws-load-balancer-controller v3.5.0, apis/elbv2/v1beta1: names, fields, columns and defaults. Fields that only the
// controller judges are left open, as it has webhooks for them.

import { AUTO_MODE } from '../edition.ts'

type Schema = Readonly<Record<string, unknown>>

/** A CustomResourceDefinition as it is applied. */
export interface Definition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: Schema
}

interface Names {
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly scope: 'Namespaced' | 'Cluster'
  /** The version that is stored; v1beta1 when absent. */
  readonly version?: string
}

interface Shape {
  readonly spec: Schema
  readonly status?: Schema
  /** Title, path, type, and the priority of a column that only `-o wide` shows. */
  readonly columns: readonly (readonly [title: string, jsonPath: string, type?: string, priority?: number])[]
  /** Versions that are served besides v1beta1. */
  readonly older?: readonly string[]
}

const STRING: Schema = { type: 'string' }
const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const object = (properties: Schema, required?: readonly string[]): Schema => ({
  type: 'object',
  properties,
  ...(required && { required }),
})
const listOf = (items: Schema): Schema => ({ type: 'array', items })
const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values })
const INT_OR_STRING: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
}
const AGE = ['AGE', '.metadata.creationTimestamp', 'date'] as const

function define(names: Names, shape: Shape): Definition {
  const { group, kind, plural, scope, version: stored = 'v1beta1' } = names
  const additionalPrinterColumns = [...shape.columns, AGE].map(
    ([name, jsonPath, type = 'string', priority = 0]) => ({
      name,
      jsonPath,
      type,
      ...(priority === 0 ? {} : { priority }),
    }),
  )
  const version = (name: string, isStored: boolean): Schema => ({
    name,
    served: true,
    storage: isStored,
    ...(shape.status ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns,
    schema: {
      openAPIV3Schema: object({
        apiVersion: STRING,
        kind: STRING,
        metadata: { type: 'object' },
        spec: shape.spec,
        ...(shape.status && { status: shape.status }),
      }),
    },
  })
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [...(shape.older ?? []).map((name) => version(name, false)), version(stored, true)],
    },
  }
}

const port = object({ port: INT_OR_STRING, protocol: oneOf('TCP', 'UDP') })
const peer = object({
  ipBlock: object({ cidr: STRING }, ['cidr']),
  securityGroup: object({ groupID: STRING }, ['groupID']),
})

const bindingShape: Shape = {
  spec: object(
    {
      targetGroupARN: STRING,
      targetGroupName: STRING,
      targetType: oneOf('instance', 'ip', 'alb'),
      serviceRef: object({ name: STRING, port: INT_OR_STRING }, ['name', 'port']),
      networking: object({
        ingress: listOf(object({ from: listOf(peer), ports: listOf(port) }, ['from', 'ports'])),
      }),
      nodeSelector: { ...open, 'x-kubernetes-map-type': 'atomic' },
      ipAddressType: oneOf('ipv4', 'ipv6'),
      vpcID: STRING,
      multiClusterTargetGroup: { type: 'boolean' },
      targetGroupProtocol: STRING,
      iamRoleArnToAssume: STRING,
      assumeRoleExternalId: STRING,
    },
    ['serviceRef'],
  ),
  status: object({ observedGeneration: { type: 'integer', format: 'int64' } }),
  columns: [
    ['SERVICE-NAME', '.spec.serviceRef.name'],
    ['SERVICE-PORT', '.spec.serviceRef.port'],
    ['TARGET-TYPE', '.spec.targetType'],
    ['ARN', '.spec.targetGroupARN', 'string', 1],
    ['NAME', '.spec.targetGroupName', 'string', 1],
  ],
}
const bindingNames = {
  kind: 'TargetGroupBinding',
  plural: 'targetgroupbindings',
  scope: 'Namespaced',
} as const

const paramsNames = { kind: 'IngressClassParams', plural: 'ingressclassparams', scope: 'Cluster' } as const
const paramsShape: Shape = {
  spec: {
    ...open,
    properties: {
      group: object({ name: STRING }, ['name']),
      scheme: oneOf('internal', 'internet-facing'),
      ipAddressType: oneOf('ipv4', 'dualstack', 'dualstack-without-public-ipv4'),
      targetType: oneOf('instance', 'ip'),
      inboundCIDRs: listOf(STRING),
      certificateArn: listOf(STRING),
      certificateARNs: listOf(STRING),
      sslPolicy: STRING,
      loadBalancerName: STRING,
      tags: listOf(object({ key: STRING, value: STRING }, ['key', 'value'])),
      loadBalancerAttributes: listOf(object({ key: STRING, value: STRING }, ['key', 'value'])),
    },
  },
  columns: [
    ['GROUP-NAME', '.spec.group.name'],
    ['SCHEME', '.spec.scheme'],
    ['IP-ADDRESS-TYPE', '.spec.ipAddressType'],
  ],
}

const albTargetControlConfigs = define(
  {
    group: 'elbv2.k8s.aws',
    kind: 'ALBTargetControlConfig',
    plural: 'albtargetcontrolconfigs',
    scope: 'Namespaced',
  },
  { spec: { ...open, properties: { image: STRING } }, columns: [['IMAGE', '.spec.image']] },
)

const globalAccelerators = define(
  { group: 'aga.k8s.aws', kind: 'GlobalAccelerator', plural: 'globalaccelerators', scope: 'Namespaced' },
  {
    spec: { ...open, properties: { name: STRING } },
    status: open,
    columns: [
      ['ACCELERATOR-NAME', '.spec.name'],
      ['DNS-NAME', '.status.dnsName'],
      ['STATUS', '.status.status'],
    ],
  },
)

/** The definitions of the chart apart from those of the Gateway API, which the controller does without. */
export const chartDefinitions: readonly Definition[] = [
  define({ group: 'elbv2.k8s.aws', ...bindingNames }, { ...bindingShape, older: ['v1alpha1'] }),
  define({ group: 'elbv2.k8s.aws', ...paramsNames }, paramsShape),
  albTargetControlConfigs,
  globalAccelerators,
]

const { group, version } = AUTO_MODE

/** Those of EKS Auto Mode: the same kinds under its own name. */
export const autoModeBalancing: readonly Definition[] = [
  define({ group, version, ...bindingNames }, bindingShape),
  define({ group, version, ...paramsNames }, paramsShape),
]
