// Owns what a crowd is: a region with more of everything than fits on the smallest page that AWS gives.
import type { EksTestRegion } from '../../services/eks/testing/eks-test-region.ts'

/** More than five, the smallest page of EC2. */
const SIZE = 6

/** One number for each of a crowd. */
export const each: readonly number[] = Array.from({ length: SIZE }, (_, index) => index + 1)

/** Calls an operation of the region, as its own parts do. @returns its output, of which `path` is what it made */
export type Make = (service: string, operation: string, input: object, path?: string) => Promise<string>

/** By the name of an operation, what asks it for the crowd. */
export type Questions = Readonly<Record<string, object>>

/** What there is already when a crowd is made. */
export interface Around {
  readonly region: EksTestRegion
  readonly make: Make
  /** A role that every service may assume. */
  readonly role: string
}

/** @returns calls of a region that give what an output says at a dotted path, nothing without a path. */
export function maker(region: EksTestRegion): Make {
  return async (service, operation, input, path) => {
    const output = await region.call<unknown>(service, operation, input)
    if (path === undefined) return ''
    const found = path
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], output)
    if (typeof found !== 'string') throw new TypeError(`${operation} gives no ${path}`)
    return found
  }
}

/** Tags, as most services take them. */
export const tags = each.map((index) => ({ Key: `k${index}`, Value: 'v' }))
