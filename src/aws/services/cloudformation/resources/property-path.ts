// Owns property paths such as `ResourcesVpcConfig.SubnetIds`: reading by them, and telling which of them a change touches.
import { deepEqual } from '../../../../base/json.ts'
import { isTemplateObject, type TemplateObject, type TemplateValue } from '../template/template.ts'
import type { PropertyTable, TypeFacts } from './specification.ts'

/** Members of structures, joined by dots. A list or a map is one property: paths do not go into it. */
export type PropertyPath = string

/** What stands at a path; undefined when nothing does. */
export function valueAt(properties: TemplateObject, path: PropertyPath): TemplateValue | undefined {
  let value: TemplateValue | undefined = properties
  for (const name of path.split('.')) {
    if (!isTemplateObject(value)) return undefined
    value = Object.hasOwn(value, name) ? value[name] : undefined
  }
  return value
}

/** True when `path` is one of `paths` or lies below one. */
export function isWithin(paths: readonly PropertyPath[], path: PropertyPath): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}.`))
}

/** `base` with what stands at each path put in, or taken out where `from` has nothing. */
export function withPaths(
  base: TemplateObject,
  from: TemplateObject,
  paths: readonly PropertyPath[],
): TemplateObject {
  return paths.reduce((next, path) => withPath(next, path.split('.'), valueAt(from, path)), base)
}

function withPath(
  base: TemplateObject,
  [name = '', ...rest]: readonly string[],
  value: TemplateValue | undefined,
): TemplateObject {
  const { [name]: current, ...others } = base
  if (rest.length === 0) return value === undefined ? others : { ...others, [name]: value }
  const inner = withPath(isTemplateObject(current) ? current : {}, rest, value)
  return Object.keys(inner).length === 0 ? others : { ...others, [name]: inner }
}

/** The part of the properties that stands at these paths. */
export function pickPaths(properties: TemplateObject, paths: readonly PropertyPath[]): TemplateObject {
  return withPaths({}, properties, paths)
}

export interface LeafFacts {
  readonly path: PropertyPath
  readonly replaces: 'yes' | 'maybe' | 'no'
}

/** Every leaf of a type's properties: what is no structure. */
export function leavesOf(facts: TypeFacts): readonly LeafFacts[] {
  return leavesIn(facts.properties, '', [])
}

// A type that holds itself has no end: the second time round its own name is the leaf.
function leavesIn(table: PropertyTable, prefix: string, above: readonly PropertyTable[]): LeafFacts[] {
  return [...table].flatMap(([name, { type, replaces }]) => {
    const path = `${prefix}${name}`
    if (type.kind !== 'object' || above.includes(type.properties)) return [{ path, replaces }]
    const below = leavesIn(type.properties, `${path}.`, [...above, table])
    // What replaces as a whole replaces in each of its parts.
    return below.map((leaf) => (replaces === 'no' ? leaf : { ...leaf, replaces }))
  })
}

/** The leaves that differ between two states of a resource. */
export function changedLeaves(
  facts: TypeFacts,
  before: TemplateObject,
  after: TemplateObject,
): readonly LeafFacts[] {
  return leavesOf(facts).filter(({ path }) => !deepEqual(valueAt(before, path), valueAt(after, path)))
}

/** The leaves that have a value. */
export function givenLeaves(facts: TypeFacts, properties: TemplateObject): readonly LeafFacts[] {
  return changedLeaves(facts, {}, properties)
}
