// Owns how a plan looks in a terminal: workloads, price and problems.
import Table from 'cli-table3'
import type { Problem } from '../config/problem.ts'
import type { Cost, CostItem } from './cost.ts'
import { hourMoney, monthMoney } from './cost.ts'
import type { Plan, PlannedWorkload } from './plan.ts'

/** The colours used, injected: picocolors' `createColors(enabled)` has this shape. */
interface Colors {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  yellow(text: string): string
  green(text: string): string
  cyan(text: string): string
  magenta(text: string): string
}

export interface RenderOptions {
  readonly colors: Colors
  /** Columns of the terminal; long texts are wrapped to it. */
  readonly width?: number
}

const DEFAULT_WIDTH = 100
const MIN_WIDTH = 60

/** The plan as text that ends in a newline: what runs where, what it costs, what is wrong. */
export function renderPlan(plan: Plan, options: RenderOptions): string {
  const parts = [
    ...(plan.workloads.length > 0 ? [renderWorkloads(plan.workloads, options)] : []),
    ...(plan.cost.items.length > 0 ? [renderCost(plan.cost, options)] : []),
    renderProblems(plan.problems, options),
  ]
  return `${parts.join('\n\n')}\n`
}

/** A table of workloads, those on Fargate with the size of each of their pods. */
function renderWorkloads(workloads: readonly PlannedWorkload[], { colors }: RenderOptions): string {
  const rows = workloads.map((each) => [
    each.namespace,
    `${each.kind} ${colors.bold(each.name)}`,
    String(each.replicas),
    each.compute === 'fargate' ? colors.magenta('fargate') : colors.cyan('ec2'),
    each.capacity ?? colors.dim('-'),
    colors.dim(each.reason),
  ])
  return table(['Namespace', 'Workload', 'Pods', 'Compute', 'Size of a pod', 'Because'], rows, {
    right: [2],
    colors,
  })
}

/** A table of prices with the total, and what it leaves out. */
function renderCost(cost: Cost, { colors }: RenderOptions): string {
  const bold = (amount: string): string => colors.bold(colors.green(amount))
  const total = [colors.bold('Total'), '', '', bold(hourMoney(cost.hourly)), bold(monthMoney(cost.monthly))]
  const rows = [...cost.items.map((item) => costRow(item, colors)), total]
  const head = ['Price', 'What', 'Count', `${cost.currency} an hour`, `${cost.currency} a month`]
  return [
    table(head, rows, { right: [2, 3, 4], colors }),
    ...footnotes(cost).map((line) => colors.dim(line)),
  ].join('\n')
}

function footnotes(cost: Cost): string[] {
  const years = cost.items.flatMap((item) => item.date?.slice(0, 4) ?? []).toSorted()
  const [from] = years
  const to = years.at(-1)
  const left = cost.items.flatMap((item) => (item.note === undefined ? [] : [`${item.name}: ${item.note}.`]))
  if (from === undefined) return left
  const period = from === to ? from : `${from} to ${to}`
  return [
    ...left,
    `On-demand list prices of ${period}, 730 hours a month; without traffic, load balancer capacity units and logs.`,
  ]
}

/** Problems with their place and remedy, errors first, and a line that counts them. */
export function renderProblems(
  problems: readonly Problem[],
  { colors, width = DEFAULT_WIDTH }: RenderOptions,
): string {
  if (problems.length === 0) return colors.green('✔ no problems found')
  const errors = problems.filter((each) => each.severity === 'error')
  const warnings = problems.filter((each) => each.severity === 'warning')
  const blocks = [...errors, ...warnings].map((each) =>
    renderProblem(each, { colors, width: Math.max(width, MIN_WIDTH) }),
  )
  return [...blocks, summary(errors.length, warnings.length, colors)].join('\n\n')
}

function renderProblem(found: Problem, { colors, width }: Required<RenderOptions>): string {
  const isError = found.severity === 'error'
  const mark = isError ? colors.red('✖ error') : colors.yellow('▲ warning')
  const place = `${found.file}:${found.line}:${found.column}`
  return [
    `${mark} ${colors.dim(found.code)}  ${colors.cyan(place)}`,
    ...wrap(found.message, width - 2).map((line) => `  ${line}`),
    ...wrap(`→ ${found.help}`, width - 2).map((line, index) =>
      colors.dim(`${index === 0 ? '  ' : '    '}${line}`),
    ),
  ].join('\n')
}

function summary(errors: number, warnings: number, colors: Colors): string {
  const parts = [
    ...(errors > 0 ? [colors.red(counted(errors, 'error'))] : []),
    ...(warnings > 0 ? [colors.yellow(counted(warnings, 'warning'))] : []),
  ]
  return parts.join(', ')
}

function costRow(item: CostItem, colors: Colors): string[] {
  const count = item.quantity > 0 ? String(item.quantity) : ''
  if (item.hourly === undefined || item.monthly === undefined) {
    return [item.name, item.detail, count, colors.dim('-'), colors.dim('-')]
  }
  return [item.name, item.detail, count, hourMoney(item.hourly), monthMoney(item.monthly)]
}

/** Borderless columns: they survive being piped, pasted and read aloud. */
function table(
  head: string[],
  rows: string[][],
  { right, colors }: { readonly right: readonly number[]; readonly colors: Colors },
): string {
  const drawn = new Table({
    head: head.map((text) => colors.dim(text)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: head.map((_, index) => (right.includes(index) ? 'right' : 'left')),
    chars: blank,
  })
  drawn.push(...rows)
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const blank = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
)

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
