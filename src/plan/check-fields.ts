// Owns finding what is wrong with the fields of manifests: names that their kind does not have, and values of other
// types, as kubectl's strict validation does.
import { isObject } from '../base/json.ts'
import type { Manifest } from '../config/manifest.ts'
import { nearest } from '../config/nearest.ts'
import type { Problem, ProblemCode } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { valueHint } from '../config/text-hint.ts'
import type { Path } from '../config/yaml.ts'
import type { FieldSchema, ScalarKind } from '../kubernetes/schema/fields.ts'
import { isTypeMeta, typeNameOf, typeOf } from '../kubernetes/schema/fields.ts'

/** Problems of a manifest of a built-in kind; custom resources bring their own schema and are left alone. */
export function fieldProblems(manifest: Manifest): Problem[] {
  const type = typeNameOf(manifest.object.apiVersion, manifest.object.kind)
  if (type === undefined) return []
  const problems: Problem[] = []
  walk(manifest.object, typeOf(type), { manifest, problems, path: [] })
  return problems
}

interface Walk {
  readonly manifest: Manifest
  readonly problems: Problem[]
  readonly path: Path
}

function walk(value: unknown, schema: FieldSchema, at: Walk): void {
  if (value === null || value === undefined || schema.kind === 'raw') return
  if (schema.kind === 'scalar') {
    if (!isScalarOf(schema.scalar, value)) wrongType(wantedText(schema.scalar), value, at)
  } else if (schema.kind === 'list') {
    if (!Array.isArray(value)) return wrongType('a list', value, at)
    value.forEach((item, index) => {
      if (item === null) wrongType('a value', item, inside(at, index))
      else walk(item, schema.element, inside(at, index))
    })
  } else if (!isObject(value)) {
    wrongType('an object', value, at)
  } else if (schema.kind === 'map') {
    for (const [key, item] of Object.entries(value)) walk(item, schema.element, inside(at, key))
  } else {
    for (const [key, item] of Object.entries(value)) {
      const field = schema.fields.get(key)
      if (field) walk(item, field.schema, inside(at, key))
      else if (!isTypeMeta(schema, key)) {
        const typeMeta = ['apiVersion', 'kind'].filter((name) => isTypeMeta(schema, name))
        unknownField(key, [...schema.fields.keys(), ...typeMeta], inside(at, key))
      }
    }
  }
}

function inside(at: Walk, step: string | number): Walk {
  return { ...at, path: [...at.path, step] }
}

function isScalarOf(scalar: ScalarKind, value: unknown): boolean {
  if (scalar === 'bool') return typeof value === 'boolean'
  if (scalar === 'float64') return typeof value === 'number'
  if (scalar === 'int32' || scalar === 'int64') return Number.isInteger(value)
  if (scalar === 'quantity') return typeof value === 'string' || typeof value === 'number'
  if (scalar === 'intOrString') return typeof value === 'string' || Number.isInteger(value)
  return typeof value === 'string'
}

function wantedText(scalar: ScalarKind): string {
  if (scalar === 'bool') return 'true or false'
  if (scalar === 'float64') return 'a number'
  if (scalar === 'int32' || scalar === 'int64') return 'a whole number'
  if (scalar === 'quantity') return 'a quantity'
  return scalar === 'intOrString' ? 'a whole number or a text' : 'a text'
}

function wrongType(wanted: string, value: unknown, { manifest, problems, path }: Walk): void {
  const { kind, metadata } = manifest.object
  const given = isObject(value) ? 'an object' : Array.isArray(value) ? 'a list' : JSON.stringify(value)
  const message = `${path.join('.')} in ${kind} ${metadata.name} must be ${wanted}, not ${given}`
  const quotable = wanted === 'a text' && (typeof value === 'number' || typeof value === 'boolean')
  report(
    'wrong-type',
    message,
    { manifest, problems, path },
    quotable ? 'Put the value in quotes.' : valueHint(value),
  )
}

function unknownField(key: string, known: readonly string[], at: Walk): void {
  const { kind, metadata } = at.manifest.object
  const meant = nearest(key, known)
  const guess = meant === undefined ? '' : `; did you mean "${meant}"?`
  const message = `unknown field "${at.path.join('.')}" in ${kind} ${metadata.name}${guess}`
  report('unknown-field', message, at, meant === undefined ? undefined : `Write ${meant} instead of ${key}.`)
}

function report(code: ProblemCode, message: string, { manifest, problems, path }: Walk, help?: string): void {
  problems.push(problem(code, message, manifest.locateKey(path), help))
}
