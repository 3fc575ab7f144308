// Owns how CloudFormation pages: a hundred at a time, by an opaque token.
import { paginate } from '../../../protocol/paging.ts'

/** A page of a listing. @throws AwsError ValidationError for a token that is none */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
): { items: T[]; token?: string | undefined } {
  return paginate(all, { token, defaultLimit: 100, tokenCode: 'ValidationError' })
}
