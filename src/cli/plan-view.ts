// Owns the showing of a plan: on the terminal, as data, or as a report that a forge or a CI server reads.
import { readFileSync } from 'node:fs'

import { UserError } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import type { Problem } from '../config/problem.ts'
import type { Project } from '../config/project.ts'
import { comparePlans } from '../plan/compare.ts'
import { makePlan, type Plan, type PlanTarget } from '../plan/plan.ts'
import { renderChanges } from '../plan/render-changes.ts'
import { moved, parseMove } from '../plan/what-if.ts'
import { renderPlan } from '../plan/render.ts'
import { githubReport } from '../plan/reports/github.ts'
import { junitReport } from '../plan/reports/junit.ts'
import { markdownReport } from '../plan/reports/markdown.ts'
import { sarifReport } from '../plan/reports/sarif.ts'
import { renderProblems } from '../terminal/problems.ts'
import type { App } from './app.ts'
import { jsonText } from './json-outputs.ts'
import { namedObject, yamlText } from './output.ts'
import type { PlanFormat } from './plan-format.ts'
import { loadProject } from '../deploy/project.ts'
import { pricesOf } from './price-sources.ts'
import { version } from './version.ts'

export interface Judged {
  readonly plan: Plan
  readonly errors: readonly Problem[]
}

/** The plan, and the errors in it; nothing is printed. */
export function judge(app: App, project: Project, by: Partial<PlannedBy> = {}): Judged {
  const plan = planOf(app, project, { target: 'near', ...by })
  return { plan, errors: errorsIn(plan) }
}

/** Prints the plan; with `quiet`, and where nothing could be planned, only the problems, on standard error. */
export function showPlan(app: App, plan: Plan, { quiet }: { readonly quiet: boolean }): void {
  if (quiet || isNothing(plan)) printProblems(app, plan)
  else app.terminal.out(renderPlan(plan, app.terminal))
}

// So many errors are told again below the plan, where they are not lost among its warnings, or in another stream.
const ERRORS_TOLD = 3
const ALL_THE_SAME = 'Correct the files, or go on all the same with --force.'

/** The refusal to build what the plan finds errors in, which have been shown before. */
export function planRefused({ passableConfig }: Project, { plan, errors }: Judged): UserError {
  const count = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`
  // Alone on standard error they stand just above.
  if (isNothing(plan)) {
    return new UserError(
      `the plan has ${count}: nothing was made`,
      passableConfig ? { help: ALL_THE_SAME } : {},
    )
  }
  const told = errors
    .slice(0, ERRORS_TOLD)
    .map(({ file, line, column, message }) => `\n  ${file}:${line}:${column} ${message}`)
  const more = errors.length > told.length ? `\n  and ${errors.length - told.length} more` : ''
  return new UserError(`the plan has ${count}: nothing was made${told.join('')}${more}`, {
    help: passableConfig ? ALL_THE_SAME : 'Correct the ClusterConfig.',
  })
}

/** Of a path that holds nothing, say: there are errors, and nothing else. */
function isNothing({ workloads, cost, problems }: Plan): boolean {
  return (
    workloads.length === 0 &&
    cost.items.length === 0 &&
    problems.every(({ severity }) => severity === 'error')
  )
}

export interface PrintOptions {
  readonly format: PlanFormat
  readonly compare?: string | undefined
  readonly target?: PlanTarget
  /** `shop=fargate`: what moves, before anything is planned. */
  readonly moves?: readonly string[] | undefined
  /** Files with prices of one's own. */
  readonly prices?: readonly string[] | undefined
  /** Tell how the same would cost less. */
  readonly advise?: boolean | undefined
  /** What runs pods here; nothing is said of it when absent. */
  readonly prospect?: Pick<PlannedBy, 'hasOnlyStandIns' | 'engineLacks'>
}

/**
 * Prints the plan in a format. @param compare another project, or the file of an earlier `plan --format json`: what the
 * change makes of it is printed too, in the formats that people read. What moves is compared with the project as it is.
 * @returns the errors in it. @throws UserError when `compare` is neither, or for what is no move or no file of prices
 */
export async function printPlan(
  app: App,
  project: Project,
  { format, compare, target = 'near', moves = [], prices, advise, prospect }: PrintOptions,
): Promise<readonly Problem[]> {
  const by = { target, prices, ...prospect }
  const plan = planOf(app, moved(project, moves.map(parseMove)), { ...by, advise })
  const asItIs = moves.length > 0 ? planOf(app, project, by) : undefined
  const base = compare === undefined ? asItIs : basePlan(app, compare, by)
  const text = await reportOf(app, { plan, project, base, format })
  if (text !== '') app.terminal.out(text)
  return errorsIn(plan)
}

interface Report {
  readonly plan: Plan
  readonly project: Project
  readonly base: Plan | undefined
  readonly format: PlanFormat
}

async function reportOf({ terminal }: App, { plan, project, base, format }: Report): Promise<string> {
  if (format === 'json') return jsonText('plan', plan)
  if (format === 'yaml') return yamlText(plan)
  if (format === 'name') return plan.workloads.map(namedObject).join('\n')
  if (format === 'markdown') return markdownReport(plan, base)
  if (format === 'sarif') return sarifReport(plan.problems, version())
  if (format === 'junit') return junitReport(plan.problems, project.files)
  if (format === 'github') return githubReport(plan.problems)
  const look = format === 'wide' ? { ...terminal, columns: Infinity } : terminal
  const changes = base ? `\n${renderChanges(comparePlans(base, plan), look)}\n` : ''
  return renderPlan(plan, look) + changes
}

function basePlan(app: App, path: string, by: PlannedBy): Plan {
  const saved = path.endsWith('.json') ? savedPlan(path) : undefined
  if (saved) return saved
  const plan = planOf(app, loadProject([path]), by)
  const missing = plan.problems.find(({ code }) => code === 'file-missing')
  if (missing)
    throw new UserError(`nothing to compare with: ${missing.message}`, { help: missing.help, exitCode: 2 })
  return plan
}

/** The plan that an earlier run wrote; undefined when the file holds something else. */
function savedPlan(path: string): Plan | undefined {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserError(`${path} cannot be compared with: ${Error.isError(error) ? error.message : ''}`, {
      help: 'Give a directory, a manifest, or what `neargate plan --format json` printed.',
    })
  }
  const isPlan =
    isObject(value) &&
    Array.isArray(value['workloads']) &&
    Array.isArray(value['problems']) &&
    isObject(value['cost'])
  // Written by this program: its parts have the types of a plan.
  return isPlan ? (value as unknown as Plan) : undefined
}

/** What a plan is made by beside the files. */
export interface PlannedBy {
  readonly target: PlanTarget
  readonly prices?: readonly string[] | undefined
  readonly advise?: boolean | undefined
  /** Nothing on this machine can run the pods. */
  readonly hasOnlyStandIns?: boolean | undefined
  /** What does not work with the container engine of this machine. */
  readonly engineLacks?: string | undefined
}

function planOf(app: App, project: Project, by: PlannedBy): Plan {
  const { target, prices, advise = false, hasOnlyStandIns = false, engineLacks } = by
  return makePlan(project, {
    today: new Date(app.clock.now()),
    target,
    prices: pricesOf(app, prices),
    advise,
    hasOnlyStandIns,
    ...(engineLacks === undefined ? {} : { engineLacks }),
  })
}

function errorsIn({ problems }: Plan): readonly Problem[] {
  return problems.filter((problem) => problem.severity === 'error')
}

function printProblems({ terminal }: App, { problems }: Plan): void {
  if (problems.length > 0) terminal.error(renderProblems(problems, terminal))
}
