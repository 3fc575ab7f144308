// Owns the intrinsic functions: turning a value of a template into the value a resource gets.
import { isObject, own } from '../../../../base/json.ts'
import { validationError } from '../errors.ts'
import { cidrBlocks } from './cidr.ts'
import { isListType } from './parameter-type.ts'
import { type Template, textOf, type TemplateObject, type TemplateValue } from './template.ts'

/** Where references lead. */
export interface Scope {
  readonly template: Template
  readonly pseudo: Readonly<Record<string, string>>
  readonly parameters: Readonly<Record<string, string>>
  readonly zones: readonly string[]
  /** The Ref value of a resource. */
  ref(logicalId: string): string
  attribute(logicalId: string, name: string): string | string[]
  /** @throws AwsError ValidationError when no stack exports the name */
  importValue(name: string): string
}

/** Stands for `AWS::NoValue`: the property that has it is left out. */
const NO_VALUE = Symbol('AWS::NoValue')
type Resolved = TemplateValue | typeof NO_VALUE

/** Resolves every function in a value. @throws AwsError ValidationError */
export function resolveValue(value: TemplateValue, scope: Scope): TemplateValue {
  const resolved = resolveAny(value, scope)
  return resolved === NO_VALUE ? null : resolved
}

/** Resolves the members of an object, leaving out those that are `AWS::NoValue`. */
export function resolveObject(value: TemplateObject, scope: Scope): TemplateObject {
  const resolved = resolveAny(value, scope)
  return isObject(resolved) ? (resolved as TemplateObject) : {}
}

/** The value of a named condition. @throws AwsError ValidationError when there is none */
export function isConditionTrue(name: string, scope: Scope): boolean {
  const condition = own(scope.template.conditions, name)
  if (condition === undefined)
    throw validationError(
      `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
    )
  return truth(condition, scope)
}

function resolveAny(value: TemplateValue, scope: Scope): Resolved {
  if (Array.isArray(value)) {
    return value.map((item) => resolveAny(item, scope)).filter((item) => item !== NO_VALUE)
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value as TemplateObject)
  const [first] = entries
  if (first && entries.length === 1) {
    const [name, argument] = first
    if (name === 'Ref') return resolveRef(textOf(argument), scope)
    const run = own(functions, name)
    if (run) return run(argument, scope)
    if (name.startsWith('Fn::'))
      throw validationError(`Template error: the function ${name} is not emulated by Neargate`)
  }
  const members: [string, TemplateValue][] = []
  for (const [key, item] of entries) {
    const resolved = resolveAny(item, scope)
    if (resolved !== NO_VALUE) members.push([key, resolved])
  }
  return Object.fromEntries(members)
}

function resolveRef(name: string, scope: Scope): Resolved {
  if (name === 'AWS::NoValue') return NO_VALUE
  const known = own(scope.pseudo, name) ?? own(scope.parameters, name)
  if (known === undefined) return scope.ref(name)
  const type = own(scope.template.parameters, name)?.type ?? ''
  return isListType(type) ? known.split(',').map((item) => item.trim()) : known
}

const functions: Readonly<Record<string, (argument: TemplateValue, scope: Scope) => Resolved>> = {
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId = '', ...rest] = Array.isArray(argument)
      ? argument.map(textOf)
      : splitFirst(textOf(argument))
    return scope.attribute(logicalId, rest.join('.'))
  },
  'Fn::Sub': substitute,
  'Fn::Join': (argument, scope) => {
    const [separator, items] = listOf(argument, 'Fn::Join')
    return listOf(resolveValue(items ?? [], scope), 'Fn::Join')
      .map(textOf)
      .join(textOf(separator))
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = listOf(argument, 'Fn::FindInMap').map((item) =>
      textOf(resolveValue(item, scope)),
    )
    const found = member(member(own(scope.template.mappings, map ?? ''), top), second)
    if (found === undefined) {
      throw validationError(`Template error: Unable to get mapping for ${map}::${top}::${second}`)
    }
    return found
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(textOf(resolveValue(argument, scope))),
  'Fn::Select': (argument, scope) => {
    const [index, items] = listOf(argument, 'Fn::Select').map((item) => resolveValue(item, scope))
    const found = listOf(items ?? [], 'Fn::Select')[Number(index)]
    if (found === undefined)
      throw validationError(
        'Template error: Fn::Select cannot select nonexistent value at index ' + textOf(index),
      )
    return found
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = listOf(argument, 'Fn::Split').map((item) => textOf(resolveValue(item, scope)))
    return (text ?? '').split(separator ?? ',')
  },
  'Fn::Cidr': (argument, scope) => {
    const [block, count, bits] = listOf(argument, 'Fn::Cidr').map((item) => textOf(resolveValue(item, scope)))
    return cidrBlocks(block ?? '', Number(count), Number(bits ?? 8))
  },
  'Fn::GetAZs': (_argument, scope) => [...scope.zones],
  'Fn::Base64': (argument, scope) => Buffer.from(textOf(resolveValue(argument, scope))).toString('base64'),
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = listOf(argument, 'Fn::If')
    return resolveAny((isConditionTrue(textOf(name), scope) ? yes : no) ?? null, scope)
  },
  'Fn::Equals': truth1('Fn::Equals'),
  'Fn::And': truth1('Fn::And'),
  'Fn::Or': truth1('Fn::Or'),
  'Fn::Not': truth1('Fn::Not'),
}

function truth1(name: string): (argument: TemplateValue, scope: Scope) => boolean {
  return (argument, scope) => truth({ [name]: argument }, scope)
}

function truth(condition: TemplateValue, scope: Scope): boolean {
  const [name = '', argument = null] = isObject(condition) ? (Object.entries(condition)[0] ?? []) : []
  const items = Array.isArray(argument) ? (argument as TemplateValue[]) : []
  switch (name) {
    case 'Condition':
      return isConditionTrue(textOf(argument as TemplateValue), scope)
    case 'Fn::Equals': {
      const [left, right] = items.map((item) => JSON.stringify(asText(resolveValue(item, scope))))
      return left === right
    }
    case 'Fn::And':
      return items.every((item) => truth(item, scope))
    case 'Fn::Or':
      return items.some((item) => truth(item, scope))
    case 'Fn::Not':
      return !truth(items[0] ?? null, scope)
    default:
      throw validationError('Template error: every Conditions member must be a condition function.')
  }
}

function asText(value: TemplateValue): TemplateValue {
  return typeof value === 'object' ? value : String(value)
}

function substitute(argument: TemplateValue, scope: Scope): string {
  const [text, given] = Array.isArray(argument) ? argument : [argument]
  const variables = isObject(given) ? (given as TemplateObject) : {}
  return textOf(text).replaceAll(/\$\{([^}]*)\}/g, (whole, name: string) => {
    // ${!X} is the literal ${X}.
    if (name.startsWith('!')) return whole.replace('${!', '${')
    const variable = own(variables, name)
    if (variable !== undefined) return textOf(resolveValue(variable, scope))
    if (!name.includes('.') || Object.hasOwn(scope.pseudo, name))
      return textOf(resolveRef(name, scope) as TemplateValue)
    const [logicalId = '', attribute = ''] = splitFirst(name)
    return textOf(scope.attribute(logicalId, attribute))
  })
}

function splitFirst(text: string): string[] {
  const dot = text.indexOf('.')
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

function listOf(value: TemplateValue, name: string): TemplateValue[] {
  if (!Array.isArray(value))
    throw validationError(`Template error: ${name} object requires a list of parameters`)
  return value
}

function member(value: TemplateValue | undefined, key: string | undefined): TemplateValue | undefined {
  return isObject(value) && key !== undefined ? own(value as TemplateObject, key) : undefined
}
