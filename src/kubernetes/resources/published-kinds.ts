// Owns what Kubernetes publishes about its kinds: data/kubernetes-kinds.json, looked up.
import { packageText } from '../../base/package-files.ts'

interface PublishedColumn {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly priority?: number
  readonly description?: string
}

interface Place {
  readonly group: string
  readonly version: string
  readonly plural: string
}

/** One kind as discovery and its Table show it. */
export interface PublishedKind extends Place {
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  /** The kind may stand with its group and version: `policy/v1/Eviction`. */
  readonly subresources?: readonly {
    readonly name: string
    readonly kind: string
    readonly verbs: readonly string[]
  }[]
  /** Field selectors beside metadata.name. */
  readonly fields?: readonly string[]
  readonly columns?: readonly PublishedColumn[]
}

interface Document {
  readonly groups: readonly string[]
  readonly descriptions: Readonly<Record<string, string>>
  readonly kinds: readonly PublishedKind[]
}

// A memo of an immutable file, not state: it is read at the first question and never changes.
let memo: Document | undefined

function published(): Document {
  memo ??= JSON.parse(packageText('data/kubernetes-kinds.json')) as Document
  return memo
}

/** Every kind that Kubernetes serves with its default feature gates, in the order of the groups' names. */
export function publishedKinds(): readonly PublishedKind[] {
  return published().kinds
}

/** The kind behind a resource of Kubernetes' own; undefined for every other. */
export function publishedKind({ group, version, plural }: Place): PublishedKind | undefined {
  return published().kinds.find(
    (kind) => kind.plural === plural && kind.group === group && kind.version === version,
  )
}

/**
 * Place of a group among those of Kubernetes, in which kubectl resolves short names and prints (group priorities in
 * pkg/controlplane/apiserver/aggregator.go). Groups that are not Kubernetes' own come after all of them.
 */
export function groupPlace(group: string): number {
  const { groups } = published()
  const place = groups.indexOf(group)
  return place === -1 ? groups.length : place
}

/** What a Table says about a column; empty when nothing is published about it. */
export function columnDescription(place: Place, column: string): string {
  const known = publishedKind(place)?.columns?.find(({ name }) => name === column)
  return known?.description ?? published().descriptions[column] ?? ''
}
