// Owns the library entry point: what a program that runs a near region inside of itself imports.
export { startRegion, type Region, type RegionOptions, type UpOptions } from './start-region.ts'
export type { Documents, Files } from './files.ts'
export type { Plan, PlannedWorkload } from '../plan/plan.ts'
export type { Cost, CostItem } from '../plan/cost.ts'
export type { Problem } from '../config/problem.ts'
export type { UpResult } from '../deploy/up-result.ts'
export { createLog, type Log, type LogFields, type LogLevel } from '../base/log.ts'
export { UserError } from '../base/errors.ts'
