// Owns what the plan knows of Ingresses: which get an Application Load Balancer, and which of them share one.
import type { Ingress } from '../../generated/kubernetes.d.ts'
import type { Manifest, ManifestObject } from '../config/manifest.ts'
import { withoutEmpty } from '../config/yaml.ts'
import { BuildError } from '../rules/load-balancer/annotations.ts'
import {
  isIngressClaimed,
  type ClaimableClass,
  type ClaimableIngress,
} from '../rules/load-balancer/ingress/claim.ts'
import { groupOf, type GroupId, type IngressGroup } from '../rules/load-balancer/ingress/group.ts'

/** An Ingress of the load balancer controller. */
export interface BalancedIngress {
  readonly namespace: string
  readonly name: string
  readonly manifest: Manifest
  /** As the API will have it. */
  readonly ingress: Ingress
}

/** The Ingresses for which the AWS Load Balancer Controller will make an Application Load Balancer. */
export function balancedIngresses(manifests: readonly Manifest[]): BalancedIngress[] {
  const read = manifests
    .filter(({ object: { kind } }) => kind === 'IngressClass' || kind === 'Ingress')
    // A manifest is an object, and stays one.
    .map((manifest) => ({ manifest, object: withoutEmpty(manifest.object) as ManifestObject }))
  // What stands under `spec` was checked for its type before.
  const classes = read
    .filter(({ object }) => object.kind === 'IngressClass')
    .map(({ object }) => object as unknown as ClaimableClass)
  return read.flatMap(({ manifest, object }) => {
    if (object.kind !== 'Ingress' || object.apiVersion !== 'networking.k8s.io/v1') return []
    if (!isIngressClaimed(object as unknown as ClaimableIngress, classes)) return []
    const { name, namespace = 'default' } = object.metadata
    const { spec = {}, metadata } = object as unknown as Partial<Ingress> & Pick<Ingress, 'metadata'>
    return [
      { namespace, name, manifest, ingress: { ...asIngress, metadata: { ...metadata, namespace }, spec } },
    ]
  })
}

const asIngress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' } as const

/** Ingresses by group, without those whose group cannot be: they get no load balancer. */
export function ingressGroups(ingresses: readonly BalancedIngress[]): IngressGroup[] {
  const groups = new Map<GroupId, Ingress[]>()
  for (const { ingress } of ingresses) {
    if (refusal(() => groupOf(ingress))) continue
    const id = groupOf(ingress)
    groups.set(id, [...(groups.get(id) ?? []), ingress])
  }
  // What the files say of an IngressClassParams is not read.
  return [...groups].map(([id, members]) => ({
    id,
    members: members.map((ingress) => ({ ingress, params: {} })),
  }))
}

/** Why a rule refuses; undefined when it does not. */
export function refusal(rule: () => unknown): BuildError | undefined {
  try {
    rule()
    return undefined
  } catch (error) {
    if (error instanceof BuildError) return error
    throw error
  }
}
