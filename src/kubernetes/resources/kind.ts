// Owns what a kind is to the API server: names, scope, printing, defaulting beyond the field table, validation.
import type { KubernetesObject, Resource } from '../client/client.ts'
import type { Fields } from '../schema/default-fill.ts'
import { schemaOf, type ObjectSchema, type SchemaRef } from '../schema/object-schema.ts'
import type { FieldError } from './field-error.ts'
import type { NameRule } from './naming.ts'

export type Cell = string | number | boolean | null

/** One column of `kubectl get`; priority 1 shows with `-o wide` only. */
export interface Column<T extends KubernetesObject = KubernetesObject> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: 'name'
  readonly priority?: 1
  /** Where it is absent, what Kubernetes publishes about the kind is shown. */
  readonly description?: string
  /** What is printed; `nowMs` is the moment ages are counted from. */
  cell(object: T, nowMs: number): Cell
}

/** Where the fields of a `scale` subresource are. */
export interface ScaleAccess<T extends KubernetesObject> {
  read(object: T): { readonly replicas: number; readonly current: number; readonly selector: string }
  write(object: T, replicas: number): T
}

/** The strategy of one kind. Functions are pure: they return changed copies. */
export interface Kind<T extends KubernetesObject = KubernetesObject> {
  readonly resource: Resource<T>
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** The shape of its objects. */
  readonly schema: ObjectSchema
  readonly nameRule: NameRule
  /** What can be done with objects of the kind; a kind that can only be read has no objects. */
  readonly verbs: readonly string[]
  /** True when `metadata.generation` counts changes of the spec. */
  readonly generation: boolean
  /** True when there is a `status` subresource, which ordinary writes then leave alone. */
  readonly status: boolean
  readonly scale?: ScaleAccess<T>
  /** Subresources that read and write a part of the object, by rules of their own; they are in `subresources` too. */
  readonly parts?: Readonly<Record<string, PartRules<T>>>
  /** Subresources beside status and scale, as discovery lists them. */
  readonly subresources: readonly Subresource[]
  readonly columns: readonly Column<T>[]
  /** Set when objects are stored as those of another kind, of which this one is a view. */
  readonly storedAs?: StoredAs<T>
  /** Set when objects are computed at each request and stored nowhere; such a kind can only be read. */
  readonly computed?: () => readonly T[]
  /** Field selector values beyond metadata.name and metadata.namespace. */
  fields?(object: T): Readonly<Record<string, string>>
  /** Fills in, in place, what the API server fills in beyond the `+default`s of the type. */
  defaults?(object: Fields): void
  /** Completes an object about to be created. */
  prepareForCreate?(object: T): T
  /** Completes a new version of an object. */
  prepareForUpdate?(object: T, old: T): T
  /** Completes an object whose status is written. */
  prepareForStatus?(object: T, old: T): T
  validate?(object: T): readonly FieldError[]
  /** Texts for `Warning` headers about an object that is stored all the same; `old` is set for updates. */
  warnings?(object: T, old?: T): readonly string[]
  /** What holds for new objects alone. */
  validateCreate?(object: T): readonly FieldError[]
  validateUpdate?(object: T, old: T): readonly FieldError[]
  /** What holds for writes of the status subresource. */
  validateStatus?(object: T, old: T): readonly FieldError[]
  /** True when a whole new version must say which one it follows (a strategy's AllowUnconditionalUpdate). */
  readonly needsVersion?: true
  /** True when a PUT makes what is not there (AllowCreateOnUpdate). */
  readonly madeByPut?: true
  /** Metadata that a write of the status leaves as it is (ResetObjectMetaForStatus); owner references where absent. */
  readonly keptWithStatus?: readonly (keyof KubernetesObject['metadata'])[]
  /** True when finalizers need neither a domain nor a well-known name. */
  readonly bareFinalizers?: true
  /** Where upstream's storage keeps the objects, which messages name; the plural where absent. */
  readonly storedUnder?: string
  /** True when more than finalizers holds an object that is being deleted. */
  isHeld?(object: T): boolean
  /** Completes an object whose deletion begins. */
  prepareForDelete?(object: T): T
  /** True when a deletion that says nothing of dependents leaves them behind, as old kinds do. */
  readonly orphansDependents?: true
  /** Finalizers that a deletion puts on objects, for a controller that cleans up behind them. */
  readonly finalizersOnDelete?: readonly string[]
  /** Set for a version that should no longer be used: what clients are told with every answer. */
  readonly deprecation?: string
  /** Seconds an object may linger between deletion and removal; 0 or absent: it goes at once. */
  gracePeriodSeconds?(object: T, requested: number | undefined): number
}

/** What a subresource may change of an object, and what holds for the change. */
export interface PartRules<T extends KubernetesObject> {
  /** The old object with the part, and the metadata, of the new one. */
  keep(next: T, old: T): T
  validate(next: T, old: T): readonly FieldError[]
}

export interface StoredAs<T extends KubernetesObject> {
  readonly resource: Resource
  encode(object: T): KubernetesObject | Promise<KubernetesObject>
  decode(stored: KubernetesObject): T
  /** Set where a webhook converts. @throws Unconverted unless `decode` takes all of these. */
  requireConverted?(stored: readonly KubernetesObject[]): void
}

export interface Subresource {
  readonly name: string
  readonly kind: string
  /** Set when the body belongs to another group. */
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

type Optional =
  | 'singular'
  | 'shortNames'
  | 'categories'
  | 'nameRule'
  | 'verbs'
  | 'generation'
  | 'status'
  | 'subresources'

/** A kind with the usual choices for what is left out; `type` is its name in the field table, or its schema. */
export function defineKind<T extends KubernetesObject>({
  type,
  ...kind
}: Omit<Kind<T>, Optional | 'schema'> &
  Partial<Pick<Kind<T>, Optional>> & { readonly type: SchemaRef }): Kind<T> {
  return {
    schema: schemaOf(type),
    singular: kind.resource.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    nameRule: 'subdomain',
    verbs: VERBS,
    generation: false,
    status: false,
    subresources: [],
    ...kind,
  }
}
