// Owns what both load balancer controllers are given: Services, Ingresses and what becomes of them.
import { createHash } from 'node:crypto'

type Annotations = Readonly<Record<string, string>>

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Annotations
  }
  readonly spec?: object
}

/** One thing to try. */
export interface Case {
  readonly name: string
  readonly objects: readonly KubernetesObject[]
  /** The same objects as they are changed to, once all cases are what they should be. */
  readonly changed?: readonly KubernetesObject[]
  /** True where AWS would do it, and Neargate refuses it by name: only that is compared. */
  readonly isRefused?: boolean
}

/** A port in the range of node ports that is the same in every run. */
export function nodePortOf(name: string): number {
  return 30_000 + (createHash('sha256').update(name).digest().readUInt32BE() % 2_700)
}

/** An object with other annotations beside its own; undefined takes one away. */
export function annotated<Some extends KubernetesObject>(
  object: Some,
  changes: Readonly<Record<string, string | undefined>>,
): Some {
  const all = Object.entries({ ...object.metadata.annotations, ...changes })
  const annotations = Object.fromEntries(
    all.filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return { ...object, metadata: { ...object.metadata, annotations } }
}
