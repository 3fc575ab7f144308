// Owns the showing of a plan on the terminal, or as JSON.
import type { Problem } from '../config/problem.ts'
import type { Project } from '../config/project.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { renderPlan } from '../plan/render.ts'
import { renderProblems } from '../terminal/problems.ts'
import type { App } from './app.ts'

/** Prints the plan; with `quiet` only the problems, on standard error. @returns the errors among them. */
export function showPlan(
  app: App,
  project: Project,
  { quiet }: { readonly quiet: boolean },
): readonly Problem[] {
  const plan = planOf(app, project)
  if (quiet) printProblems(app, plan)
  else app.terminal.out(renderPlan(plan, app.terminal))
  return errorsIn(plan)
}

/** Prints the plan as JSON. @returns the errors in it. */
export function planJson(app: App, project: Project): readonly Problem[] {
  const plan = planOf(app, project)
  app.terminal.out(JSON.stringify(plan, undefined, 2))
  return errorsIn(plan)
}

function planOf(app: App, project: Project): Plan {
  return makePlan(project, { today: new Date(app.clock.now()) })
}

function errorsIn({ problems }: Plan): readonly Problem[] {
  return problems.filter((problem) => problem.severity === 'error')
}

function printProblems({ terminal }: App, { problems }: Plan): void {
  if (problems.length > 0) terminal.error(renderProblems(problems, terminal))
}
