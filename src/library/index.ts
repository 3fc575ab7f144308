// Owns the library entry point: what a program that runs a near region inside of itself imports.
import { isBuiltin } from 'node:module'

import { UserError } from '../base/errors.ts'
import { tooOldNode } from '../base/too-old-node.ts'
import type { Region, RegionOptions } from './start-region.ts'

/**
 * Starts a near region in this process.
 * @throws UserError when the directory, the name or the port cannot be used, or Node is too old; then nothing of it runs or
 * listens.
 */
export async function startRegion(options: RegionOptions = {}): Promise<Region> {
  // An older Node cannot even load what follows.
  if (!isBuiltin('node:sqlite')) throw new UserError(tooOldNode())
  await import('../base/older-node.ts')
  return (await import('./start-region.ts')).startRegion(options)
}

export type { Region, RegionOptions, UpOptions } from './start-region.ts'
export type { Documents, Files } from './files.ts'
export type { Plan, PlannedWorkload } from '../plan/plan.ts'
export type { Cost, CostItem } from '../plan/cost.ts'
export type { Problem } from '../config/problem.ts'
export type { UpResult } from '../deploy/up-result.ts'
export { createLog, type Log, type LogFields, type LogLevel } from '../base/log.ts'
export { UserError } from '../base/errors.ts'
