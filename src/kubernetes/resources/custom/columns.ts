// Owns what `kubectl get` prints of custom resources.
// Source: apiextensions-apiserver pkg/registry/customresource/tableconvertor/tableconvertor.go.
import type { KubernetesObject } from '../../client/client.ts'
import { age, ageColumn, nameColumn } from '../columns.ts'
import type { Cell, Column } from '../kind.ts'
import { compilePath, type JsonPath } from './json-path.ts'
import type { Version } from './json-schema.ts'

type PrinterColumn = NonNullable<Version['additionalPrinterColumns']>[number]

/** Name, then the columns of the version, or Age where it has none. */
export function columnsOf({ additionalPrinterColumns = [] }: Version): readonly Column[] {
  if (additionalPrinterColumns.length === 0) return [nameColumn, ageColumn]
  return [nameColumn, ...additionalPrinterColumns.map(columnOf)]
}

function columnOf({ name, type, format, priority, description, jsonPath }: PrinterColumn): Column {
  const path = compilePath(jsonPath) ?? (() => [])
  return {
    name,
    // Validated with the definition.
    type: type as Column['type'],
    ...(format ? { format: format as 'name' } : {}),
    ...(priority ? { priority: priority as 1 } : {}),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    cell: (object, nowMs) => cellOf({ path, type }, object, nowMs),
  }
}

function cellOf(
  { path, type }: { readonly path: JsonPath; readonly type: string },
  object: KubernetesObject,
  nowMs: number,
): Cell {
  const found = path(object)
  const [first] = found
  if (first === undefined) return null
  switch (type) {
    case 'integer':
    case 'number':
      return typeof first === 'number' ? first : null
    case 'boolean':
      return typeof first === 'boolean' ? first : null
    case 'date':
      return typeof first === 'string' ? dateCell(first, nowMs) : null
    default:
      return found.map(textOf).join(',')
  }
}

function dateCell(text: string, nowMs: number): string {
  return Number.isNaN(Date.parse(text)) ? '<invalid>' : age(text, nowMs)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
