// Owns turning properties of a template into members of a request, by tables.
import { isTemplateObject, type TemplateObject, type TemplateValue } from '../template/template.ts'
import { type PropertyPath, valueAt } from './property-path.ts'

/** Where a property goes in a request, as a dotted path, and what it becomes on the way. */
export type Member = string | { readonly to: string; readonly as: (value: TemplateValue) => unknown }

/** The members that properties become; a property that is not there gives none. */
export type Members = Readonly<Record<PropertyPath, Member>>

/** The request members that the properties of a table give. */
export function membersOf(members: Members, properties: TemplateObject): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const [path, member] of Object.entries(members)) {
    const value = valueAt(properties, path)
    if (value === undefined) continue
    const { to, as } =
      typeof member === 'string' ? { to: member, as: (same: TemplateValue): unknown => same } : member
    put(input, to.split('.'), as(value))
  }
  return input
}

function put(into: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[name] = value
    return
  }
  // Only this function makes the objects on the way.
  const inner = (into[name] ??= {}) as Record<string, unknown>
  put(inner, rest, value)
}

/** Properties that a request spells as the template does. */
export function sameNames(...names: readonly PropertyPath[]): Members {
  return Object.fromEntries(names.map((name) => [name, name]))
}

/** A member that is a number, which a template may write as text. */
export function numberAt(to: string): Member {
  return { to, as: Number }
}

/** A member whose structures spell their names with a small first letter, as EKS does. */
export function lowered(to: string): Member {
  return { to, as: lowerNames }
}

function lowerNames(value: TemplateValue): TemplateValue {
  if (Array.isArray(value)) return value.map(lowerNames)
  if (!isTemplateObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      lowerNames(item),
    ]),
  )
}

/** A list of structures; nothing for what is no list. */
export function objectsOf(value: TemplateValue | undefined): TemplateObject[] {
  return Array.isArray(value) ? value.filter(isTemplateObject) : []
}

/** A list of texts; nothing for what is no list. */
export function textsOf(value: TemplateValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** A scalar as text; undefined when there is none. */
export function textAt(properties: TemplateObject, path: PropertyPath): string | undefined {
  const value = valueAt(properties, path)
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value)
}
