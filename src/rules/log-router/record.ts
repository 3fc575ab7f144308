// Owns what runs through the log router: records with a tag and a time, and how settings point into them.
import { isObject } from '../../base/json.ts'
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
  const expression = new RegExp(`^${pattern.split('*').map(escape).join('.*')}$`)
  return (tag) => expression.test(tag)
}

function escape(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
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

/** The text that an expression is tried on; undefined for what is no text and no number. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** What Onigmo, Fluent Bit's engine, has and JavaScript lacks, or reads as something else. */
const RUBY_ONLY = /\[\[:|\\[hHAzZGKRX]|\(\?>|\(\?[imx-]+\)|[*+?]\+/

/**
 * An expression of Fluent Bit, which are Ruby's.
 * @throws LogRouterRefusal when it is none, or one that JavaScript would read otherwise
 */
export function expressionOf(text: string): RegExp {
  const [, inner = text] = /^\/(.*)\/$/.exec(text) ?? []
  if (RUBY_ONLY.test(inner)) throw notEmulated(`the expression ${text}`)
  try {
    return new RegExp(inner)
  } catch {
    throw invalid(`${text} is no regular expression`)
  }
}
