// Owns finding fields in manifests that their kind does not have, as kubectl's strict validation does.
import { isObject } from '../base/json.ts'
import type { Manifest } from '../config/manifest.ts'
import { nearest } from '../config/nearest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import type { Path } from '../config/yaml.ts'
import type { FieldSchema } from '../kubernetes/schema/fields.ts'
import { typeNameOf, typeOf } from '../kubernetes/schema/fields.ts'
import type { PlanFacts } from './checks.ts'

/** Reports unknown fields of built-in kinds; custom resources bring their own schema and are left alone. */
export function checkFields({ manifests }: Pick<PlanFacts, 'manifests'>): Problem[] {
  return manifests.flatMap((manifest) => {
    const type = typeNameOf(manifest.object.apiVersion, manifest.object.kind)
    if (type === undefined) return []
    const { apiVersion: _, kind: __, ...rest } = manifest.object
    const problems: Problem[] = []
    walk(rest, typeOf(type), { manifest, problems, path: [] })
    return problems
  })
}

interface Walk {
  readonly manifest: Manifest
  readonly problems: Problem[]
  readonly path: Path
}

function walk(value: unknown, schema: FieldSchema, at: Walk): void {
  if (schema.kind === 'list' && Array.isArray(value)) {
    value.forEach((item, index) => walk(item, schema.element, { ...at, path: [...at.path, index] }))
  } else if (schema.kind === 'map' && isObject(value)) {
    for (const [key, item] of Object.entries(value))
      walk(item, schema.element, { ...at, path: [...at.path, key] })
  } else if (schema.kind === 'struct' && isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const field = schema.fields.get(key)
      const inside = { ...at, path: [...at.path, key] }
      if (field) walk(item, field.schema, inside)
      else unknownField(key, [...schema.fields.keys()], inside)
    }
  }
}

function unknownField(key: string, known: readonly string[], { manifest, problems, path }: Walk): void {
  const { kind, metadata } = manifest.object
  const meant = nearest(key, known)
  const guess = meant === undefined ? '' : `; did you mean "${meant}"?`
  const message = `unknown field "${path.join('.')}" in ${kind} ${metadata.name}${guess}`
  const help = meant === undefined ? undefined : `Write ${meant} instead of ${key}.`
  problems.push(problem('unknown-field', message, manifest.locateKey(path), help))
}
