// Owns users and their access keys, account aliases and service-linked roles.
import type {
  CreateServiceLinkedRoleRequest,
  CreateServiceLinkedRoleResponse,
  GetUserRequest,
  GetUserResponse,
  ListAccountAliasesRequest,
  ListAccountAliasesResponse,
  ListUsersRequest,
  ListUsersResponse,
  User,
} from '@aws-sdk/client-iam'

import { own } from '../../../base/json.ts'
import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { noSuchEntity, validationError } from './errors.ts'
import { pageOf, PAGES } from './paging.ts'
import { describeRole, insertRole } from './roles.ts'
import type { AccessKeyRecord, IamState, UserRecord } from './state.ts'

// "Using service-linked roles for Amazon EKS", "… Elastic Load Balancing", "… Amazon EC2 Auto Scaling".
const SERVICE_LINKED: Readonly<Record<string, string>> = {
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-fargate.amazonaws.com': 'AWSServiceRoleForAmazonEKSForFargate',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
}
// The others answer that a custom suffix is not allowed.
const TAKES_SUFFIX = 'autoscaling.amazonaws.com'

function describe(user: UserRecord): User {
  return {
    Path: '/',
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.createdAtMs),
  }
}

/** Without a name: the user that signed the request. @throws AwsError NoSuchEntity, ValidationError */
export const getUser = operation<IamState, GetUserRequest, GetUserResponse>()({
  honours: ['UserName'],
  handle: (input, iam, { principal }) => {
    const name = input.UserName ?? iam.keys.get(principal.accessKeyId)?.userName
    if (name === undefined) {
      throw validationError('Must specify userName when calling with non-User credentials')
    }
    const user = iam.users.get(name)
    if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`)
    return { User: describe(user) }
  },
})

export const listUsers = operation<IamState, ListUsersRequest, ListUsersResponse>()({
  honours: ['PathPrefix', ...PAGES],
  handle: (input, iam) => {
    const users = iam.users.list().map(describe)
    const { items, more } = pageOf(
      users.filter(({ Path }) => Path?.startsWith(input.PathPrefix ?? '/')),
      input,
    )
    return { Users: items, ...more }
  },
})

/** A near account has no alias. */
export const listAccountAliases = operation<
  IamState,
  ListAccountAliasesRequest,
  ListAccountAliasesResponse
>()({
  honours: [...PAGES],
  handle: () => ({ AccountAliases: [], IsTruncated: false }),
})

/** @throws AwsError InvalidInput when the role is there, or a suffix is given that the service doesn't take */
export const createServiceLinkedRole = operation<
  IamState,
  CreateServiceLinkedRoleRequest,
  CreateServiceLinkedRoleResponse
>()({
  honours: ['AWSServiceName', 'Description', 'CustomSuffix'],
  handle: async (input, iam) => {
    const { AWSServiceName: service = '', CustomSuffix: suffix } = input
    const base = own(SERVICE_LINKED, service)
    if (base === undefined) {
      throw validationError(`The service-linked role of ${service} is not emulated by Neargate.`)
    }
    if (suffix !== undefined && service !== TAKES_SUFFIX) {
      throw new AwsError('InvalidInput', `Custom suffix is not allowed for ${service}`)
    }
    const name = suffix === undefined ? base : `${base}_${suffix}`
    const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }
    const role = await iam.deps.store.transact((tx) => {
      if (iam.roles.has(name)) {
        throw new AwsError(
          'InvalidInput',
          `Service role name ${name} has been taken in this account, please try a different suffix.`,
        )
      }
      return insertRole(tx, iam, {
        name,
        path: `/aws-service-role/${service}/`,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        trust: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      })
    })
    return { Role: describeRole(role) }
  },
})

/**
 * Finds or makes the account's administrator: one user with one access key, the same at every start.
 * @returns the key that the region's owner signs with.
 */
export async function ensureAdministrator(
  iam: IamState,
  { userName }: { userName: string },
): Promise<AccessKeyRecord> {
  const { clock, ids, store } = iam.deps
  return await store.transact((tx) => {
    const known = iam.keys.list().find((key) => key.userName === userName)
    if (known) return known
    const createdAtMs = clock.now()
    iam.users.putIn(tx, userName, {
      name: userName,
      id: iam.uniqueId('AIDA'),
      arn: iam.arn('user', '/', userName),
      createdAtMs,
    })
    // 40 characters, as AWS secrets are.
    const secretAccessKey = ids.hex(40)
    const key = { accessKeyId: `AKIA${ids.upper(16)}`, secretAccessKey, userName, createdAtMs }
    iam.keys.putIn(tx, key.accessKeyId, key)
    return key
  })
}
