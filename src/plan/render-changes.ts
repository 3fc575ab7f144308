// Owns how the difference of two plans looks in a terminal.
import { renderTable } from '../terminal/table.ts'
import type { Look } from '../terminal/terminal.ts'
import type { Change, PlanDifference } from './compare.ts'
import { monthMoney, type CostItem } from './cost.ts'
import type { PlannedWorkload } from './plan.ts'

/** What a change moves, costs, breaks and mends, as text without a newline at its end. */
export function renderChanges(difference: PlanDifference, look: Look): string {
  const { monthly, workloads, items, newProblems, solvedProblems } = difference
  const rows = [
    ...workloads.map((change) => row(change, { name: workloadName, show: workloadPlace })),
    ...items.map((change) => row(change, { name: ({ name }) => name, show: itemPrice })),
    ...newProblems.map(({ code, message }) => [`new ${code}`, '', message]),
    ...solvedProblems.map(({ code, message }) => [`solved ${code}`, message, '']),
  ]
  const delta = monthly.after - monthly.before
  const total = `${monthMoney(monthly.before)} → ${monthMoney(monthly.after)} a month (${signedMoney(delta)})`
  const told = look.paint(delta > 0 ? ['bold', 'yellow'] : ['bold', 'green'], total)
  if (rows.length === 0) return `no changes: ${told}`
  const columns = [
    { heading: 'CHANGE', narrow: { wrap: 20 } },
    { heading: 'BEFORE', narrow: { wrap: 12 } },
    { heading: 'AFTER', narrow: { wrap: 12 } },
  ]
  return `${renderTable(look, { columns, rows })}\n${told}`
}

/** `+$1.50`, `−$1.50`. */
export function signedMoney(usd: number): string {
  return usd < 0 ? `−${monthMoney(-usd)}` : `+${monthMoney(usd)}`
}

/** `Deployment shop/web` */
export function workloadName({ namespace, kind, name }: PlannedWorkload): string {
  return `${kind} ${namespace}/${name}`
}

/** `2 on fargate of 0.25vCPU 1GB` */
export function workloadPlace({ replicas, compute, capacity }: PlannedWorkload): string {
  return `${replicas} on ${compute}${capacity === undefined ? '' : ` of ${capacity}`}`
}

/** `2 × t3.xlarge, $308.35` */
export function itemPrice({ detail, quantity, monthly }: CostItem): string {
  const count = quantity > 0 ? `${quantity} × ` : ''
  return `${count}${detail}${monthly === undefined ? '' : `, ${monthMoney(monthly)}`}`
}

function row<T>(
  { before, after }: Change<T>,
  { name, show }: { readonly name: (each: T) => string; readonly show: (each: T) => string },
): string[] {
  const subject = after ?? before
  if (subject === undefined) return []
  return [name(subject), before === undefined ? '-' : show(before), after === undefined ? '-' : show(after)]
}
