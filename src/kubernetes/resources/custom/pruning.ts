// Owns the dropping of fields that a schema does not name.
// Source: apiextensions-apiserver pkg/apiserver/schema/pruning/algorithm.go.
import { isObject, setOwn } from '../../../base/json.ts'
import { isEmbedded, keepsUnknown, valuesOf, type JsonSchema } from './json-schema.ts'

export interface Pruned {
  readonly value: unknown
  /** Paths of what was dropped, as warnings name them: `spec.items[0].zz`. */
  readonly unknown: readonly string[]
}

const OBJECT_FIELDS = ['apiVersion', 'kind', 'metadata']

/** A copy of a value without the fields that its schema does not name; `isRoot` for a whole object. */
export function prune(schema: JsonSchema, value: unknown, isRoot: boolean): Pruned {
  const unknown: string[] = []
  return { value: walk(schema, value, { unknown, path: '', isRoot }), unknown }
}

interface Walk {
  readonly unknown: string[]
  readonly path: string
  readonly isRoot?: boolean
}

function walk(schema: JsonSchema | undefined, value: unknown, at: Walk): unknown {
  if (Array.isArray(value)) {
    const items = schema?.items
    return value.map((item, index) => walk(items ?? EMPTY, item, inside(at, `[${index}]`)))
  }
  if (!isObject(value)) return value
  const kept: Record<string, unknown> = {}
  const known = schema ?? EMPTY
  const isWhole = at.isRoot === true || isEmbedded(known)
  for (const [name, item] of Object.entries(value)) {
    if (isWhole && OBJECT_FIELDS.includes(name)) {
      setOwn(kept, name, item)
      continue
    }
    const below =
      known.properties && Object.hasOwn(known.properties, name) ? known.properties[name] : valuesOf(known)
    const path = inside(at, at.path === '' ? name : `.${name}`)
    if (below) setOwn(kept, name, walk(below, item, path))
    else if (keepsUnknown(known) || known.additionalProperties === true) setOwn(kept, name, item)
    else at.unknown.push(path.path)
  }
  return kept
}

const EMPTY: JsonSchema = {}

function inside({ unknown, path }: Walk, step: string): Walk {
  return { unknown, path: path + step }
}
