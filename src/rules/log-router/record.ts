// Owns what runs through the log router: records with a tag and a time, and how settings point into them.
import { wildcardMatches } from '../../base/glob.ts'
import { isObject } from '../../base/json.ts'
import { compileRe2, Re2SyntaxError, type Re2 } from '../../base/re2.ts'
import { invalid, notEmulated } from './refusal.ts'

export type LogRecord = Readonly<Record<string, unknown>>

export interface LogEvent {
  /** Which file it came from, with dots: `kube.var.log.containers.web-1_shop_nginx-0123.log`. */
  readonly tag: string
  readonly timeMs: number
  readonly record: LogRecord
}

/** Which tags a `Match` takes; `*` stands for any characters. */
export function tagMatcher(pattern: string): (tag: string) => boolean {
  return (tag) => wildcardMatches(pattern, tag)
}

/** Reads a value of a record: `log`, `$log` or `$kubernetes['labels']['app']`. */
export function accessor(path: string): (record: LogRecord) => unknown {
  const [head = '', ...rest] = path.startsWith('$') ? keysOf(path.slice(1)) : [path]
  return (record) => {
    let value = record[head]
    for (const key of rest) value = isObject(value) ? value[key] : undefined
    return value
  }
}

function keysOf(path: string): readonly string[] {
  const head = /^[^[\].]+/.exec(path)?.[0]
  if (head === undefined) throw invalid(`$${path} is no record accessor`)
  return [head, ...[...path.matchAll(/\['([^']*)'\]/g)].map(([, key = '']) => key)]
}

/**
 * A template whose places are filled in; places without a value are left empty, and told of.
 * @param place global; @param valueOf what stands for one match of it
 */
export function fillTemplate(
  template: string,
  place: RegExp,
  valueOf: (...match: readonly (string | undefined)[]) => string | undefined,
): { readonly text: string; readonly isWhole: boolean } {
  let isWhole = true
  const text = template.replaceAll(place, (...match: (string | undefined)[]) => {
    const value = valueOf(...match)
    isWhole &&= value !== undefined
    return value ?? ''
  })
  return { text, isWhole }
}

/** The whole tag for `TAG`, or one of its parts between dots for `TAG[2]`. */
export function tagPart(tag: string, part: string | undefined): string | undefined {
  return part === undefined ? tag : tag.split('.')[Number(part)]
}

/** The text that an expression is tried on; undefined for what is no text and no number. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/**
 * An expression of Fluent Bit, which are Ruby's, in time that grows with the text alone: they are anybody's who may write
 * the ConfigMap. What RE2 does not have (looking ahead, references back) is not emulated.
 * @throws LogRouterRefusal
 */
export function expressionOf(text: string): Re2 {
  const [, inner = text] = /^\/(.*)\/$/.exec(text) ?? []
  try {
    return compileRe2(inner)
  } catch (error) {
    if (error instanceof Re2SyntaxError) throw notEmulated(`the expression ${text}`)
    throw error
  }
}
