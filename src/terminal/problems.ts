// Owns how problems of files are told: mark, code, place, message and remedy, errors first.
import type { Look } from './terminal.ts'
import { wrap } from './wrap.ts'

/** What is told of one problem. */
export interface ToldProblem {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** What to do, one sentence. */
  readonly help: string
}

const MIN_WIDTH = 60
// What is not there has no lines.
const MISSING = 'file-missing'
/** A remedy's second line is indented by so much. */
const INDENT = 4

/** Problems as text without a newline at its end, wrapped to the terminal, and a line that counts them. */
export function renderProblems(problems: readonly ToldProblem[], look: Look): string {
  if (problems.length === 0) return look.paint('green', '✔ no problems found')
  const errors = problems.filter((each) => each.severity === 'error')
  const warnings = problems.filter((each) => each.severity === 'warning')
  const counts = [
    ...(errors.length > 0 ? [look.paint('red', counted(errors.length, 'error'))] : []),
    ...(warnings.length > 0 ? [look.paint('yellow', counted(warnings.length, 'warning'))] : []),
  ]
  const told = [...errors, ...warnings].map((each) => renderProblem(each, look))
  return [...told, counts.join(', ')].join('\n\n')
}

/** What stands before a warning, wherever one is given. */
export function warningMark(look: Pick<Look, 'paint'>): string {
  return look.paint('yellow', '▲ warning')
}

function renderProblem({ severity, code, message, help, ...at }: ToldProblem, look: Look): string {
  const mark = severity === 'error' ? look.paint('red', '✖ error') : warningMark(look)
  const place = look.paint('cyan', code === MISSING ? at.file : `${at.file}:${at.line}:${at.column}`)
  const width = Math.max(look.columns, MIN_WIDTH) - INDENT
  return [
    `${mark} ${look.paint('dim', code)}  ${place}`,
    ...wrap(message, width).map((line) => `  ${line}`),
    ...wrap(`→ ${help}`, width).map((line, index) =>
      look.paint('dim', `${index === 0 ? '  ' : '    '}${line}`),
    ),
  ].join('\n')
}

/** `1 error`, `2 errors`. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
