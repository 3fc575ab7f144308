// Owns how advice on a plan's price looks in a terminal: sizes that would do, and what pays from which use on.
import { wrap } from '../../terminal/wrap.ts'
import { renderTable } from '../../terminal/table.ts'
import type { Look } from '../../terminal/terminal.ts'
import { hourMoney, monthMoney } from '../cost.ts'
import type { Advice } from '../plan.ts'
import type { BreakEven, PaidBy } from './break-even.ts'
import type { SizeHint } from './right-size.ts'

const TERMS: Readonly<Record<PaidBy['term'], string>> = {
  'on-demand': 'on demand',
  'savings-plan': 'Savings Plan',
  'reserved-1-year': 'reserved, 1 year',
  'reserved-3-years': 'reserved, 3 years',
  spot: 'spot, on average',
}

/** The advice as text without a newline at its end. */
export function renderAdvice({ sizes, withoutRequests, breakEvens }: Advice, look: Look): string {
  const unsaid = `No size can be told from pods without requests for CPU and memory: ${withoutRequests.join(', ')}.`
  const parts = [
    ...(sizes.length > 0 ? [renderSizes(sizes, look)] : []),
    ...(withoutRequests.length > 0 ? [wrap(unsaid, look.columns).join('\n')] : []),
    ...(sizes.length + withoutRequests.length === 0 ? ['No cheaper size holds the pods as they are.'] : []),
    ...breakEvens.map((each) => renderBreakEven(each, look)),
    ...(breakEvens.length > 0 ? [notes(breakEvens, look)] : []),
  ]
  return parts.join('\n\n')
}

function renderSizes(sizes: readonly SizeHint[], look: Look): string {
  return renderTable(look, {
    columns: [
      { heading: 'CHEAPER', narrow: { wrap: 16 } },
      { heading: 'NOW', narrow: { drop: true } },
      { heading: 'INSTEAD' },
      { heading: 'SAVES A MONTH', right: true },
      { heading: 'BY', narrow: { cut: 20, drop: true } },
    ],
    rows: sizes.map(({ subject, now, instead, saves, by }) => [
      subject,
      now,
      instead,
      look.paint('green', monthMoney(saves)),
      look.paint('dim', by),
    ]),
  })
}

function renderBreakEven(each: BreakEven, look: Look): string {
  const { group, instanceType, nodes, requested, terms } = each
  const told = `Node group ${group}, ${nodes} × ${instanceType}: pods ask for ${percent(requested)} of what its nodes offer.`
  const table = renderTable(look, {
    columns: [
      { heading: 'PAID BY', narrow: { wrap: 10 } },
      { heading: 'USD AN HOUR', right: true },
      { heading: 'PAYS FROM', narrow: { drop: true } },
      { heading: 'CHEAPER THAN FARGATE', narrow: { wrap: 12 } },
    ],
    rows: terms.map((term) => [
      TERMS[term.term],
      hourMoney(term.hourly),
      term.paysFromHours === undefined
        ? look.paint('dim', '-')
        : `${percent(term.paysFromHours)} of the hours`,
      againstFargate(term, requested, look),
    ]),
  })
  return `${wrap(told, look.columns).join('\n')}\n${table}`
}

function againstFargate({ cheaperThanFargateFrom: from }: PaidBy, requested: number, look: Look): string {
  if (from === undefined) return look.paint('dim', '-')
  if (from > 1) return 'never'
  const verdict = requested >= from ? look.paint('green', ' (so it is)') : ''
  return `from ${percent(from)} requested${verdict}`
}

function notes(breakEvens: readonly BreakEven[], look: Look): string {
  const days = breakEvens
    .flatMap(({ terms }) => terms.flatMap(({ date }) => date?.slice(0, 7) ?? []))
    .toSorted()
  const lines = [
    'A reservation or Savings Plan is paid for every hour, used or not; EC2 Instance Savings Plans save as much as Standard reservations at most. What yours saves: "savingsPlans" in a file of --prices.',
    'Reserved: nothing paid beforehand. Spot prices move, and Spot machines are taken back.',
    ...(days.length > 0 ? [`Prices of ${[...new Set([days[0], days.at(-1)])].join(' to ')}.`] : []),
  ]
  return lines
    .flatMap((line) => wrap(line, look.columns))
    .map((line) => look.paint('dim', line))
    .join('\n')
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
