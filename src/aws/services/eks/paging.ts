// Owns the pages of List operations: EKS counts from a token and returns at most 100 items.
import { invalidParameter } from './errors.ts'

/** The members of a request for a page, for declarations. */
export const PAGES = ['maxResults', 'nextToken'] as const

export interface PageRequest {
  readonly maxResults?: number | undefined
  readonly nextToken?: string | undefined
}

export interface Page<T> {
  readonly items: T[]
  readonly nextToken?: string
}

/** One page of `items`; a token is the position of the next item. @throws AwsError InvalidParameterException */
export function page<T>(items: readonly T[], request: PageRequest): Page<T> {
  const size = request.maxResults ?? 100
  const start = request.nextToken === undefined ? 0 : decode(request.nextToken)
  const end = start + size
  return {
    items: items.slice(start, end),
    ...(end < items.length ? { nextToken: Buffer.from(String(end)).toString('base64url') } : {}),
  }
}

function decode(token: string): number {
  const position = Number(Buffer.from(token, 'base64url').toString())
  if (!Number.isInteger(position) || position < 0) throw invalidParameter('The nextToken is not valid.')
  return position
}
