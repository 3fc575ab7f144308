// Owns who a deployment to AWS acts as, and the refusal to act in another account or partition than was meant.
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'

import { UserError } from '../base/errors.ts'
import { required, type Cloud } from '../deploy/cloud.ts'
import { explainRefusal } from '../deploy/refusal.ts'
import { explainLost } from './broken-connection.ts'
import { partitionOf } from '../rules/regions/partitions.ts'

export interface Account {
  readonly id: string
  /** `arn:aws:iam::111122223333:user/alice`, or that of a role's session. */
  readonly callerArn: string
  /** `aws`, `aws-cn`, … */
  readonly partition: string
}

/**
 * Asks AWS whose the credentials are.
 * @throws UserError when they are good for nothing, of another account than `expected`, or of another partition than the
 *   region's: nothing has been made then.
 */
export async function identifyAccount(cloud: Cloud, expected: string | undefined): Promise<Account> {
  const { Account: id, Arn } = await ask(cloud)
  const callerArn = required(Arn, 'GetCallerIdentity without an ARN')
  const account = {
    id: required(id, 'GetCallerIdentity without an account'),
    callerArn,
    partition: callerArn.split(':')[1] ?? '',
  }
  if (expected !== undefined && expected !== account.id) {
    throw new UserError(`the credentials are of the account ${account.id}, not of ${expected}`, {
      help: `Sign in to ${expected}, choose a profile of it with --profile, or correct --expect-account.`,
    })
  }
  const wanted = partitionOf(cloud.region)?.name
  if (wanted !== undefined && wanted !== account.partition) {
    throw new UserError(
      `${cloud.region} is in the partition ${wanted}, and the credentials are of ${account.partition}`,
      { help: 'Use credentials of that partition, or correct metadata.region.' },
    )
  }
  return account
}

async function ask(cloud: Cloud): Promise<{ Account?: string | undefined; Arn?: string | undefined }> {
  try {
    return await cloud.sts.send(new GetCallerIdentityCommand({}))
  } catch (error) {
    throw explainLost(explainRefusal(error, 'signing in'))
  }
}
