// Owns the JSON paths of definitions: columns, selectable fields, scale.
// Source: client-go util/jsonpath, as far as `additionalPrinterColumns` of published definitions use it.
import { isObject, own } from '../../../base/json.ts'

type Step = (values: readonly unknown[]) => readonly unknown[]

/** A compiled path: what it finds in an object. */
export type JsonPath = (object: unknown) => readonly unknown[]

const STEPS =
  /\.?\[\?\(@\.([\w.-]+)\s*(==|!=|<=|>=|<|>)\s*(?:"([^"]*)"|'([^']*)'|([\w.+-]+))\)\]|\.?\[(\*|-?\d+)\]|\.?\[['"]([^'"]+)['"]\]|\.\.?(\*)|\.((?:\\.|[^.[\]\\])+)/y

/** @returns undefined for text that is no path. */
export function compilePath(text: string): JsonPath | undefined {
  if (!text.startsWith('.') && !text.startsWith('[')) return undefined
  const steps: Step[] = []
  // A copy: paths in filters are compiled on the way.
  const reader = new RegExp(STEPS)
  while (reader.lastIndex < text.length) {
    const found = reader.exec(text)
    if (!found) return undefined
    steps.push(stepOf(found))
  }
  return (object) => {
    let values: readonly unknown[] = [object]
    for (const step of steps) values = step(values)
    return values
  }
}

function stepOf(found: RegExpExecArray): Step {
  const [, field, operator = '', double, single, bare, index, quoted, all, name] = found
  if (field !== undefined) return filter(field, operator, double ?? single ?? literal(bare ?? ''))
  if (index === '*' || all !== undefined) return (values) => values.flatMap(itemsOf)
  if (index !== undefined) {
    const at = Number(index)
    return (values) => values.flatMap((value) => (Array.isArray(value) ? [value.at(at)].filter(isThere) : []))
  }
  const key = quoted ?? (name ?? '').replaceAll(/\\(.)/g, '$1')
  return (values) => values.flatMap((value) => (isObject(value) ? [own(value, key)].filter(isThere) : []))
}

function filter(field: string, operator: string, wanted: unknown): Step {
  const path = compilePath(`.${field}`)
  return (values) =>
    values.flatMap(itemsOf).filter((item) => {
      const [found] = path?.(item) ?? []
      if (operator === '==') return found === wanted
      if (operator === '!=') return found !== wanted
      const [left, right] = [Number(found), Number(wanted)]
      if (operator === '<') return left < right
      if (operator === '>') return left > right
      return operator === '<=' ? left <= right : left >= right
    })
}

function literal(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return Number.isNaN(Number(text)) ? text : Number(text)
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isObject(value) ? Object.values(value) : []
}

function isThere(value: unknown): boolean {
  return value !== undefined
}

/** The fields of a simple path such as `.spec.replicas`; undefined for one that is not simple. */
export function fieldsOfPath(text: string): readonly string[] | undefined {
  return /^(\.[\w-]+)+$/.test(text) ? text.slice(1).split('.') : undefined
}
