// Owns the rules of custom resources in CEL (`x-kubernetes-validations`): compiling, and checking objects against them.
// Source: apiextensions-apiserver pkg/apiserver/schema/cel/{compilation,validation}.go.
import { deepEqual, isObject } from '../../../base/json.ts'
import { CelCostError, OBJECT_BUDGET, type Budget } from '../../cel/cost/meter.ts'
import { CelEnvironment, type Program } from '../../cel/environment.ts'
import { CelError } from '../../cel/errors.ts'
import { duplicate, forbidden, invalid, invalidHidden, required, type FieldError } from '../field-error.ts'
import { celTypeOf, celValueOf } from './cel-values.ts'
import { valuesOf, type JsonSchema, type Rule } from './json-schema.ts'

interface CompiledRule {
  readonly rule: Rule
  readonly usesOldSelf: boolean
  readonly program: Program | undefined
  readonly message: Program | undefined
}

// What is compiled lives as long as the schema that it belongs to.
const compiled = new WeakMap<JsonSchema, readonly CompiledRule[]>()

/** True when a rule stands anywhere in the schema. */
export function hasRules(schema: JsonSchema): boolean {
  if (schema['x-kubernetes-validations']?.length) return true
  const values = valuesOf(schema)
  return (
    Object.values(schema.properties ?? {}).some(hasRules) ||
    (schema.items !== undefined && hasRules(schema.items)) ||
    (values !== undefined && hasRules(values))
  )
}

/** True for rules about a change. */
export function usesOldSelf(expression: string): boolean {
  return /\boldSelf\b/.test(expression)
}

/** The programs that rules of this schema may be; expressions see `self` and `oldSelf` of its type. */
export class RuleCompiler {
  readonly #schema: JsonSchema
  readonly #isRoot: boolean
  #dynamic: CelEnvironment | undefined
  readonly #typed = new Map<boolean, CelEnvironment>()

  constructor(schema: JsonSchema, isRoot: boolean) {
    this.#schema = schema
    this.#isRoot = isRoot
  }

  /**
   * Compiles with the types of the schema, as far as the library can tell them. What it finds no overload for there
   * is tried without types: a rule is refused for fields that are not there, not for what could not be told.
   * @throws CelError
   */
  compile(expression: string, options: { readonly isOptional?: boolean | undefined } = {}): Program {
    const typed = this.#environment(options.isOptional === true)
    try {
      return typed.compile(expression)
    } catch (error) {
      if (
        !(error instanceof CelError) ||
        /undefined field|undeclared reference|Syntax error/.test(error.message)
      )
        throw error
      this.#dynamic ??= new CelEnvironment({ self: 'dyn', oldSelf: 'dyn' })
      return this.#dynamic.compile(expression)
    }
  }

  #environment(isOptional: boolean): CelEnvironment {
    const known = this.#typed.get(isOptional)
    if (known) return known
    const type = celTypeOf(this.#schema, this.#isRoot)
    const made = new CelEnvironment(
      {},
      {
        extend: (environment) => {
          for (const name of ['self', 'oldSelf']) {
            if (isOptional && name === 'oldSelf') environment.registerVariable(name, 'optional<dyn>')
            else if (typeof type === 'string') environment.registerVariable(name, type)
            else environment.registerVariable({ name, schema: type })
          }
        },
      },
    )
    this.#typed.set(isOptional, made)
    return made
  }
}

function compileRules(schema: JsonSchema, isRoot: boolean): readonly CompiledRule[] {
  const known = compiled.get(schema)
  if (known) return known
  const compiler = new RuleCompiler(schema, isRoot)
  const rules = (schema['x-kubernetes-validations'] ?? []).map((rule): CompiledRule => {
    const options = { isOptional: rule.optionalOldSelf }
    return {
      rule,
      usesOldSelf: usesOldSelf(rule.rule),
      program: tryCompile(() => compiler.compile(rule.rule, options)),
      message: rule.messageExpression
        ? tryCompile(() => compiler.compile(rule.messageExpression ?? '', options))
        : undefined,
    }
  })
  compiled.set(schema, rules)
  return rules
}

// The definition was refused if one did not compile; a stored one may be older than this check.
function tryCompile(compile: () => Program): Program | undefined {
  try {
    return compile()
  } catch (error) {
    if (error instanceof CelError) return undefined
    throw error
  }
}

interface Checking {
  readonly errors: FieldError[]
  readonly budget: Budget
  /** True once the budget is spent, or one rule was too dear: no further ones are looked at. */
  isEnded: boolean
}

/** Findings of the rules for a value; `old` is what it was before, undefined for what is new. */
export function validateRules(schema: JsonSchema, value: unknown, old: unknown): FieldError[] {
  const checking: Checking = { errors: [], budget: { left: OBJECT_BUDGET }, isEnded: false }
  walk(schema, { value, old, path: '', isRoot: true }, checking)
  return checking.errors
}

interface At {
  readonly value: unknown
  readonly old: unknown
  readonly path: string
  readonly isRoot?: boolean
}

function walk(schema: JsonSchema, at: At, checking: Checking): void {
  const { value, old, path } = at
  if (checking.isEnded || (value === null && schema.nullable)) return
  if (schema['x-kubernetes-validations']?.length) checkRules(schema, at, checking)
  if (Array.isArray(value)) {
    const { items } = schema
    if (!items || !hasRules(items)) return
    value.forEach((item, index) => {
      walk(items, { value: item, old: correlated(schema, item, old), path: `${path}[${index}]` }, checking)
    })
    return
  }
  if (!isObject(value)) return
  const before = isObject(old) ? old : {}
  const values = valuesOf(schema)
  for (const [name, item] of Object.entries(value)) {
    const property =
      schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    const below = property ?? values
    if (!below || item === undefined) continue
    const inside = property ? (path === '' ? name : `${path}.${name}`) : `${path}[${name}]`
    walk(below, { value: item, old: before[name], path: inside }, checking)
  }
}

// Items are compared with their own past where a key tells which it is.
function correlated(schema: JsonSchema, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old) || !isObject(item)) return undefined
  return old.find((other) => isObject(other) && keys.every((key) => deepEqual(other[key], item[key])))
}

function checkRules(schema: JsonSchema, at: At, checking: Checking): void {
  const { value, old, path, isRoot = false } = at
  const isNew = old === undefined
  const isSame = !isNew && deepEqual(value, old)
  const self = celValueOf(schema, value)
  const oldSelf = isNew ? null : celValueOf(schema, old)
  for (const { rule, usesOldSelf: isTransition, program, message } of compileRules(schema, isRoot)) {
    if (!program || (isTransition && isNew && !rule.optionalOldSelf)) continue
    const variables = { self, oldSelf: rule.optionalOldSelf ? optional(oldSelf, isNew) : oldSelf }
    const finding = findingOf({ rule, program, message, variables }, { schema, value, path, checking })
    // What was wrong before and is the same now is let through.
    if (finding && (checking.isEnded || !isSame || isTransition)) checking.errors.push(finding)
    if (checking.isEnded) return
  }
}

const OPTIONAL = new CelEnvironment({ value: 'dyn' })
const NONE = OPTIONAL.compile('optional.none()')
const SOME = OPTIONAL.compile('optional.of(value)')

function optional(value: unknown, isNone: boolean): unknown {
  return isNone ? NONE.evaluate({}) : SOME.evaluate({ value })
}

const WHOLE = '<nil>'

interface Run {
  readonly rule: Rule
  readonly program: Program
  readonly message: Program | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

interface Judged {
  readonly schema: JsonSchema
  readonly value: unknown
  readonly path: string
  readonly checking: Checking
}

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run'

function tooDear({ message }: CelCostError, rule: Rule): string {
  return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`
}

function findingOf(
  { rule, program, message, variables }: Run,
  { schema, value, path, checking }: Judged,
): FieldError | undefined {
  const at = path || WHOLE
  try {
    if (program.evaluate(variables, checking.budget) === true) return undefined
  } catch (error) {
    if (error instanceof CelCostError) {
      checking.isEnded = true
      return invalid(at, schema.type, error.isBudget ? OUT_OF_BUDGET : tooDear(error, rule))
    }
    if (!(error instanceof CelError)) throw error
    const text = error.message.startsWith('no such overload')
      ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`
      : `${error.message} evaluating rule: ${ruleText(rule)}`
    return invalid(at, schema.type, text)
  }
  const field = rule.fieldPath ? `${path}${rule.fieldPath}`.replace(/^\./, '') : at
  const detail = spoken(message, variables, checking) ?? messageOf(rule)
  if (rule.reason === 'FieldValueForbidden') return forbidden(field, detail)
  if (rule.reason === 'FieldValueRequired') return required(field, detail)
  if (rule.reason === 'FieldValueDuplicate') return duplicate(field, value)
  const isHidden = schema.type === 'object' || schema.type === 'array'
  return isHidden ? invalidHidden(field, detail) : invalid(field, value, detail)
}

/** What a `messageExpression` says; undefined when it says nothing that can be shown. */
function spoken(
  message: Program | undefined,
  variables: Readonly<Record<string, unknown>>,
  checking: Checking,
): string | undefined {
  if (!message) return undefined
  try {
    const text = message.evaluate(variables, checking.budget)
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text : undefined
  } catch (error) {
    // The rule's own message stands; nothing more is evaluated.
    if (error instanceof CelCostError) checking.isEnded = true
    if (error instanceof CelError) return undefined
    throw error
  }
}

function messageOf({ message, rule }: Rule): string {
  return message?.trim() || `failed rule: ${rule.trim()}`
}

function ruleText({ message, rule }: Rule): string {
  return message?.trim() || rule.trim()
}
