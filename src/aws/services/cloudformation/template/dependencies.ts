// Owns the order of a template's resources: who refers to whom, and that everyone exists.
import { validationError } from '../errors.ts'
import { isTemplateObject, type Template, textOf, type TemplateValue } from './template.ts'

/** For each resource, the resources it needs first. @throws AwsError ValidationError */
export function dependenciesOf(template: Template): Map<string, Set<string>> {
  const known = new Set([...Object.keys(template.resources), ...Object.keys(template.parameters)])
  const graph = new Map<string, Set<string>>()
  const unresolved = new Set<string>()
  for (const [logicalId, resource] of Object.entries(template.resources)) {
    const { properties, creationPolicy = null, updatePolicy = null } = resource
    const references = new Set([
      ...resource.dependsOn,
      ...referencesIn([properties, creationPolicy, updatePolicy]),
    ])
    for (const name of references) {
      if (!known.has(name) && !name.startsWith('AWS::')) unresolved.add(name)
    }
    graph.set(logicalId, new Set([...references].filter((name) => Object.hasOwn(template.resources, name))))
  }
  if (unresolved.size > 0) {
    throw validationError(
      `Template format error: Unresolved resource dependencies [${[...unresolved].join(', ')}] in the Resources block of the template`,
    )
  }
  checkOutputs(template, known)
  checkCycles(graph, 'resources')
  return graph
}

/** Every resource and attribute that a value asks for by Fn::GetAtt or Fn::Sub. */
export function attributesIn(value: TemplateValue): { logicalId: string; attribute: string }[] {
  if (Array.isArray(value)) return value.flatMap(attributesIn)
  if (!isTemplateObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Fn::GetAtt') {
      const [logicalId = '', ...rest] = Array.isArray(item) ? item.map(textOf) : textOf(item).split('.')
      return [{ logicalId, attribute: rest.join('.') }]
    }
    if (key !== 'Fn::Sub') return attributesIn(item)
    const [text, variables = null] = Array.isArray(item) ? item : [item]
    const names = [...textOf(text).matchAll(/\$\{([^}!][^}]*)\}/g)].map(([, name = '']) => name.split('.'))
    const own = names.flatMap(([logicalId = '', ...rest]) =>
      rest.length > 0 ? [{ logicalId, attribute: rest.join('.') }] : [],
    )
    return [...own, ...attributesIn(variables)]
  })
}

function checkOutputs(template: Template, known: ReadonlySet<string>): void {
  const missing = Object.values(template.outputs)
    .flatMap((output) => [...referencesIn(output.value)])
    .filter((name) => !known.has(name) && !name.startsWith('AWS::'))
  if (missing.length > 0) {
    throw validationError(
      `Unresolved resource dependencies [${missing.join(', ')}] in the Outputs block of the template`,
    )
  }
}

/**
 * Every name that a value refers to by Ref, Fn::GetAtt or Fn::Sub.
 * @param isTrue tells conditions, so that of an Fn::If only the branch counts that is taken; without it both do
 */
export function referencesIn(value: TemplateValue, isTrue?: (condition: string) => boolean): Set<string> {
  const found = new Set<string>()
  collect(value, { found, isTrue })
  return found
}

interface Collection {
  readonly found: Set<string>
  readonly isTrue: ((condition: string) => boolean) | undefined
}

function collect(value: TemplateValue, to: Collection): void {
  const { found, isTrue } = to
  if (Array.isArray(value)) {
    for (const item of value) collect(item, to)
    return
  }
  if (!isTemplateObject(value)) return
  for (const [key, item] of Object.entries(value)) {
    if (key === 'Ref') found.add(textOf(item))
    else if (key === 'Fn::GetAtt')
      found.add(Array.isArray(item) ? textOf(item[0]) : (textOf(item).split('.')[0] ?? ''))
    else if (key === 'Fn::Sub') collectSub(item, to)
    else if (key === 'Fn::If' && isTrue && Array.isArray(item)) {
      collect((isTrue(textOf(item[0])) ? item[1] : item[2]) ?? null, to)
    } else collect(item, to)
  }
}

function collectSub(argument: TemplateValue, to: Collection): void {
  const [text, variables] = Array.isArray(argument) ? argument : [argument]
  const own = isTemplateObject(variables) ? variables : {}
  for (const [, name = ''] of textOf(text).matchAll(/\$\{([^}!][^}]*)\}/g)) {
    if (Object.hasOwn(own, name)) continue
    to.found.add(name.startsWith('AWS::') ? name : (name.split('.')[0] ?? ''))
  }
  collect(own, to)
}

/** Checks that no condition refers to itself by a detour. @throws AwsError ValidationError */
export function checkConditions(template: Template): void {
  const names = Object.keys(template.conditions)
  const graph = new Map(
    Object.entries(template.conditions).map(([name, value]) => {
      const used = conditionsIn(value)
      return [name, new Set(names.filter((other) => used.has(other)))]
    }),
  )
  // The words are those for resources: what CloudFormation says of conditions was not found.
  checkCycles(graph, 'conditions')
}

function conditionsIn(value: TemplateValue): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...conditionsIn(item)]))
  if (!isTemplateObject(value)) return new Set()
  return new Set(
    Object.entries(value).flatMap(([key, item]) => {
      if (key === 'Condition') return [textOf(item)]
      const first = key === 'Fn::If' && Array.isArray(item) ? [textOf(item[0])] : []
      return [...first, ...conditionsIn(item)]
    }),
  )
}

function checkCycles(graph: ReadonlyMap<string, ReadonlySet<string>>, what: string): void {
  const remaining = new Map([...graph].map(([name, needs]) => [name, new Set(needs)]))
  for (;;) {
    const free = [...remaining].filter(([, needs]) => needs.size === 0).map(([name]) => name)
    if (free.length === 0) break
    for (const name of free) remaining.delete(name)
    for (const needs of remaining.values()) for (const name of free) needs.delete(name)
  }
  if (remaining.size > 0) {
    throw validationError(`Circular dependency between ${what}: [${[...remaining.keys()].join(', ')}]`)
  }
}
