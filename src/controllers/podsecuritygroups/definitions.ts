// Owns the CustomResourceDefinitions that the control plane of EKS brings to every cluster for the VPC resource controller.
// Source: aws/amazon-vpc-resource-controller-k8s config/crd/bases (fields, columns, short names).
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists } from '../../base/errors.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { customResourceDefinitions } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { GROUP } from '../../rules/eks/pod-security-groups.ts'

type Version = CustomResourceDefinition['spec']['versions'][number]
type Schema = NonNullable<NonNullable<Version['schema']>['openAPIV3Schema']>

const text: Schema = { type: 'string' }
const texts: Schema = { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' }
const object = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties })
const textByName: Schema = { type: 'object', additionalProperties: text }

const selector: Schema = {
  ...object({
    matchExpressions: {
      type: 'array',
      items: { ...object({ key: text, operator: text, values: texts }), required: ['key', 'operator'] },
      'x-kubernetes-list-type': 'atomic',
    },
    matchLabels: textByName,
  }),
  'x-kubernetes-map-type': 'atomic',
}

const policy = object({
  podSelector: selector,
  serviceAccountSelector: selector,
  securityGroups: object({ groupIds: { type: 'array', items: text, minItems: 1 } }),
})

const cniNode = object({
  features: { type: 'array', items: object({ name: text, value: text }) },
  tags: textByName,
})

interface Defined {
  readonly kind: string
  readonly plural: string
  readonly shortName: string
  readonly scope: 'Namespaced' | 'Cluster'
  readonly version: string
  readonly column: { readonly name: string; readonly jsonPath: string }
  readonly properties: Record<string, Schema>
}

function definition(of: Defined): Draft<CustomResourceDefinition> {
  const { kind, plural, shortName, scope, version, column, properties } = of
  const whole = object({ apiVersion: text, kind: text, metadata: { type: 'object' }, ...properties })
  return {
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [shortName] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: [{ ...column, type: 'string' }],
          schema: { openAPIV3Schema: whole },
        },
      ],
    },
  }
}

/** SecurityGroupPolicy and CNINode. */
export const vpcResourceDefinitions: readonly Draft<CustomResourceDefinition>[] = [
  definition({
    kind: 'SecurityGroupPolicy',
    plural: 'securitygrouppolicies',
    shortName: 'sgp',
    scope: 'Namespaced',
    version: 'v1beta1',
    column: { name: 'Security-Group-Ids', jsonPath: '.spec.securityGroups.groupIds' },
    properties: { spec: policy },
  }),
  definition({
    kind: 'CNINode',
    plural: 'cninodes',
    shortName: 'cnd',
    scope: 'Cluster',
    version: 'v1alpha1',
    column: { name: 'Features', jsonPath: '.spec.features' },
    properties: { spec: cniNode, status: { type: 'object' } },
  }),
]

/** The control loop that sees to it, once, that they are there. */
export function createDefinitionsController({ client }: Pick<ControllerContext, 'client'>): Controller {
  return {
    name: 'vpc-resource-definitions',
    sources: [
      {
        subscribe(enqueue) {
          for (const { metadata } of vpcResourceDefinitions) enqueue(metadata.name ?? '')
          return () => undefined
        },
      },
    ],
    async reconcile(name) {
      const wanted = vpcResourceDefinitions.find(({ metadata }) => metadata.name === name)
      if (!wanted) return
      try {
        await client.create(customResourceDefinitions, wanted)
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
      }
    },
  }
}
