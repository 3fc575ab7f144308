// Owns the library entry point: a near region inside the caller's own process.
export { startRegion, type Region, type RegionOptions } from './region.ts'
export { homeAt, type Home } from './home.ts'
export type { RegionIdentity } from './identity.ts'
