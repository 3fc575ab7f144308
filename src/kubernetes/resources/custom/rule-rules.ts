// Owns what is checked about the CEL rules in the schema of a definition.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go (x-kubernetes-validations).
import type { SizedType } from '../../cel/cost/size.ts'
import { CelError } from '../../cel/errors.ts'
import { invalid, required, unsupported, type FieldError } from '../field-error.ts'
import { RuleCompiler, usesOldSelf } from './cel-rules.ts'
import type { JsonSchema, Rule } from './json-schema.ts'
import { RuleCosts } from './rule-costs.ts'
import { schemasBelow, type Below } from './schema-rules.ts'
import { mostBelow, mostOf, sizedTypeOf } from './sized-type.ts'

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']

/** Findings for the rules of a schema and of all below it. */
export function validateRuleDefinitions(schema: JsonSchema, path: string): FieldError[] {
  const costs = new RuleCosts()
  const errors = walk({ schema, path, place: 'root' }, { count: 1, costs })
  return [...errors, ...costs.errors(path)]
}

interface Context {
  /** The list above whose items cannot be told apart, so that nothing in it has an old value. */
  readonly uncorrelated?: string
  /** How many values of the schema one object has at most; undefined without a bound. */
  readonly count: number | undefined
  readonly costs: RuleCosts
}

function walk(at: Below, context: Context): FieldError[] {
  const { schema, path, place } = at
  const compiler = new RuleCompiler(schema, place === 'root')
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    const where = `${path}.x-kubernetes-validations[${index}]`
    const plain = plainErrors(schema, rule, where)
    if (plain.length > 0) return plain
    const sized = sizedTypeOf(schema, place === 'root')
    return compileErrors(compiler, rule, { path: where, ...context, ...(sized ? { sized } : {}) })
  })
  const most = mostBelow(schema)
  const count = context.count === undefined || most === undefined ? undefined : context.count * most
  const below = schemasBelow(at).flatMap((one) => {
    const isList = one.place === 'item' && schema['x-kubernetes-list-type'] !== 'map'
    const uncorrelated = context.uncorrelated ?? (isList ? path : undefined)
    return walk(one, { ...context, count, ...(uncorrelated === undefined ? {} : { uncorrelated }) })
  })
  return [...own, ...below]
}

function plainErrors(schema: JsonSchema, rule: Rule, path: string): FieldError[] {
  const errors: FieldError[] = []
  const { message, messageExpression, reason, fieldPath } = rule
  if (rule.rule.trim() === '') errors.push(required(`${path}.rule`, 'rule is not specified'))
  if (message !== undefined && message !== '' && message.trim() === '') {
    errors.push(invalid(`${path}.message`, message, 'must be non-empty if specified'))
  } else if (message?.trim().includes('\n')) {
    errors.push(invalid(`${path}.message`, message, 'must not contain line breaks'))
  } else if (!message && rule.rule.trim().includes('\n')) {
    errors.push(required(`${path}.message`, 'message must be specified if rule contains line breaks'))
  }
  if (messageExpression && messageExpression.trim() === '') {
    const why = 'messageExpression must be non-empty if specified'
    errors.push(required(`${path}.messageExpression`, why))
  }
  if (reason !== undefined && !REASONS.includes(reason))
    errors.push(unsupported(`${path}.reason`, reason, REASONS))
  if (fieldPath && !isPathIn(schema, fieldPath)) {
    errors.push(invalid(`${path}.fieldPath`, fieldPath, 'must be a valid path'))
  }
  return errors
}

function isPathIn(schema: JsonSchema, fieldPath: string): boolean {
  const steps = [...fieldPath.matchAll(/\.([^.[\]]+)|\['([^']+)'\]/g)].map(
    ([, name, quoted]) => quoted ?? name ?? '',
  )
  let at: JsonSchema | undefined = schema
  for (const step of steps) {
    if (!at) return false
    at =
      at.properties?.[step] ??
      (typeof at.additionalProperties === 'object' ? at.additionalProperties : undefined)
  }
  return at !== undefined && steps.length > 0
}

interface RulePlace extends Context {
  readonly path: string
  /** Sizes of the values that the rule is for; undefined where expressions cannot see them. */
  readonly sized?: SizedType
}

function compileErrors(
  compiler: RuleCompiler,
  rule: Rule,
  { path, uncorrelated, count, costs, sized }: RulePlace,
): FieldError[] {
  const options = { isOptional: rule.optionalOldSelf }
  const errors: FieldError[] = []
  const complain = (what: string, why: string): void =>
    void errors.push(invalid(`${path}.${what}`, printed(rule), why))
  const compile = (what: 'rule' | 'messageExpression', text: string, times: number): string => {
    const { type, maximumCost } = compiler.compile(text, options)
    if (sized) errors.push(...costs.observe(`${path}.${what}`, maximumCost(sized) * times))
    return type
  }
  try {
    const type = compile('rule', rule.rule, sized ? (count ?? mostOf(sized)) : 1)
    if (type !== 'bool' && type !== 'dyn') complain('rule', 'cel expression must evaluate to a bool')
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    complain('rule', error.message)
  }
  try {
    const type = rule.messageExpression ? compile('messageExpression', rule.messageExpression, 1) : 'string'
    if (type !== 'string' && type !== 'dyn')
      complain('messageExpression', 'cel expression must evaluate to a string')
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    complain('messageExpression', `messageExpression ${error.message}`)
  }
  const isTransition = usesOldSelf(rule.rule)
  if (isTransition && uncorrelated !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`
    errors.push(invalid(`${path}.rule`, rule.rule, why))
  }
  if (rule.optionalOldSelf && !isTransition) {
    errors.push(invalid(`${path}.optionalOldSelf`, true, 'may not be set if oldSelf is not used in rule'))
  }
  return errors
}

// As Go prints the rule in its internal form.
function printed({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: Rule): object {
  return {
    Rule: rule,
    Message: message ?? '',
    MessageExpression: messageExpression ?? '',
    Reason: reason ?? null,
    FieldPath: fieldPath ?? '',
    OptionalOldSelf: optionalOldSelf ?? null,
  }
}
