// Owns the tokens that listings of buckets and of objects go on with: the name after which the next page begins.
import { invalidArgument } from './errors.ts'

/** @returns the token of a page that begins after a name. */
export function tokenOf(name: string): string {
  return Buffer.from(name).toString('base64')
}

/** @returns the name in a token. @throws AwsError InvalidArgument for one that nobody was given */
export function nameOfToken(token: string): string {
  const name = Buffer.from(token, 'base64').toString('utf8')
  if (name === '' || tokenOf(name) !== token)
    throw invalidArgument('The continuation token provided is incorrect')
  return name
}
