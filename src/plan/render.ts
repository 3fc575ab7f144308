// Owns how a plan looks in a terminal: workloads, price and problems.
import { renderProblems } from '../terminal/problems.ts'
import { renderTable } from '../terminal/table.ts'
import type { Look } from '../terminal/terminal.ts'
import type { Cost, CostItem } from './cost.ts'
import { hourMoney, monthMoney } from './cost.ts'
import type { Plan, PlannedWorkload } from './plan.ts'

/** The plan as text that ends in a newline: what runs where, what it costs, what is wrong. */
export function renderPlan(plan: Plan, look: Look): string {
  const parts = [
    ...(plan.workloads.length > 0 ? [renderWorkloads(plan.workloads, look)] : []),
    ...(plan.cost.items.length > 0 ? [renderCost(plan.cost, look)] : []),
    renderProblems(plan.problems, look),
  ]
  return `${parts.join('\n\n')}\n`
}

/** A table of workloads, those on Fargate with the size of each of their pods. */
function renderWorkloads(workloads: readonly PlannedWorkload[], look: Look): string {
  return renderTable(look, {
    headings: ['NAMESPACE', 'WORKLOAD', 'PODS', 'COMPUTE', 'SIZE', 'BECAUSE'],
    rows: workloads.map((each) => [
      each.namespace,
      `${each.kind} ${look.paint('bold', each.name)}`,
      String(each.replicas),
      each.compute === 'fargate' ? look.paint('magenta', 'fargate') : look.paint('cyan', 'ec2'),
      each.capacity ?? look.paint('dim', '-'),
      look.paint('dim', each.reason),
    ]),
    right: [2],
  })
}

/** A table of prices with the total, and what it leaves out. */
function renderCost(cost: Cost, look: Look): string {
  const bold = (amount: string): string => look.paint(['bold', 'green'], amount)
  const total = [
    look.paint('bold', 'Total'),
    '',
    '',
    bold(hourMoney(cost.hourly)),
    bold(monthMoney(cost.monthly)),
  ]
  const table = renderTable(look, {
    headings: ['PRICE', 'WHAT', 'COUNT', `${cost.currency} AN HOUR`, `${cost.currency} A MONTH`],
    rows: [...cost.items.map((item) => costRow(item, look)), total],
    right: [2, 3, 4],
  })
  return [table, ...footnotes(cost).map((line) => look.paint('dim', line))].join('\n')
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

function costRow(item: CostItem, look: Look): string[] {
  const count = item.quantity > 0 ? String(item.quantity) : ''
  if (item.hourly === undefined || item.monthly === undefined) {
    return [item.name, item.detail, count, look.paint('dim', '-'), look.paint('dim', '-')]
  }
  return [item.name, item.detail, count, hourMoney(item.hourly), monthMoney(item.monthly)]
}
