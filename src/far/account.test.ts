import { describe, expect, it } from 'vitest'

import { awsFailure, fakeCloud, type Handlers } from '../deploy/testing/fake-cloud.ts'
import { identifyAccount, type Account } from './account.ts'

const ALICE = { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/alice' }

async function identify(answer: Handlers[string], expected?: string): Promise<Account> {
  const { cloud } = await fakeCloud({ GetCallerIdentity: answer })
  return identifyAccount(cloud, expected)
}

describe('identifyAccount', () => {
  it('says who the credentials are of', async () => {
    expect(await identify(() => ALICE, '111122223333')).toEqual({
      id: '111122223333',
      callerArn: 'arn:aws:iam::111122223333:user/alice',
      partition: 'aws',
    })
  })

  it('refuses another account than the one that is meant', async () => {
    await expect(identify(() => ALICE, '444455556666')).rejects.toThrow(
      'the credentials are of the account 111122223333, not of 444455556666',
    )
  })

  it('refuses credentials of another partition than the region’s', async () => {
    const china = { Account: '111122223333', Arn: 'arn:aws-cn:iam::111122223333:user/alice' }
    await expect(identify(() => china)).rejects.toThrow(
      'eu-west-1 is in the partition aws, and the credentials are of aws-cn',
    )
  })

  it('says how to go on with a token that has expired', async () => {
    const expired = (): never => {
      throw awsFailure('ExpiredTokenException', 'The security token included in the request is expired')
    }
    await expect(identify(expired)).rejects.toMatchObject({
      message: expect.stringContaining('signing in: AWS refused: The security token'),
      help: expect.stringContaining('Sign in again'),
    })
  })
})
