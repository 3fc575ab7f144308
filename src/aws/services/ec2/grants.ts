// Owns who else may use a snapshot or an image: everybody, or accounts by their number. Pure.
import { AwsError } from '../../../base/errors.ts'
import type { Shared } from './state.ts'

/** `all`, or an account. */
export interface Grant {
  readonly Group?: 'all' | undefined
  readonly UserId?: string | undefined
}

/** What a request asks for, in either of the ways to write it. */
export interface GrantWish {
  readonly operation?: string | undefined
  readonly users?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
  readonly changes?:
    | { readonly Add?: readonly Grant[] | undefined; readonly Remove?: readonly Grant[] | undefined }
    | undefined
}

/** As answers show them. */
export function grantsOf({ isPublic, users = [] }: Shared): Grant[] {
  return [...(isPublic ? [{ Group: 'all' as const }] : []), ...users.map((UserId) => ({ UserId }))]
}

/** The same thing, shared as a request asks. @throws AwsError InvalidAMIAttributeItemValue for a group other than `all` */
export function changedGrants<T extends Shared>(thing: T, wish: GrantWish): T {
  for (const group of wish.groups ?? []) {
    if (group !== 'all') throw invalidItem(group, 'userGroup')
  }
  const named: Grant[] = [
    ...(wish.groups ?? []).map(() => ({ Group: 'all' as const })),
    ...(wish.users ?? []).map((UserId) => ({ UserId })),
  ]
  const added = [...(wish.changes?.Add ?? []), ...(wish.operation === 'add' ? named : [])]
  const removed = [...(wish.changes?.Remove ?? []), ...(wish.operation === 'remove' ? named : [])]
  const isOpened = added.some(({ Group }) => Group === 'all')
  const isClosed = removed.some(({ Group }) => Group === 'all')
  const users = new Set(thing.users)
  for (const { UserId } of added) if (UserId !== undefined) users.add(UserId)
  for (const { UserId } of removed) if (UserId !== undefined) users.delete(UserId)
  return { ...thing, isPublic: isOpened || (thing.isPublic === true && !isClosed), users: [...users] }
}

/** The refusal of what nothing can be shared with. @param type `userId` or `userGroup` */
export function invalidItem(value: string, type: 'userId' | 'userGroup'): AwsError {
  return new AwsError(
    'InvalidAMIAttributeItemValue',
    `Invalid attribute item value "${value}" for ${type} item type.`,
  )
}
