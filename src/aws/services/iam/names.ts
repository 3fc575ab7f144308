// Owns the names of users, groups and roles: what they may consist of.
import { validationError } from './errors.ts'

/** "IAM and AWS STS quotas": names of users and roles, of groups and policies. @throws AwsError ValidationError */
export function checkName(member: string, name: string): void {
  if (/^[\w+=,.@-]+$/.test(name)) return
  throw validationError(
    `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
  )
}
