// Owns the CustomResourceDefinitions that the AWS Load Balancer Controller needs to be there when it starts.
// Source: aws-load-balancer-controller v3.5.0, apis/elbv2/v1beta1: names, fields, columns and defaults. Fields that only the
// controller judges are left open, as it has webhooks for them.

import { AUTO_MODE } from '../edition.ts'
import {
  define,
  INT_OR_STRING,
  listOf,
  object,
  oneOf,
  open,
  STRING,
  type Definition,
  type Shape,
} from './definition.ts'
import { gatewayDefinitions } from './gateway-definitions.ts'

export type { Definition } from './definition.ts'

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

/** The definitions of the chart. Those of the Gateway API itself are for the owner of the cluster to install. */
export const chartDefinitions: readonly Definition[] = [
  define({ group: 'elbv2.k8s.aws', ...bindingNames }, { ...bindingShape, older: ['v1alpha1'] }),
  define({ group: 'elbv2.k8s.aws', ...paramsNames }, paramsShape),
  albTargetControlConfigs,
  globalAccelerators,
  ...gatewayDefinitions,
]

const { group, version } = AUTO_MODE

/** Those of EKS Auto Mode: the same kinds under its own name. */
export const autoModeBalancing: readonly Definition[] = [
  define({ group, version, ...bindingNames }, bindingShape),
  define({ group, version, ...paramsNames }, paramsShape),
]
