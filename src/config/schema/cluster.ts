// Owns the schema of a ClusterConfig: eksctl's published types, narrowed by forms.ts, with the marks of what is done.
import { clusterMarks } from './cluster-marks.ts'
import { demanded, forms, left } from './forms.ts'
import { identityMarks } from './identity-marks.ts'
import type { Marks, TypeMarks } from './mark.ts'
import { nodeGroupMarks } from './node-group-marks.ts'
import { type PublishedField, publishedFields, type PublishedValue } from './published.ts'
import { string, type FieldSpec, type ObjectSchema, type Schema } from './schema.ts'

/** All marks, by type. */
export const marks: Marks = { ...clusterMarks, ...identityMarks, ...nodeGroupMarks }

const UNMARKED: TypeMarks = {}

// `isMarked`: whether the field that the type was reached by is acted on; what is below another has no marks.
function typeSchema(type: string, isMarked: boolean): ObjectSchema {
  const own = isMarked ? (marks[type] ?? UNMARKED) : undefined
  const fields = Object.entries(publishedFields(type)).map(([name, published]) => {
    return [name, fieldSpec(`${type}.${name}`, published, own && { name, marks: own })] as const
  })
  return { type: 'object', fields: Object.fromEntries(fields) }
}

function fieldSpec(
  path: string,
  published: PublishedField,
  marked: { readonly name: string; readonly marks: TypeMarks } | undefined,
): FieldSpec {
  // What is below a field that is not acted on is not asked for.
  const required = (published.required && marked !== undefined && !left.has(path)) || demanded.has(path)
  const refused = marked?.marks.refused?.[marked.name]
  const ignored = marked?.marks.noEffect?.[marked.name]
  const schema = forms[path] ?? valueSchema(published.value, !!marked && (refused ?? ignored) === undefined)
  // eksctl reads both forms (its type taintsWrapper).
  if (path === 'NodeGroup.taints' && schema.type === 'list')
    return { schema: { ...schema, orMap: string }, required, support: 'honoured' }
  if (refused !== undefined) return { schema, required, support: 'refused', note: refused }
  if (ignored !== undefined) return { schema, required, support: 'ignored', note: ignored }
  return { schema, required, support: 'honoured' }
}

function valueSchema(value: PublishedValue, isMarked: boolean): Schema {
  switch (value.kind) {
    case 'type':
      return typeSchema(value.name, isMarked)
    case 'list':
      return { type: 'list', items: valueSchema(value.of, isMarked) }
    case 'map':
      return { type: 'map', values: valueSchema(value.of, isMarked) }
    case 'json':
      return { type: 'any' }
    case 'string':
      return value.values ? { type: 'string', values: value.values } : { type: 'string' }
    default:
      return { type: value.kind }
  }
}

/** The whole file. */
export const clusterConfig: ObjectSchema = typeSchema('ClusterConfig', true)
