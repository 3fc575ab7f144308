// Owns the names of the formats that a plan is printed in; help needs them without the planner.

/** For a person, for programs, and for pull requests, code scanning, test reports and workflow annotations. */
export const PLAN_FORMATS = ['table', 'wide', 'json', 'markdown', 'sarif', 'junit', 'github'] as const

export type PlanFormat = (typeof PLAN_FORMATS)[number]
