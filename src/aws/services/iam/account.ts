// Owns service-linked roles and the administrator.
import type { CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse } from '@aws-sdk/client-iam'

import { own } from '../../../base/json.ts'
import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { insertKey } from './access-keys.ts'
import { validationError } from './errors.ts'
import { describeRole, insertRole } from './roles.ts'
import type { AccessKeyRecord, IamState } from './state.ts'
import { insertUser } from './users.ts'

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
    const statement = { Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }
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

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess'

/**
 * Finds or makes the account's administrator: one user with one access key, the same at every start.
 * @returns the key that the region's owner signs with.
 */
export async function ensureAdministrator(
  iam: IamState,
  { userName }: { userName: string },
): Promise<AccessKeyRecord> {
  return await iam.deps.store.transact((tx) => {
    const known = iam.keys.list().find((key) => key.userName === userName)
    if (known) return known
    insertUser(tx, iam, { name: userName, attached: [ADMINISTRATOR] })
    return insertKey(tx, iam, userName)
  })
}
