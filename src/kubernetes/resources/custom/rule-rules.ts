// Owns what is checked about the CEL rules in the schema of a definition.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go (x-kubernetes-validations).
import { CelError } from '../../cel/errors.ts'
import { invalid, required, unsupported, type FieldError } from '../field-error.ts'
import { RuleCompiler, usesOldSelf } from './cel-rules.ts'
import type { JsonSchema, Rule } from './json-schema.ts'
import { schemasBelow, type Below } from './schema-rules.ts'

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']

/** Findings for the rules of a schema and of all below it. */
export function validateRuleDefinitions(schema: JsonSchema, path: string): FieldError[] {
  return walk({ schema, path, place: 'root' }, true)
}

/** @param isCorrelated false below lists whose items cannot be told apart, so that nothing has an old value */
function walk(at: Below, isCorrelated: boolean): FieldError[] {
  const { schema, path, place } = at
  const compiler = new RuleCompiler(schema, place === 'root')
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    const where = `${path}.x-kubernetes-validations[${index}]`
    const plain = plainErrors(schema, rule, where)
    return plain.length > 0 ? plain : compileErrors(compiler, rule, { path: where, isCorrelated })
  })
  const below = schemasBelow(at).flatMap((one) => {
    const isList = one.place === 'item' && schema['x-kubernetes-list-type'] !== 'map'
    return walk(one, isCorrelated && !isList)
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

function compileErrors(
  compiler: RuleCompiler,
  rule: Rule,
  { path, isCorrelated }: { readonly path: string; readonly isCorrelated: boolean },
): FieldError[] {
  const options = { isOptional: rule.optionalOldSelf }
  const errors: FieldError[] = []
  const complain = (what: string, why: string): void =>
    void errors.push(invalid(`${path}.${what}`, printed(rule), why))
  try {
    const { type } = compiler.compile(rule.rule, options)
    if (type !== 'bool' && type !== 'dyn') complain('rule', 'cel expression must evaluate to a bool')
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    complain('rule', error.message)
  }
  try {
    const { type } = rule.messageExpression
      ? compiler.compile(rule.messageExpression, options)
      : { type: 'string' }
    if (type !== 'string' && type !== 'dyn')
      complain('messageExpression', 'cel expression must evaluate to a string')
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    complain('messageExpression', `messageExpression ${error.message}`)
  }
  const isTransition = usesOldSelf(rule.rule)
  if (isTransition && !isCorrelated) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${path}`
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
