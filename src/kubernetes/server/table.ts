// Owns the Table form of objects, which kubectl prints.
import type { KubernetesObject } from '../client/client.ts'
import type { Cell, Kind } from '../resources/kind.ts'
import { columnDescription } from '../resources/published-kinds.ts'

/** `includeObject` of a request: what each row carries along. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

export interface TableOptions {
  readonly nowMs: number
  readonly include: IncludeObject
  readonly metadata?: object
  /** Of meta.k8s.io. */
  readonly version?: string
  /** False for all but the first event of a watch. */
  readonly withColumns?: boolean
}

/** A Table of objects of a kind; `metadata` is that of the list. */
export function toTable(kind: Kind, objects: readonly KubernetesObject[], options: TableOptions): object {
  const { nowMs, include, version = 'v1' } = options
  return {
    ...tableHead(kind, options),
    rows: objects.map((object) => ({
      cells: cellsOf(kind, object, nowMs),
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : toPartial(object, version) }),
    })),
  }
}

/** A Table without its rows. */
export function tableHead(
  kind: Kind,
  { metadata = {}, version = 'v1', withColumns = true }: Omit<TableOptions, 'nowMs' | 'include'>,
): object {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withColumns ? columnDefinitions(kind) : [],
  }
}

/** What the row of an object shows. */
export function cellsOf(kind: Kind, object: KubernetesObject, nowMs: number): Cell[] {
  return kind.columns.map((column) => column.cell(object, nowMs))
}

function columnDefinitions(kind: Kind): object[] {
  return kind.columns.map(({ name, type, format = '', priority = 0, description }) => ({
    name,
    type,
    format,
    description: description ?? columnDescription(kind.resource, name),
    priority,
  }))
}

/** An object's metadata alone. */
export function toPartial(object: KubernetesObject, version = 'v1'): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata }
}
