// Owns users and their access keys, account aliases and service-linked roles.
import type {
  CreateServiceLinkedRoleRequest,
  CreateServiceLinkedRoleResponse,
  GetUserRequest,
  GetUserResponse,
  ListAccountAliasesResponse,
  ListUsersResponse,
  User,
} from '@aws-sdk/client-iam'

import { AwsError } from '../../../base/errors.ts'
import type { RequestContext } from '../../protocol/service.ts'
import { noSuchEntity, validationError } from './errors.ts'
import { createRole, getRole } from './roles.ts'
import type { AccessKeyRecord, IamState, UserRecord } from './state.ts'

// "Using service-linked roles for Amazon EKS", "… Elastic Load Balancing", "… Amazon EC2 Auto Scaling".
const SERVICE_LINKED: Readonly<Record<string, string>> = {
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-fargate.amazonaws.com': 'AWSServiceRoleForAmazonEKSForFargate',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
}

function describe(user: UserRecord): User {
  return {
    Path: '/',
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.createdAtMs),
  }
}

/** Without a name: the user that signed the request. */
export function getUser(input: GetUserRequest, iam: IamState, context: RequestContext): GetUserResponse {
  const name = input.UserName ?? iam.keys.get(context.principal.accessKeyId)?.userName
  if (name === undefined) {
    throw validationError('Must specify userName when calling with non-User credentials')
  }
  const user = iam.users.get(name)
  if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`)
  return { User: describe(user) }
}

export function listUsers(_: object, iam: IamState): ListUsersResponse {
  return { Users: iam.users.list().map(describe), IsTruncated: false }
}

/** A near account has no alias. */
export function listAccountAliases(): ListAccountAliasesResponse {
  return { AccountAliases: [], IsTruncated: false }
}

export async function createServiceLinkedRole(
  input: CreateServiceLinkedRoleRequest,
  iam: IamState,
): Promise<CreateServiceLinkedRoleResponse> {
  const service = input.AWSServiceName ?? ''
  const name = SERVICE_LINKED[service]
  if (!name) throw validationError(`The service-linked role of ${service} is not emulated by Neargate.`)
  if (iam.roles.has(name)) {
    throw new AwsError(
      'InvalidInput',
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    )
  }
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }
  await createRole(
    {
      RoleName: name,
      Path: `/aws-service-role/${service}/`,
      Description: input.Description,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    },
    iam,
  )
  return { Role: getRole({ RoleName: name }, iam).Role }
}

/**
 * Finds or makes the account's administrator: one user with one access key, the same at every start.
 * @returns the key that the region's owner signs with.
 */
export async function ensureAdministrator(
  iam: IamState,
  { userName }: { userName: string },
): Promise<AccessKeyRecord> {
  const { clock, ids } = iam.deps
  await iam.users.create(userName, {
    name: userName,
    id: iam.uniqueId('AIDA'),
    arn: iam.arn('user', '/', userName),
    createdAtMs: clock.now(),
  })
  const known = iam.keys.list().find((key) => key.userName === userName)
  if (known) return known
  const key: AccessKeyRecord = {
    accessKeyId: `AKIA${ids.upper(16)}`,
    // 40 characters, as AWS secrets are.
    secretAccessKey: ids.hex(40),
    userName,
    createdAtMs: clock.now(),
  }
  await iam.keys.create(key.accessKeyId, key)
  return key
}
