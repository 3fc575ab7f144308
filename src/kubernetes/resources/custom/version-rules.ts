// Owns what is checked about the parts of a definition's versions beside their schemas.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
import { invalid, required, tooMany, type FieldError } from '../field-error.ts'
import { compilePath, fieldsOfPath } from './json-path.ts'
import type { JsonSchema, Version } from './json-schema.ts'

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string']
const MAX_SELECTABLE_FIELDS = 8

type Columns = NonNullable<Version['additionalPrinterColumns']>

/** Findings for printer columns. */
export function columnErrors(columns: Columns, path: string): FieldError[] {
  return columns.flatMap(({ name, type, jsonPath }, index) => {
    const at = `${path}[${index}]`
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${at}.name`))
    if (!type) errors.push(required(`${at}.type`, `must be one of ${COLUMN_TYPES.join(',')}`))
    else if (!COLUMN_TYPES.includes(type)) {
      errors.push(invalid(`${at}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`))
    }
    if (!jsonPath) errors.push(required(`${at}.JSONPath`))
    else if (!jsonPath.startsWith('.')) {
      errors.push(invalid(`${at}.JSONPath`, jsonPath, 'must be a simple json path starting with .'))
    } else if (!compilePath(jsonPath)) {
      errors.push(invalid(`${at}.JSONPath`, jsonPath, 'must be a valid jsonpath'))
    }
    return errors
  })
}

/** Findings for the scale subresource. */
export function scaleErrors(subresources: Version['subresources'], path: string): FieldError[] {
  const scale = subresources?.scale
  if (!scale) return []
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  const selector = `${path}.scale.labelSelectorPath`
  return [
    ...pathErrors(specReplicasPath, `${path}.scale.specReplicasPath`, ['spec']),
    ...pathErrors(statusReplicasPath, `${path}.scale.statusReplicasPath`, ['status']),
    ...(labelSelectorPath ? pathErrors(labelSelectorPath, selector, ['spec', 'status']) : []),
  ]
}

function pathErrors(text: string | undefined, at: string, roots: readonly string[]): FieldError[] {
  if (!text) return [required(at)]
  if (!text.startsWith('.')) return [invalid(at, text, 'must be a simple json path starting with .')]
  const fields = fieldsOfPath(text)
  if (!fields) return [invalid(at, text, 'must be a json path in the dot notation')]
  if (roots.includes(fields[0] ?? '') && fields.length > 1) return []
  const places = roots.map((root) => `.${root}`).join(' or ')
  return [invalid(at, text, `should be a json path under ${roots.length > 1 ? 'either ' : ''}${places}`)]
}

/** Findings for selectable fields. */
export function selectableErrors(
  { selectableFields = [] }: Version,
  schema: JsonSchema,
  path: string,
): FieldError[] {
  const count = selectableFields.length
  const seen = new Set<string>()
  return [
    ...(count > MAX_SELECTABLE_FIELDS ? [tooMany(path, count, MAX_SELECTABLE_FIELDS)] : []),
    ...selectableFields.flatMap(({ jsonPath }, index) => {
      const at = `${path}[${index}].jsonPath`
      if (!jsonPath) return [required(at)]
      if (seen.has(jsonPath))
        return [
          {
            reason: 'FieldValueDuplicate',
            field: at,
            detail: `Duplicate value: ${JSON.stringify(jsonPath)}`,
          },
        ]
      seen.add(jsonPath)
      const found = fieldsOfPath(jsonPath)?.reduce<JsonSchema | undefined>(
        (schemaAt, name) => schemaAt?.properties?.[name],
        schema,
      )
      if (jsonPath.startsWith('.metadata'))
        return [invalid(at, jsonPath, 'must not point to fields in metadata')]
      if (!found) return [invalid(at, jsonPath, 'is an invalid path: does not refer to a valid field')]
      if (['string', 'boolean', 'integer'].includes(found.type ?? '')) return []
      const why =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
      return [invalid(at, jsonPath, why)]
    }),
  ]
}
