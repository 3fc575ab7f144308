// Owns finding values in the input of an operation by the names of its members, whatever their case.
import { isObject } from '../../base/json.ts'

/** The scalars of an input, by member. */
export class InputValues {
  readonly #top = new Map<string, string[]>()
  readonly #all = new Map<string, string[]>()

  constructor(input: object) {
    this.#walk(input, '')
  }

  /** The values of the first of these members that has any; those at the top of the input come first. */
  of(members: readonly string[]): readonly string[] {
    const names = members.map((member) => member.toLowerCase())
    for (const place of [this.#top, this.#all]) {
      for (const name of names) {
        const found = place.get(name)
        if (found) return found
      }
    }
    return []
  }

  /** All values at the top of the input that are ARNs. */
  arns(): readonly string[] {
    return [...this.#top.values()].flat().filter((value) => value.startsWith('arn:'))
  }

  #walk(value: object, path: string): void {
    for (const [member, item] of Object.entries(value)) {
      const name = member.toLowerCase()
      const at = path === '' ? name : `${path}.${name}`
      for (const each of Array.isArray(item) ? (item as unknown[]) : [item]) {
        if (isStructure(each)) this.#walk(each, at)
        else if (['string', 'number', 'boolean'].includes(typeof each)) {
          if (path === '') add(this.#top, name, String(each))
          else add(this.#all, at, String(each))
          add(this.#all, name, String(each))
        }
      }
    }
  }
}

// Of times and bytes nothing is asked; each byte would be a member.
function isStructure(value: unknown): value is object {
  return isObject(value) && !(value instanceof Date) && !ArrayBuffer.isView(value)
}

function add(place: Map<string, string[]>, name: string, value: string): void {
  const known = place.get(name)
  if (known) known.push(value)
  else place.set(name, [value])
}
