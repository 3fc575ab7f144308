// Owns the order of a template's resources: who refers to whom, and that everyone exists.
import { isObject } from '../../../../base/json.ts'
import { validationError } from '../errors.ts'
import { type Template, type TemplateObject, textOf, type TemplateValue } from './template.ts'

/** For each resource, the resources it needs first. @throws AwsError ValidationError */
export function dependenciesOf(template: Template): Map<string, Set<string>> {
  const known = new Set([...Object.keys(template.resources), ...Object.keys(template.parameters)])
  const graph = new Map<string, Set<string>>()
  const unresolved = new Set<string>()
  for (const [logicalId, resource] of Object.entries(template.resources)) {
    const references = new Set([...resource.dependsOn, ...referencesIn(resource.properties)])
    for (const name of references) {
      if (!known.has(name) && !name.startsWith('AWS::')) unresolved.add(name)
    }
    graph.set(logicalId, new Set([...references].filter((name) => name in template.resources)))
  }
  if (unresolved.size > 0) {
    throw validationError(
      `Template format error: Unresolved resource dependencies [${[...unresolved].join(', ')}] in the Resources block of the template`,
    )
  }
  checkOutputs(template, known)
  checkCycles(graph)
  return graph
}

function checkOutputs(template: Template, known: ReadonlySet<string>): void {
  const missing = Object.values(template.outputs)
    .flatMap((output) => [...referencesIn(output.value)])
    .filter((name) => !known.has(name) && !name.startsWith('AWS::'))
  if (missing.length > 0) {
    throw validationError(
      `Template format error: Unresolved resource dependencies [${missing.join(', ')}] in the Outputs block of the template`,
    )
  }
}

/** Every name that a value refers to by Ref, Fn::GetAtt or Fn::Sub. */
export function referencesIn(value: TemplateValue): Set<string> {
  const found = new Set<string>()
  collect(value, found)
  return found
}

function collect(value: TemplateValue, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found)
    return
  }
  if (!isObject(value)) return
  for (const [key, item] of Object.entries(value as TemplateObject)) {
    if (key === 'Ref') found.add(textOf(item))
    else if (key === 'Fn::GetAtt')
      found.add(Array.isArray(item) ? textOf(item[0]) : (textOf(item).split('.')[0] ?? ''))
    else if (key === 'Fn::Sub') collectSub(item, found)
    else collect(item, found)
  }
}

function collectSub(argument: TemplateValue, found: Set<string>): void {
  const [text, variables] = Array.isArray(argument) ? argument : [argument]
  const own = isObject(variables) ? (variables as TemplateObject) : {}
  for (const [, name = ''] of textOf(text).matchAll(/\$\{([^}!][^}]*)\}/g)) {
    if (name in own) continue
    found.add(name.startsWith('AWS::') ? name : (name.split('.')[0] ?? ''))
  }
  collect(own, found)
}

function checkCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): void {
  const remaining = new Map([...graph].map(([name, needs]) => [name, new Set(needs)]))
  for (;;) {
    const free = [...remaining].filter(([, needs]) => needs.size === 0).map(([name]) => name)
    if (free.length === 0) break
    for (const name of free) remaining.delete(name)
    for (const needs of remaining.values()) for (const name of free) needs.delete(name)
  }
  if (remaining.size > 0) {
    throw validationError(`Circular dependency between resources: [${[...remaining.keys()].join(', ')}]`)
  }
}
