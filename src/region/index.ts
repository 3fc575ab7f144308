// Owns the library entry point: what a program that runs a near region inside of itself imports.
export { startRegion, type Region, type RegionOptions } from './library.ts'
export { systemClock, type Clock, type Timer } from '../base/clock.ts'
export { createLog, type Log, type LogFields, type LogLevel } from '../base/log.ts'
export { UserError } from '../base/errors.ts'
