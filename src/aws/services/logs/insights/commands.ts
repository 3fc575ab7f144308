// Owns the commands of a Logs Insights query: reading them, and what each does with the events that come to it.
import { type Expression, type Named, Reader } from './expression.ts'
import { compare, evaluate, holds, regexOf, textOf, type Row } from './evaluate.ts'
import { malformed } from './tokens.ts'

/** Events on their way through a query, and the columns that are shown of them. */
export interface Flow {
  readonly rows: readonly Row[]
  /** Undefined: nothing has been said of columns yet. */
  readonly columns: readonly string[] | undefined
  /** Rows are no events any more, but groups of them. */
  readonly isGrouped: boolean
  /** Events that have passed every filter so far, however few rows are left of them. */
  readonly matched: number
}

/** One command, ready to be done. */
export type Command = (flow: Flow) => Flow

/** The most rows that an answer has, where the query says nothing ("the default … is 10000"). */
export const MAX_ROWS = 10_000

const READERS: Readonly<Record<string, (rest: string) => Command>> = {
  fields: readFields,
  display: readDisplay,
  filter: readFilter,
  parse: readParse,
  stats: readStats,
  sort: readSort,
  order: readSort,
  limit: readLimit,
  head: readLimit,
  dedup: readDedup,
  // Nothing is masked.
  unmask: () => (flow) => flow,
}
// Known to the language, and not emulated.
const OTHERS = [
  'pattern',
  'diff',
  'anomaly',
  'unnest',
  'lookup',
  'join',
  'source',
  'filterindex',
  'addtotals',
]

/** @throws AwsError MalformedQueryException */
export function commandsOf(query: string): Command[] {
  const parts = split(query)
  if (parts.length === 0) throw malformed('the query is empty')
  return parts.map((part) => {
    const [, word = '', rest = ''] = /^\s*(\w*)([\s\S]*)$/.exec(part) ?? []
    const name = word.toLowerCase()
    if (OTHERS.includes(name)) throw malformed(`The command ${word} is not emulated by Neargate.`)
    const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined
    if (!read) throw malformed(`unexpected symbol found ${word || part.trim()}`)
    return read(rest)
  })
}

/** Cuts at the pipes that stand in no text, no pattern and no comment. */
function split(query: string): string[] {
  const pieces = query.match(
    /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\b(?:like|parse\s+\S+|=~)\s*\/(?:[^/\\]|\\.)+\/|=~\s*\/(?:[^/\\]|\\.)+\/|\||[^|]/gi,
  )
  const parts = ['']
  for (const piece of pieces ?? []) {
    if (piece === '|') parts.push('')
    else if (!piece.startsWith('#')) parts[parts.length - 1] += piece
  }
  return parts.filter((part) => part.trim() !== '')
}

function namedOf(rest: string): Named[] {
  const reader = new Reader(rest)
  const named = reader.named()
  reader.end()
  return named
}

function withColumns(row: Row, named: readonly Named[]): Row {
  const next = new Map(row)
  for (const { expression, name } of named) {
    const value = evaluate(expression, { row })
    if (value !== undefined) next.set(name, value)
  }
  return next
}

function readFields(rest: string): Command {
  const named = namedOf(rest)
  return (flow) => ({
    ...flow,
    rows: flow.rows.map((row) => withColumns(row, named)),
    columns: [...new Set([...(flow.columns ?? []), ...named.map(({ name }) => name)])],
  })
}

function readDisplay(rest: string): Command {
  const named = namedOf(rest)
  return (flow) => ({
    ...flow,
    rows: flow.rows.map((row) => withColumns(row, named)),
    columns: named.map(({ name }) => name),
  })
}

function readFilter(rest: string): Command {
  const reader = new Reader(rest)
  const condition = reader.expression()
  reader.end()
  return (flow) => {
    const rows = flow.rows.filter((row) => holds(condition, { row }))
    return { ...flow, rows, matched: flow.isGrouped ? flow.matched : rows.length }
  }
}

/** `parse FIELD "a * b *" as x, y` or `parse FIELD /(?<x>…)/`; of @message when no field is named. */
function readParse(rest: string): Command {
  const match =
    /^\s*(?:(`[^`]+`|[\w.@]+)\s+)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\/((?:[^/\\]|\\.)+)\/)\s*(?:as\s+([\s\S]+))?$/i.exec(
      rest,
    )
  if (!match) throw malformed(`parse takes a field and a pattern, found ${rest.trim()}`)
  const [, field = '@message', double, single, regex, as = ''] = match
  const glob = double ?? single
  const source = regex ?? globSource(glob ?? '')
  const given = as.split(',').flatMap((name) => name.trim().replaceAll('`', '') || [])
  const names =
    given.length > 0 ? given : [...source.matchAll(/\(\?P?<([A-Za-z]\w*)>/g)].map(([, name = '']) => name)
  if (names.length === 0) throw malformed('parse gives its fields no names')
  const pattern = regexOf(source)
  const from = field.replaceAll('`', '')
  return (flow) => ({
    ...flow,
    columns: [...new Set([...(flow.columns ?? []), ...names])],
    rows: flow.rows.map((row) => {
      const value = row.get(from)
      const matcher = value === undefined ? undefined : pattern.matcher(textOf(value))
      if (!matcher?.find()) return row
      const next = new Map(row)
      names.forEach((name, index) => next.set(name, matcher.group(index + 1) ?? ''))
      return next
    }),
  })
}

// A star stands for as little as lets the rest match; the last one for all that is left.
function globSource(glob: string): string {
  const parts = glob.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\/]/g, String.raw`\$&`))
  return parts
    .map((part, index) => {
      if (index === parts.length - 1) return part
      return `${part}${index === parts.length - 2 && parts.at(-1) === '' ? '(.*)' : '(.*?)'}`
    })
    .join('')
}

function readStats(rest: string): Command {
  const reader = new Reader(rest)
  const columns = reader.named()
  const by = reader.accept('by') ? reader.named() : []
  reader.end()
  return ({ rows, matched }) => {
    const groups = Map.groupBy(
      rows.map((row) => ({ row, keys: by.map(({ expression }) => evaluate(expression, { row })) })),
      ({ keys }) => JSON.stringify(keys.map(textOf)),
    )
    // Without `by` there is one group, even of no events.
    const found = by.length === 0 && rows.length === 0 ? [[]] : [...groups.values()]
    return {
      isGrouped: true,
      matched,
      columns: [...by, ...columns].map(({ name }) => name),
      rows: found.map((members) => {
        const row: Row = new Map(by.map(({ name }, index) => [name, members[0]?.keys[index]]))
        const group = members.map((member) => member.row)
        for (const { expression, name } of columns) row.set(name, evaluate(expression, { row, group }))
        return row
      }),
    }
  }
}

function readSort(rest: string): Command {
  const reader = new Reader(rest.replace(/^\s*by\b/i, ''))
  const keys: { readonly expression: Expression; readonly isDown: boolean }[] = []
  do {
    const expression = reader.expression()
    const isDown = reader.accept('desc') || (reader.accept('asc'), false)
    keys.push({ expression, isDown })
  } while (reader.accept(','))
  reader.end()
  return (flow) => ({
    ...flow,
    rows: flow.rows.toSorted((a, b) => {
      for (const { expression, isDown } of keys) {
        const order = compare(evaluate(expression, { row: a }), evaluate(expression, { row: b }))
        if (order !== 0) return isDown ? -order : order
      }
      return 0
    }),
  })
}

function readLimit(rest: string): Command {
  const count = Number(rest.trim())
  if (!Number.isInteger(count) || count < 1 || count > MAX_ROWS) {
    throw malformed(`limit takes a number from 1 to ${MAX_ROWS}, found ${rest.trim()}`)
  }
  return (flow) => ({ ...flow, rows: flow.rows.slice(0, count) })
}

function readDedup(rest: string): Command {
  const named = namedOf(rest)
  return (flow) => {
    const seen = new Set<string>()
    return {
      ...flow,
      rows: flow.rows.filter((row) => {
        const values = named.map(({ expression }) => evaluate(expression, { row }))
        // "… events that have null values for any of the fields are retained."
        if (values.some((value) => value === undefined)) return true
        const key = JSON.stringify(values.map(textOf))
        return !seen.has(key) && seen.add(key).size > 0
      }),
    }
  }
}
