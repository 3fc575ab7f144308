// Owns how a plan looks in a terminal: workloads, price and problems.
import { renderAdvice } from './advice/render.ts'
import { renderProblems } from '../terminal/problems.ts'
import { wrap } from '../terminal/wrap.ts'
import { renderTable } from '../terminal/table.ts'
import type { Look } from '../terminal/terminal.ts'
import type { Cost, CostItem } from './cost.ts'
import { hourMoney, monthMoney, NO_PRICE } from './cost.ts'
import type { Plan, PlannedWorkload } from './plan.ts'

/** The plan as text that ends in a newline: what runs where, what it costs, what is wrong. */
export function renderPlan(plan: Plan, look: Look): string {
  const parts = [
    ...(plan.workloads.length > 0 ? [renderWorkloads(plan.workloads, look)] : []),
    ...(plan.cost.items.length > 0 ? [renderCost(plan.cost, look)] : []),
    ...(plan.advice ? [renderAdvice(plan.advice, look)] : []),
    renderProblems(plan.problems, look),
  ]
  return `${parts.join('\n\n')}\n`
}

/** A table of workloads, those on Fargate with the size of each of their pods. */
function renderWorkloads(workloads: readonly PlannedWorkload[], look: Look): string {
  return renderTable(look, {
    columns: [
      { heading: 'NAMESPACE', narrow: { wrap: 8 } },
      { heading: 'WORKLOAD', narrow: { wrap: 16 } },
      { heading: 'PODS', right: true },
      { heading: 'COMPUTE' },
      { heading: 'SIZE', narrow: { drop: 'last' } },
      { heading: 'BECAUSE', narrow: { cut: 24, drop: true } },
    ],
    rows: workloads.map((each) => [
      each.namespace,
      `${each.kind} ${look.paint('bold', each.name)}`,
      String(each.replicas),
      each.compute === 'fargate' ? look.paint('magenta', 'fargate') : look.paint('cyan', 'ec2'),
      each.capacity ?? look.paint('dim', '-'),
      look.paint('dim', each.reason),
    ]),
  })
}

/** A table of prices with the total, and what it leaves out. */
function renderCost(cost: Cost, look: Look): string {
  const bold = (amount: string): string => look.paint(['bold', 'green'], amount)
  const total = [
    look.paint('bold', totalOf(cost)),
    '',
    '',
    bold(hourMoney(cost.hourly)),
    bold(monthMoney(cost.monthly)),
    '',
  ]
  // Only where a figure is old: the year stands on its line.
  const hasOld = cost.items.some(({ isOld }) => isOld)
  const rows = [...cost.items.map((item) => costRow(item, look)), total]
  const table = renderTable(look, {
    columns: [
      { heading: 'PRICE', narrow: { wrap: 16 } },
      { heading: 'WHAT', narrow: { drop: true } },
      { heading: 'COUNT', right: true },
      { heading: `${cost.currency} AN HOUR`, right: true, narrow: { drop: true } },
      { heading: `${cost.currency} A MONTH`, right: true },
      ...(hasOld ? [{ heading: 'OF' }] : []),
    ],
    rows: hasOld ? rows : rows.map((row) => row.slice(0, -1)),
  })
  const notes = footnotes(cost).flatMap((note) => wrap(note, look.columns))
  return [table, ...notes.map((line) => look.paint('dim', line))].join('\n')
}

/** What the total is a total of: one that leaves something out says so on its own line. */
export function totalOf({ items }: Cost): string {
  const unknown = items.filter(({ note }) => note === NO_PRICE).length
  if (unknown === 0) return 'Total'
  return `Total without ${unknown} unknown ${unknown === 1 ? 'price' : 'prices'}`
}

function footnotes(cost: Cost): string[] {
  const years = cost.items.flatMap((item) => item.date?.slice(0, 4) ?? []).toSorted()
  const [from] = years
  const to = years.at(-1)
  const left = cost.items.flatMap((item) => (item.note === undefined ? [] : [`${item.name}: ${item.note}.`]))
  const isOld = cost.items.some((item) => item.isOld)
  if (isOld) left.push('Prices with a year are more than a year old.')
  if (isOld || cost.items.some(({ note }) => note === NO_PRICE))
    left.push("AWS's list prices of today come with: neargate prices refresh.")
  if (from === undefined) return left
  const period = from === to ? from : `${from} to ${to}`
  return [
    ...left,
    `On-demand list prices of ${period}, 730 hours a month; without traffic, load balancer capacity units and logs.`,
  ]
}

function costRow(item: CostItem, look: Look): string[] {
  const count = item.quantity > 0 ? String(item.quantity) : ''
  if (item.hourly === undefined || item.monthly === undefined) {
    return [item.name, item.detail, count, look.paint('dim', '-'), look.paint('dim', '-'), '']
  }
  const year = item.isOld ? look.paint('yellow', item.date?.slice(0, 4) ?? '') : ''
  return [item.name, item.detail, count, hourMoney(item.hourly), monthMoney(item.monthly), year]
}
