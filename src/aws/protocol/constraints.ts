// Owns the constraints of input members (enum, pattern, length, range): their table, and checking a value by it.

import { packageText } from '../../base/package-files.ts'
import type { Schema, ShapeRef } from './schema.ts'
import { join } from './values.ts'

/** What a value has to satisfy; `item`, `key` and `value` number the rule of what a list or map holds. */
export interface Constraint {
  /** A whole number of so many bits. */
  readonly whole?: 32 | 64
  readonly enum?: readonly string[]
  /** A Java regular expression for the whole of the text. */
  readonly pattern?: string
  /** Of a number its value, of anything else its length. */
  readonly min?: number
  readonly max?: number
  /** The value is not to be shown. */
  readonly sensitive?: true
  readonly item?: number
  readonly key?: number
  readonly value?: number
}

/** One file of data/aws-constraints/, written by scripts/aws-constraints.ts. */
export interface ConstraintFile {
  readonly source: string
  readonly rules: readonly Constraint[]
  /** Numbers of rules by shape and member. */
  readonly members: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** A member that breaks a constraint, or is required and absent. */
export interface Fault {
  /** In the names of the API: `selectors.1.member.namespace`. */
  readonly path: string
  /** Undefined for a sensitive one. */
  readonly value?: unknown
  /** `Member must not be null`, `Member must have length less than or equal to 100`, …; the type, when that is wrong. */
  readonly constraint: string
  readonly kind: 'missing' | 'constraint' | 'type'
}

// Values that a service takes beside those that it publishes, by shape and member: the words of the older Spot Fleet, which
// moto's tests of fleets were verified with against AWS (test_fleets.py, `test_delete_fleet`, `test_create_fleet_dryrun`).
const TAKEN_BESIDE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ec2: {
    'SpotOptionsRequest.AllocationStrategy': ['lowestPrice'],
    'CreateFleetRequest.ExcessCapacityTerminationPolicy': ['terminate'],
  },
}

/** The constraints of one service. */
export class Constraints {
  readonly #file: ConstraintFile
  readonly #beside: Readonly<Record<string, readonly string[]>>

  constructor(file: ConstraintFile, beside: Readonly<Record<string, readonly string[]>> = {}) {
    this.#file = file
    this.#beside = beside
  }

  get rules(): readonly Constraint[] {
    return this.#file.rules
  }

  of(shape: string, member: string): Constraint | undefined {
    const row = Object.hasOwn(this.#file.members, shape) ? this.#file.members[shape] : undefined
    const rule = row && Object.hasOwn(row, member) ? this.rule(row[member]) : undefined
    const more = this.#beside[`${shape}.${member}`]
    return rule?.enum && more ? { ...rule, enum: [...rule.enum, ...more] } : rule
  }

  rule(index: number | undefined): Constraint | undefined {
    return index === undefined ? undefined : this.#file.rules[index]
  }
}

const loaded = new Map<string, Constraints>()

/** The constraints of a service by its table name; the file is read when a service is first asked for. */
export function constraintsOf(service: string): Constraints {
  const known = loaded.get(service)
  if (known) return known
  // Written by our own script; constraints.test.ts looks at every rule.
  const constraints = new Constraints(
    JSON.parse(packageText(`data/aws-constraints/${service}.json`)) as ConstraintFile,
    TAKEN_BESIDE[service],
  )
  loaded.set(service, constraints)
  return constraints
}

/**
 * Everything about an input that breaks a constraint, in the order of the schema.
 * @param value has been found to be of the schema's types
 */
export function findFaults(schema: Schema, ref: ShapeRef, value: object): readonly Fault[] {
  const faults: Fault[] = []
  inside({ schema, constraints: constraintsOf(schema.name), faults, path: '' }, ref, value)
  return faults
}

interface Place {
  readonly schema: Schema
  readonly constraints: Constraints
  readonly faults: Fault[]
  readonly path: string
}

function inside(place: Place, ref: ShapeRef, value: unknown): void {
  const shape = place.schema.shape(ref)
  if (shape.kind === 'simple') return
  if (shape.kind === 'list') {
    // The value has been checked against the schema.
    const items = value as readonly unknown[]
    items.forEach((item, index) =>
      inside({ ...place, path: `${place.path}.${index + 1}.member` }, shape.item.ref, item),
    )
    return
  }
  if (shape.kind === 'map') {
    for (const [key, item] of Object.entries(value as object))
      inside({ ...place, path: join(place.path, key) }, shape.value.ref, item)
    return
  }
  const source = value as Readonly<Record<string, unknown>>
  for (const member of shape.members) {
    const item = Object.hasOwn(source, member.name) ? source[member.name] : undefined
    const path = join(place.path, member.name)
    if (item === undefined || item === null) {
      // Clients fill in idempotency tokens themselves; a request without one is still good.
      if (member.required && !member.traits.idempotencyToken)
        place.faults.push({ path, value: null, constraint: 'Member must not be null', kind: 'missing' })
      continue
    }
    const rule = place.constraints.of(shape.name, member.name)
    if (rule) {
      const shown = rule.sensitive ? {} : { value: item }
      if (!isWhole(rule, item)) place.faults.push({ path, ...shown, constraint: 'integer', kind: 'type' })
      for (const constraint of broken(place.constraints, rule, item))
        place.faults.push({ path, ...shown, constraint, kind: 'constraint' })
    }
    inside({ ...place, path }, member.ref, item)
  }
}

function isWhole({ whole }: Constraint, value: unknown): boolean {
  if (whole === undefined || typeof value !== 'number') return true
  return Number.isSafeInteger(value) && (whole === 64 || Math.abs(value) < 2 ** 31)
}

/** The constraints of a rule that a value breaks, in AWS's words and order. */
function broken(constraints: Constraints, rule: Constraint, value: unknown): readonly string[] {
  const own = breaks(rule, value)
  if (Array.isArray(value)) {
    return [...own, ...ofParts(constraints, rule.item, { parts: value, words: 'Member must satisfy' })]
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    return [
      ...own,
      ...ofParts(constraints, rule.key, { parts: Object.keys(value), words: 'Map keys must satisfy' }),
      ...ofParts(constraints, rule.value, { parts: Object.values(value), words: 'Map value must satisfy' }),
    ]
  }
  return own
}

// GorillaStack/auto-tag#77: a list or map is answered for as a whole, with all constraints of its parts.
function ofParts(
  constraints: Constraints,
  index: number | undefined,
  { parts, words }: { parts: readonly unknown[]; words: string },
): readonly string[] {
  const rule = constraints.rule(index)
  if (!rule || parts.every((part) => broken(constraints, rule, part).length === 0)) return []
  const all = [
    rule.max === undefined ? [] : [lengthText('less', rule.max)],
    rule.min === undefined ? [] : [lengthText('greater', rule.min)],
    rule.pattern === undefined ? [] : [patternText(rule.pattern)],
    rule.enum === undefined ? [] : [enumText(rule.enum)],
  ].flat()
  return [`${words} constraint: [${all.join(', ')}]`]
}

function breaks({ enum: values, pattern, min, max }: Constraint, value: unknown): readonly string[] {
  const result: string[] = []
  if (typeof value === 'string') {
    if (values && !values.includes(value)) result.push(enumText(values))
    // A text that is too long is not matched: how long a pattern takes is bounded by how long the text is.
    const isTooLong = max !== undefined && value.length > max
    if (pattern !== undefined && !isTooLong && !compile(pattern).test(value))
      result.push(patternText(pattern))
  }
  if (typeof value === 'number') {
    if (min !== undefined && value < min)
      result.push(`Member must have value greater than or equal to ${min}`)
    if (max !== undefined && value > max) result.push(`Member must have value less than or equal to ${max}`)
    return result
  }
  const length = lengthOf(value)
  // eksctl sends `tags: {}` to CreateFargateProfile, whose model wants one tag at least: EKS takes it.
  const isEmptyMap = length === 0 && typeof value === 'object' && !isSequence(value)
  if (min !== undefined && length < min && !isEmptyMap) result.push(lengthText('greater', min))
  if (max !== undefined && length > max) result.push(lengthText('less', max))
  return result
}

function isSequence(value: unknown): value is readonly unknown[] | Uint8Array {
  return Array.isArray(value) || value instanceof Uint8Array
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || isSequence(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}

function lengthText(side: 'less' | 'greater', bound: number): string {
  return `Member must have length ${side} than or equal to ${bound}`
}

function patternText(pattern: string): string {
  return `Member must satisfy regular expression pattern: ${pattern}`
}

function enumText(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(', ')}]`
}

const compiled = new Map<string, RegExp>()

/** A Java pattern as the expression that the whole of a text has to match. */
export function compile(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known) return known
  // Node 22 has no flags inside of an expression; Java's patterns have this one at their beginning.
  const [, ignoresCase, rest = ''] = /^(\(\?i\))?(.*)$/s.exec(pattern) ?? []
  const expression = new RegExp(`^(?:${translate(rest)})$`, ignoresCase === undefined ? 'u' : 'iu')
  compiled.set(pattern, expression)
  return expression
}

/**
 * What Java allows and JavaScript's Unicode mode does not: a hyphen beside a class inside of brackets (`[\w-_]`), and
 * a backslash before a character that needs none, as a hyphen needs none outside of brackets.
 */
function translate(pattern: string): string {
  return pattern
    .replaceAll(/(\\[wdsS])-(?!\])/g, String.raw`$1\-`)
    .replaceAll(/(\[(?:\\.|[^\]\\])*\])|\\-/g, (_match, brackets: string | undefined) => brackets ?? '-')
    .replaceAll(/\\([^A-Za-z0-9^$\\.*+?()[\]{}|/-])/g, '$1')
}
