// Owns a plan as Markdown: the comment under a pull request.
import type { Problem } from '../../config/problem.ts'
import { comparePlans, type Change, type PlanDifference } from '../compare.ts'
import { hourMoney, monthMoney, type Cost } from '../cost.ts'
import type { Plan, PlannedWorkload } from '../plan.ts'
import { totalOf } from '../render.ts'
import { itemPrice, signedMoney, workloadName, workloadPlace } from '../render-changes.ts'

/** @param base the plan before the change; what it changes is told first */
export function markdownReport(plan: Plan, base?: Plan): string {
  const difference = base && comparePlans(base, plan)
  const parts = [
    `## Neargate plan: ${verdict(plan)}`,
    ...(difference ? [changesPart(difference)] : []),
    ...(plan.problems.length > 0 ? [problemsPart('Problems', plan.problems)] : []),
    ...(plan.workloads.length > 0 ? [workloadsPart(plan.workloads)] : []),
    ...(plan.cost.items.length > 0 ? [costPart(plan.cost)] : []),
  ]
  return parts.join('\n\n')
}

function verdict({ problems, cost }: Plan): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const told = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
    ...(cost.items.length > 0 ? [`${monthMoney(cost.monthly)} a month`] : []),
  ]
  return told.length > 0 ? told.join(', ') : 'nothing to run'
}

function changesPart({ monthly, workloads, items, newProblems, solvedProblems }: PlanDifference): string {
  const price = `${monthMoney(monthly.before)} → ${monthMoney(monthly.after)} a month (**${signedMoney(monthly.after - monthly.before)}**)`
  const lines = [
    ...workloads.map((change) => `- ${changeLine(change, { name: workloadName, show: workloadPlace })}`),
    ...items.map((change) => `- ${changeLine(change, { name: ({ name }) => name, show: itemPrice })}`),
    ...newProblems.map(({ code, message }) => `- new problem \`${code}\`: ${text(message)}`),
    ...solvedProblems.map(({ code, message }) => `- solved \`${code}\`: ${text(message)}`),
  ]
  return ['### What changes', price, ...(lines.length > 0 ? [lines.join('\n')] : [])].join('\n\n')
}

function changeLine<T>(
  { before, after }: Change<T>,
  { name, show }: { readonly name: (each: T) => string; readonly show: (each: T) => string },
): string {
  const told = (each: T): string => text(show(each))
  if (before === undefined) return after === undefined ? '' : `**new** ${text(name(after))}: ${told(after)}`
  if (after === undefined) return `**gone** ${text(name(before))}: ${told(before)}`
  return `${text(name(after))}: ${told(before)} → ${told(after)}`
}

function problemsPart(title: string, problems: readonly Problem[]): string {
  const rows = problems.map(({ severity, code, file, line, message, help }) => [
    severity,
    `\`${code}\``,
    `\`${file}:${line}\``,
    `${text(message)}<br>→ ${text(help)}`,
  ])
  return [`### ${title}`, '', ...table(['', 'code', 'where', 'what'], rows)].join('\n')
}

function workloadsPart(workloads: readonly PlannedWorkload[]): string {
  const rows = workloads.map((each) => [
    text(each.namespace),
    text(`${each.kind} ${each.name}`),
    String(each.replicas),
    each.compute,
    each.capacity ?? '',
    text(each.reason),
  ])
  const headings = ['namespace', 'workload', 'pods', 'compute', 'size', 'because']
  return ['### Where it runs', '', ...table(headings, rows)].join('\n')
}

function costPart(cost: Cost): string {
  const { items, hourly, monthly, currency } = cost
  const rows = items.map((item) => [
    text(item.name),
    text(item.detail),
    item.quantity > 0 ? String(item.quantity) : '',
    item.hourly === undefined ? (item.note ?? '') : hourMoney(item.hourly),
    item.monthly === undefined ? '' : monthMoney(item.monthly),
  ])
  const total = [`**${totalOf(cost)}**`, '', '', `**${hourMoney(hourly)}**`, `**${monthMoney(monthly)}**`]
  const headings = ['price', 'what', 'count', `${currency} an hour`, `${currency} a month`]
  return ['### What it costs', '', ...table(headings, [...rows, total])].join('\n')
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)]
}

/** Text that no Markdown is read out of. */
function text(plain: string): string {
  return plain
    .replaceAll(/[\\`*_[\]|~]/g, String.raw`\$&`)
    .replaceAll('<', '&lt;')
    .replaceAll('\n', ' ')
}
