// Owns the Rules section: what a template demands of its parameters together, before anything is made.
import { isObject, own } from '../../../../base/json.ts'
import { validationError } from '../errors.ts'
import { resolveValue, type Scope } from './intrinsics.ts'
import { isListType } from './parameter-type.ts'
import { isTemplateObject, type TemplateObject, textOf, type TemplateValue } from './template.ts'

/**
 * Checks every rule whose condition holds.
 * @throws AwsError ValidationError with the description of the assertion; what CloudFormation says around it was not found
 */
export function checkRules(rules: TemplateObject, scope: Scope): void {
  for (const [name, rule] of Object.entries(rules)) {
    if (!isTemplateObject(rule))
      throw validationError('Template format error: Every Rules member must be a map')
    const condition = rule['RuleCondition']
    if (condition !== undefined && !holds(condition, scope)) continue
    const assertions = Array.isArray(rule['Assertions']) ? rule['Assertions'] : []
    for (const assertion of assertions.filter(isTemplateObject)) {
      if (holds(assertion['Assert'] ?? null, scope)) continue
      throw validationError(
        `Template validation error: Rule ${name} failed: ${textOf(assertion['AssertDescription'])}`,
      )
    }
  }
}

function holds(rule: TemplateValue, scope: Scope): boolean {
  const [name = '', argument = null] = isObject(rule) ? (Object.entries(rule)[0] ?? []) : []
  const items = Array.isArray(argument) ? (argument as TemplateValue[]) : []
  const [first = null, second = null] = items
  switch (name) {
    case 'Fn::And':
      return items.every((item) => holds(item, scope))
    case 'Fn::Or':
      return items.some((item) => holds(item, scope))
    case 'Fn::Not':
      return !holds(first, scope)
    case 'Fn::Equals':
      return textOf(valueOf(first, scope)) === textOf(valueOf(second, scope))
    case 'Fn::Contains':
      return listOf(first, scope).includes(textOf(valueOf(second, scope)))
    case 'Fn::EachMemberEquals':
      return listOf(first, scope).every((item) => item === textOf(valueOf(second, scope)))
    case 'Fn::EachMemberIn': {
      const among = listOf(second, scope)
      return listOf(first, scope).every((item) => among.includes(item))
    }
    default:
      throw validationError(`Template error: the rule function ${name} is not emulated by Neargate`)
  }
}

function listOf(value: TemplateValue, scope: Scope): string[] {
  const resolved = valueOf(value, scope)
  return Array.isArray(resolved) ? resolved.map(textOf) : [textOf(resolved)]
}

/** A value; the functions that look at all parameters of a type, and at attributes of what they name, aside. */
function valueOf(value: TemplateValue, scope: Scope): TemplateValue {
  if (!isTemplateObject(value)) return resolveValue(value, scope)
  if (value['Fn::RefAll'] !== undefined) {
    const type = textOf(value['Fn::RefAll'])
    return Object.entries(scope.template.parameters)
      .filter(([, parameter]) => parameter.type === type || parameter.type === `List<${type}>`)
      .flatMap(([name, parameter]) => {
        const text = own(scope.parameters, name) ?? ''
        return isListType(parameter.type) ? text.split(',').map((item) => item.trim()) : [text]
      })
  }
  return resolveValue(value, scope)
}
