// Owns the names of the formats that a plan is printed in; help needs them without the planner.

import { OUTPUTS } from './output.ts'

/** As of every command, and for pull requests, code scanning, test reports and workflow annotations. */
export const PLAN_FORMATS = [...OUTPUTS, 'markdown', 'sarif', 'junit', 'github'] as const

export type PlanFormat = (typeof PLAN_FORMATS)[number]
