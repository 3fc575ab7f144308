// Owns reading templates: JSON or YAML with short tags, into sections that are checked for shape.
import { type CollectionTag, isMap, isScalar, isSeq, parseDocument, type ScalarTag } from 'yaml'

import { isObject } from '../../../../base/json.ts'
import { validationError } from '../errors.ts'
import { readResourcePolicies, type ResourcePolicies } from './resource-policies.ts'
import { isTemplateObject, type TemplateObject, type TemplateValue } from './template-value.ts'

export { isTemplateObject, type TemplateObject, type TemplateValue }

export interface TemplateResource extends ResourcePolicies {
  readonly type: string
  readonly properties: TemplateObject
  readonly dependsOn: readonly string[]
  readonly condition?: string
}

export interface TemplateParameter {
  readonly type: string
  readonly default?: string
  readonly allowedValues?: readonly string[]
  readonly allowedPattern?: string
  readonly constraintDescription?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minValue?: number
  readonly maxValue?: number
  readonly noEcho: boolean
  readonly description?: string
}

export interface TemplateOutput {
  readonly value: TemplateValue
  readonly description?: string
  readonly exportName?: TemplateValue
  readonly condition?: string
}

export interface Template {
  readonly description?: string
  readonly parameters: Readonly<Record<string, TemplateParameter>>
  readonly mappings: TemplateObject
  readonly conditions: TemplateObject
  readonly rules: TemplateObject
  readonly resources: Readonly<Record<string, TemplateResource>>
  readonly outputs: Readonly<Record<string, TemplateOutput>>
}

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Transform',
  'Resources',
  'Outputs',
  'Rules',
]

/** Reads a template body. @throws AwsError ValidationError */
export function parseTemplate(body: string): Template {
  const root = parseBody(body)
  checkDepth(root)
  const unknown = Object.keys(root).filter((key) => !SECTIONS.includes(key))
  if (unknown.length > 0) {
    throw validationError(`Invalid template property or properties [${unknown.join(', ')}]`)
  }
  refuseTransforms(root)
  const resources = objectOf(root['Resources'])
  if (Object.keys(resources).length === 0) {
    throw validationError('Template format error: At least one Resources member must be defined.')
  }
  return {
    ...(typeof root['Description'] === 'string' ? { description: root['Description'] } : {}),
    parameters: mapValues(objectOf(root['Parameters']), readParameter),
    mappings: objectOf(root['Mappings']),
    conditions: objectOf(root['Conditions']),
    rules: objectOf(root['Rules']),
    resources: mapValues(resources, readResource),
    outputs: mapValues(objectOf(root['Outputs']), readOutput),
  }
}

// What a macro makes of a template is not known here; each is refused by its name.
function refuseTransforms(root: TemplateObject): void {
  const transforms = root['Transform']
  if (transforms !== undefined) {
    const names = (Array.isArray(transforms) ? transforms : [transforms]).map((each) =>
      isTemplateObject(each) ? textOf(each['Name']) : textOf(each),
    )
    throw validationError(`The transform ${names.join(', ')} is not emulated by Neargate.`)
  }
  const { Description: _description, Metadata: _metadata, ...rest } = root
  const unknown = functionsIn(rest).find(
    (name) => ![...FUNCTIONS, ...RULE_FUNCTIONS].includes(name.slice('Fn::'.length)),
  )
  if (unknown === undefined) return
  throw validationError(
    ['Fn::Length', 'Fn::ToJsonString'].includes(unknown) || unknown.startsWith('Fn::ForEach')
      ? `Template error: ${unknown} takes the transform AWS::LanguageExtensions, which is not emulated by Neargate.`
      : `Template error: the function ${unknown} is not emulated by Neargate.`,
  )
}

function functionsIn(value: TemplateValue): string[] {
  if (Array.isArray(value)) return value.flatMap(functionsIn)
  if (!isTemplateObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) => [
    ...(key.startsWith('Fn::') ? [key] : []),
    ...functionsIn(item),
  ])
}

/** Deeper than any template; CloudFormation's own limit was not found. */
const MAX_DEPTH = 200

// Everything below goes into a template by recursion.
function checkDepth(root: TemplateObject): void {
  let level: TemplateValue[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw validationError('Template format error: unsupported structure.')
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    )
  }
}

function parseBody(body: string): TemplateObject {
  const text = body.trimStart()
  if (text.startsWith('{')) {
    try {
      return objectOf(JSON.parse(text) as TemplateValue)
    } catch (error) {
      throw validationError(
        `Template format error: JSON not well-formed. (${String((error as Error).message)})`,
      )
    }
  }
  const value = parseYaml(body)
  if (!isTemplateObject(value)) throw validationError('Template format error: unsupported structure.')
  return value
}

function parseYaml(body: string): TemplateValue {
  const notWellFormed = (message: string) =>
    validationError(`Template format error: YAML not well-formed. (${message.split('\n')[0]})`)
  let fault: Error | undefined
  try {
    const document = parseDocument(body, { customTags: shortTags, logLevel: 'silent' })
    fault = document.errors[0] ?? document.warnings[0]
    // A document of the core schema with these tags has no other values.
    if (!fault) return document.toJS() as TemplateValue
  } catch (error) {
    // Too many aliases, and nesting that is too deep to be read, are thrown.
    fault = error as Error
  }
  throw notWellFormed(fault.message)
}

// Those of rules have no short form.
const RULE_FUNCTIONS = ['Contains', 'EachMemberEquals', 'EachMemberIn', 'RefAll', 'ValueOf', 'ValueOfAll']

const FUNCTIONS = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'GetAZs',
  'GetAtt',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
]

function longName(name: string): string {
  return name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`
}

const shortTags: (ScalarTag | CollectionTag)[] = ['Ref', 'Condition', ...FUNCTIONS].flatMap((name) => [
  {
    tag: `!${name}`,
    resolve: (text: string) => ({ [longName(name)]: name === 'GetAtt' ? splitAttribute(text) : text }),
  },
  collectionTag(name, 'seq'),
  collectionTag(name, 'map'),
])

function collectionTag(name: string, collection: 'seq' | 'map'): CollectionTag {
  return {
    tag: `!${name}`,
    collection,
    resolve: (node) => {
      // A tagged collection becomes {"Fn::X": content}; its content may hold tags of its own.
      const content = toValue(node)
      return { [longName(name)]: content } as never
    },
  }
}

function toValue(node: unknown): TemplateValue {
  if (isScalar(node)) return node.value as TemplateValue
  if (isSeq(node)) return node.items.map(toValue)
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), toValue(pair.value)]),
    )
  }
  return node as TemplateValue
}

function splitAttribute(text: string): string[] {
  const dot = text.indexOf('.')
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

function objectOf(value: TemplateValue | undefined): TemplateObject {
  return isObject(value) ? (value as TemplateObject) : {}
}

function mapValues<T>(
  object: TemplateObject,
  read: (value: TemplateObject, name: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, read(objectOf(value), name)]),
  )
}

function readResource(value: TemplateObject, name: string): TemplateResource {
  const type = value['Type']
  if (typeof type !== 'string') {
    throw validationError(
      `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`,
    )
  }
  const dependsOn = value['DependsOn']
  return {
    type,
    properties: objectOf(value['Properties']),
    dependsOn: Array.isArray(dependsOn)
      ? dependsOn.map(String)
      : typeof dependsOn === 'string'
        ? [dependsOn]
        : [],
    ...(typeof value['Condition'] === 'string' ? { condition: value['Condition'] } : {}),
    ...readResourcePolicies(name, value),
  }
}

function readParameter(value: TemplateObject): TemplateParameter {
  const allowed = value['AllowedValues']
  return {
    type: typeof value['Type'] === 'string' ? value['Type'] : 'String',
    noEcho: value['NoEcho'] === true || value['NoEcho'] === 'true',
    ...(value['Default'] === undefined ? {} : { default: textOf(value['Default']) }),
    ...(Array.isArray(allowed) ? { allowedValues: allowed.map(textOf) } : {}),
    ...(typeof value['AllowedPattern'] === 'string' ? { allowedPattern: value['AllowedPattern'] } : {}),
    ...(typeof value['ConstraintDescription'] === 'string'
      ? { constraintDescription: value['ConstraintDescription'] }
      : {}),
    ...numberAt(value, 'MinLength', 'minLength'),
    ...numberAt(value, 'MaxLength', 'maxLength'),
    ...numberAt(value, 'MinValue', 'minValue'),
    ...numberAt(value, 'MaxValue', 'maxValue'),
    ...(typeof value['Description'] === 'string' ? { description: value['Description'] } : {}),
  }
}

// Templates write numbers as text too.
function numberAt<Name extends string>(
  value: TemplateObject,
  from: string,
  to: Name,
): { [name in Name]?: number } {
  const number = Number(textOf(value[from]) || Number.NaN)
  // The one name is that of the type.
  return (Number.isNaN(number) ? {} : { [to]: number }) as { [name in Name]?: number }
}

function readOutput(value: TemplateObject): TemplateOutput {
  return {
    value: value['Value'] ?? '',
    ...(typeof value['Description'] === 'string' ? { description: value['Description'] } : {}),
    ...(isObject(value['Export']) ? { exportName: objectOf(value['Export'])['Name'] ?? '' } : {}),
    ...(typeof value['Condition'] === 'string' ? { condition: value['Condition'] } : {}),
  }
}

/** A scalar as the text CloudFormation passes on. */
export function textOf(value: TemplateValue | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
