// Owns holding a parsed document against a schema: unknown fields, wrong types, missing and unsupported fields.
import { isObject } from '../base/json.ts'
import { nearest } from './nearest.ts'
import type { Problem, ProblemCode } from './problem.ts'
import { problem } from './problem.ts'
import { quotesHelp, valueHint } from './text-hint.ts'
import type { FieldSpec, ObjectSchema, Schema } from './schema/schema.ts'
import type { Path, SourceDocument } from './yaml.ts'

interface Walk {
  readonly document: SourceDocument
  readonly problems: Problem[]
  readonly faults: Path[]
}

/**
 * Every way in which a document is not what the schema describes, each at its line and column; and the paths of the
 * values that errors are about, without which the rest has the types of the schema.
 */
export function checkDocument(
  document: SourceDocument,
  schema: ObjectSchema,
): { readonly problems: Problem[]; readonly faults: readonly Path[] } {
  const walk: Walk = { document, problems: [], faults: [] }
  checkValue(walk, document.value, schema, [])
  return walk
}

/** The dotted name of a path: `managedNodeGroups[0].labels`. */
function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

function report(
  walk: Walk,
  code: ProblemCode,
  message: string,
  at: { path: Path; key?: boolean; help?: string },
): void {
  const position = at.key ? walk.document.locateKey(at.path) : walk.document.locate(at.path)
  const found = problem(code, message, position, at.help)
  walk.problems.push(found)
  if (found.severity === 'error') walk.faults.push(at.path)
}

function checkValue(walk: Walk, value: unknown, schema: Schema, path: Path): void {
  // eksctl reads an empty value (`labels:` and nothing after it) as absent.
  if (value === null || value === undefined || schema.type === 'any') return
  if (schema.type === 'object') checkObject(walk, value, schema, path)
  else if (schema.type === 'map') checkMap(walk, value, schema.values, path)
  else if (schema.type === 'list') {
    if (schema.orMap && isObject(value)) checkMap(walk, value, schema.orMap, path)
    else checkList(walk, value, schema.items, path)
  } else checkScalar(walk, value, schema, path)
}

function checkObject(walk: Walk, value: unknown, schema: ObjectSchema, path: Path): void {
  if (!isObject(value)) return wrongType(walk, value, 'an object', path)
  for (const [name, item] of Object.entries(value)) {
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined
    if (!field) unknownField(walk, name, schema, path)
    else checkField(walk, item, field, [...path, name])
  }
  for (const [name, field] of Object.entries(schema.fields)) {
    const given = value[name]
    if (!field.required || (given !== undefined && given !== null && given !== '')) continue
    report(walk, 'missing-field', `${pathText([...path, name])} is required`, { path, key: path.length > 0 })
  }
}

function checkField(walk: Walk, value: unknown, field: FieldSpec, path: Path): void {
  const before = walk.problems.length
  checkValue(walk, value, field.schema, path)
  // An object without a field that it must have is of no use either.
  if (field.required && walk.faults.some((fault) => pathText(fault) === pathText(path)))
    walk.faults.push(path.slice(0, -1))
  // A field that is switched off, or empty, asks for nothing that would be missing.
  if (field.support === 'honoured' || walk.problems.length > before || asksForNothing(value)) return
  const name = pathText(path)
  const help = field.note === undefined ? {} : { help: field.note }
  if (field.support === 'refused')
    report(walk, 'not-supported', `${name} is not supported yet`, { path, key: true, ...help })
  else
    report(walk, 'field-ignored', `${name} is not supported yet and has no effect`, {
      path,
      key: true,
      ...help,
    })
}

function asksForNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  if (!isObject(value)) return false
  return Object.values(value).every(asksForNothing)
}

function unknownField(walk: Walk, name: string, schema: ObjectSchema, path: Path): void {
  const known = Object.keys(schema.fields)
  const meant = nearest(name, known)
  const where = path.length === 0 ? '' : ` in ${pathText(path)}`
  const guess = meant === undefined ? '' : `; did you mean "${meant}"?`
  report(walk, 'unknown-field', `unknown field "${name}"${where}${guess}`, {
    path: [...path, name],
    key: true,
    help:
      valueHint(name) ??
      (meant === undefined
        ? `Fields known here: ${known.toSorted().join(', ')}.`
        : `Write ${meant} instead of ${name}.`),
  })
}

function checkMap(walk: Walk, value: unknown, values: Schema, path: Path): void {
  if (!isObject(value)) return wrongType(walk, value, 'a map', path)
  for (const [key, item] of Object.entries(value)) checkValue(walk, item, values, [...path, key])
}

function checkList(walk: Walk, value: unknown, items: Schema, path: Path): void {
  if (!Array.isArray(value)) return wrongType(walk, value, 'a list', path)
  value.forEach((item: unknown, index) => {
    if (item === null)
      report(walk, 'wrong-type', `${pathText([...path, index])} is empty`, { path: [...path, index] })
    else checkValue(walk, item, items, [...path, index])
  })
}

type ScalarSchema = Exclude<Schema, { type: 'object' | 'map' | 'list' | 'any' }>

function checkScalar(walk: Walk, value: unknown, schema: ScalarSchema, path: Path): void {
  if (schema.type === 'string') return checkString(walk, value, schema, path)
  if (schema.type === 'boolean') {
    return typeof value === 'boolean' ? undefined : wrongType(walk, value, 'true or false', path)
  }
  const whole = schema.type === 'integer'
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) {
    return wrongType(walk, value, whole ? 'a whole number' : 'a number', path)
  }
  if (schema.type === 'number') return undefined
  if (schema.min !== undefined && value < schema.min) {
    report(walk, 'invalid-value', `${pathText(path)} must be at least ${schema.min}, not ${value}`, { path })
  } else if (schema.values && !schema.values.includes(value)) {
    const message = `${pathText(path)} must be one of ${schema.values.join(', ')}, not ${value}`
    report(walk, 'invalid-value', message, { path })
  }
}

function checkString(
  walk: Walk,
  value: unknown,
  schema: ScalarSchema & { type: 'string' },
  path: Path,
): void {
  if (typeof value !== 'string') {
    return wrongType(walk, value, 'a text', path)
  }
  if (schema.unsupported?.includes(value)) {
    const help = [`Use one of: ${(schema.values ?? []).join(', ')}.`, schema.whyUnsupported ?? '']
      .join(' ')
      .trimEnd()
    report(walk, 'not-supported', `${pathText(path)}: ${value} is not supported yet`, { path, help })
  } else if (schema.values && !isOneOf(value, schema.values, schema.anyCase)) {
    const meant = nearest(value, schema.values)
    const guess = meant === undefined ? '' : `; did you mean "${meant}"?`
    const help = valueHint(value) ?? `Use one of: ${schema.values.join(', ')}.`
    report(walk, 'invalid-value', `${pathText(path)}: "${value}" is not known${guess}`, { path, help })
  } else if (schema.pattern && !schema.pattern.test(value)) {
    const help = valueHint(value)
    const message = `${pathText(path)}: "${value}" is not ${schema.what ?? 'valid'}`
    report(walk, 'invalid-value', message, help === undefined ? { path } : { path, help })
  }
}

function isOneOf(value: string, values: readonly string[], anyCase = false): boolean {
  if (!anyCase) return values.includes(value)
  return values.some((each) => each.toLowerCase() === value.toLowerCase())
}

function wrongType(walk: Walk, value: unknown, wanted: string, path: Path): void {
  const name = path.length === 0 ? 'the document' : pathText(path)
  const message = `${name} must be ${wanted}, not ${kindOf(value)}`
  // The text as written: 1.30 without quotes is the number 1.3.
  const written = wanted === 'a text' ? walk.document.sourceOf(path) : undefined
  const help = written === undefined ? valueHint(value) : quotesHelp(value, written)
  report(walk, 'wrong-type', message, help === undefined ? { path } : { path, help })
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'boolean') return String(value)
  return 'an object'
}
