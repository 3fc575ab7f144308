// Owns the three moves that defaulting functions are made of; they change the object they are given.
import { isObject } from '../../base/json.ts'

export type Fields = Record<string, unknown>

/** Sets each field that is absent; a zero string that means nothing has been dropped by then, one behind a pointer stays. */
export function fill(target: Fields, defaults: Readonly<Fields>): void {
  for (const [name, value] of Object.entries(defaults)) {
    if (target[name] === undefined) target[name] = value
  }
}

/** The same where a required field that is empty says as little as one that is absent. */
export function fillEmpty(target: Fields, defaults: Readonly<Fields>): void {
  for (const [name, value] of Object.entries(defaults)) if (!target[name]) target[name] = value
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
