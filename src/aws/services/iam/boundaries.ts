// Owns permissions boundaries of roles and users.
import type {
  AttachedPermissionsBoundary,
  DeleteRolePermissionsBoundaryRequest,
  DeleteUserPermissionsBoundaryRequest,
  PutRolePermissionsBoundaryRequest,
  PutUserPermissionsBoundaryRequest,
} from '@aws-sdk/client-iam'

import { operation } from '../../protocol/operation.ts'
import { isAttachable } from './attached-policies.ts'
import { noSuchEntity, noSuchRole, validationError } from './errors.ts'
import type { IamState } from './state.ts'

/** @throws AwsError NoSuchEntity, ValidationError when the ARN is of no policy */
export function checkBoundary(iam: IamState, arn: string): void {
  if (!/^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\//.test(arn)) {
    throw validationError(
      `Value (${arn}) failed to satisfy constraint: Member must be a valid ARN for an IAM policy, e.g. arn:aws:iam::aws:policy/AdministratorAccess`,
    )
  }
  if (!isAttachable(iam, arn)) throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
}

/** The member that shows a boundary; nothing without one. */
export function describeBoundary(arn: string | undefined): {
  PermissionsBoundary?: AttachedPermissionsBoundary
} {
  if (arn === undefined) return {}
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: arn,
    },
  }
}

/** @throws AwsError NoSuchEntity, ValidationError */
export const putRolePermissionsBoundary = operation<IamState, PutRolePermissionsBoundaryRequest, void>()({
  honours: ['RoleName', 'PermissionsBoundary'],
  handle: (input, iam) => bound(iam, 'Role', { name: input.RoleName, boundary: input.PermissionsBoundary }),
})

/** @throws AwsError NoSuchEntity */
export const deleteRolePermissionsBoundary = operation<
  IamState,
  DeleteRolePermissionsBoundaryRequest,
  void
>()({
  honours: ['RoleName'],
  handle: (input, iam) => bound(iam, 'Role', { name: input.RoleName, boundary: undefined }),
})

/** @throws AwsError NoSuchEntity, ValidationError */
export const putUserPermissionsBoundary = operation<IamState, PutUserPermissionsBoundaryRequest, void>()({
  honours: ['UserName', 'PermissionsBoundary'],
  handle: (input, iam) => bound(iam, 'User', { name: input.UserName, boundary: input.PermissionsBoundary }),
})

/** @throws AwsError NoSuchEntity */
export const deleteUserPermissionsBoundary = operation<
  IamState,
  DeleteUserPermissionsBoundaryRequest,
  void
>()({
  honours: ['UserName'],
  handle: (input, iam) => bound(iam, 'User', { name: input.UserName, boundary: undefined }),
})

async function bound(
  iam: IamState,
  kind: 'Role' | 'User',
  { name = '', boundary }: { readonly name: string | undefined; readonly boundary: string | undefined },
): Promise<void> {
  if (boundary !== undefined) checkBoundary(iam, boundary)
  const set = <T extends { readonly boundary?: string }>(entity: T): T => {
    const { boundary: _, ...rest } = entity
    // What is left of T, with the one member that was taken out put in again.
    return { ...rest, ...(boundary === undefined ? {} : { boundary }) } as T
  }
  const changed = kind === 'Role' ? await iam.roles.update(name, set) : await iam.users.update(name, set)
  if (changed) return
  throw kind === 'Role' ? noSuchRole(name) : noSuchEntity(`The user with name ${name} cannot be found.`)
}
