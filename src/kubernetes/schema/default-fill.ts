// Owns the three moves that defaulting functions are made of; they change the object they are given.
import { isObject } from '../../base/json.ts'

export type Fields = Record<string, unknown>

/** Sets each field that is absent, or empty as Go's zero strings are. */
export function fill(target: Fields, defaults: Readonly<Fields>): void {
  for (const [name, value] of Object.entries(defaults)) {
    if (target[name] === undefined || target[name] === '') target[name] = value
  }
}

/** The struct in a field, made if it is not there. */
export function structAt(target: Fields, name: string): Fields {
  const found = target[name]
  if (isObject(found)) return found
  const made: Fields = {}
  target[name] = made
  return made
}

/** Calls `action` for every struct of a list that may not be there. */
export function each(list: unknown, action: (item: Fields) => void): void {
  if (!Array.isArray(list)) return
  for (const item of list as unknown[]) if (isObject(item)) action(item)
}
