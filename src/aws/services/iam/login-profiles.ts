// Owns login profiles: kept as records, as nobody signs in to a console here.
import type {
  CreateLoginProfileRequest,
  CreateLoginProfileResponse,
  DeleteLoginProfileRequest,
  GetLoginProfileRequest,
  GetLoginProfileResponse,
  LoginProfile,
  UpdateLoginProfileRequest,
} from '@aws-sdk/client-iam'

import { operation } from '../../protocol/operation.ts'
import { alreadyExists, noSuchEntity } from './errors.ts'
import type { IamState, UserRecord } from './state.ts'
import { findUser, updateUser, userNameOf } from './users.ts'

function describe({ name, login }: UserRecord): LoginProfile {
  if (!login) throw noSuchEntity(`Login Profile for User ${name} cannot be found.`)
  return {
    UserName: name,
    CreateDate: new Date(login.createdAtMs),
    PasswordResetRequired: login.mustChange,
  }
}

/** @throws AwsError NoSuchEntity, EntityAlreadyExists */
export const createLoginProfile = operation<
  IamState,
  CreateLoginProfileRequest,
  CreateLoginProfileResponse
>()({
  honours: ['UserName', 'PasswordResetRequired'],
  keeps: ['Password'],
  handle: async (input, iam, { principal }) => {
    const name = userNameOf(iam, input.UserName, principal)
    await updateUser(iam, name, (user) => {
      if (user.login) throw alreadyExists(`Login Profile for user ${name} already exists.`)
      const login = { createdAtMs: iam.deps.clock.now(), mustChange: input.PasswordResetRequired ?? false }
      return { ...user, login }
    })
    return { LoginProfile: describe(findUser(iam, name)) }
  },
})

/** @throws AwsError NoSuchEntity */
export const getLoginProfile = operation<IamState, GetLoginProfileRequest, GetLoginProfileResponse>()({
  honours: ['UserName'],
  handle: (input, iam, { principal }) => ({
    LoginProfile: describe(findUser(iam, userNameOf(iam, input.UserName, principal))),
  }),
})

/** @throws AwsError NoSuchEntity */
export const updateLoginProfile = operation<IamState, UpdateLoginProfileRequest, void>()({
  honours: ['UserName', 'PasswordResetRequired'],
  keeps: ['Password'],
  handle: async (input, iam) => {
    await updateUser(iam, input.UserName, (user) => {
      const { PasswordResetRequired: mustChange } = describe(user)
      const login = {
        createdAtMs: user.login?.createdAtMs ?? 0,
        mustChange: input.PasswordResetRequired ?? mustChange ?? false,
      }
      return { ...user, login }
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const deleteLoginProfile = operation<IamState, DeleteLoginProfileRequest, void>()({
  honours: ['UserName'],
  handle: async (input, iam, { principal }) => {
    await updateUser(iam, userNameOf(iam, input.UserName, principal), (user) => {
      describe(user)
      const { login: _, ...rest } = user
      return rest
    })
  },
})
