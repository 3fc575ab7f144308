// Owns paging of lists whose order does not change: a token names the place to go on at.
import { AwsError } from '../../base/errors.ts'

export interface PageRequest {
  readonly token?: string | undefined
  readonly limit?: number | undefined
  /** Page size when the client names none; everything by default. */
  readonly defaultLimit?: number
  /** Error code for a token that is not one of ours. */
  readonly tokenCode?: string
}

/** One page, and the token of the next if there is one. @throws AwsError for a token that we did not give out. */
export function paginate<T>(items: readonly T[], request: PageRequest): { items: T[]; token?: string } {
  const start = request.token === undefined ? 0 : decodeToken(request.token, request.tokenCode)
  const limit = request.limit ?? request.defaultLimit ?? items.length
  const page = items.slice(start, start + limit)
  const next = start + limit
  return next < items.length
    ? { items: page, token: Buffer.from(`at:${next}`).toString('base64url') }
    : { items: page }
}

function decodeToken(token: string, code = 'InvalidNextToken'): number {
  const match = /^at:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))
  if (!match) throw new AwsError(code, 'The token is not valid.')
  return Number(match[1])
}
