import { expect, test } from 'vitest'

import { ACCOUNT_ID, createTestRegion } from '../testing/test-region.ts'

const IAM = `arn:aws:iam::${ACCOUNT_ID}`
const SPECIFICATION = { LaunchTemplateName: 'nodes', Version: '1' }
const Overrides = [{ InstanceType: 't3.small', SubnetId: 'subnet-0a' }]
const POOLS = { LaunchTemplateConfigs: [{ LaunchTemplateSpecification: SPECIFICATION, Overrides }] }

/** Ann, who may do everything with EC2, and pass what the given statement says; a template with a profile. */
async function place(passing: readonly object[]) {
  const region = await createTestRegion()
  const { caller } = region.endpoint
  const root = <T>(service: string, operation: string, input: object): Promise<T> =>
    caller.call<T>(service, operation, input)
  const all = { Effect: 'Allow', Action: 'ec2:*', Resource: '*' }
  const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const document = (statements: readonly object[]): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements })
  await root('iam', 'CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: document([trust]) })
  await root('iam', 'CreateInstanceProfile', { InstanceProfileName: 'nodes' })
  await root('iam', 'AddRoleToInstanceProfile', { InstanceProfileName: 'nodes', RoleName: 'node' })
  type Answer = { User: { Arn: string; UserId: string } }
  const { User } = await root<Answer>('iam', 'CreateUser', { UserName: 'ann' })
  const PolicyDocument = document([all, ...passing])
  await root('iam', 'PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument })
  await region.ec2.prepareNetwork({ subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: true }] })
  await root('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'nodes',
    LaunchTemplateData: { ImageId: 'ami-1', IamInstanceProfile: { Name: 'nodes' } },
  })
  const principal = { accountId: ACCOUNT_ID, arn: User.Arn, userId: User.UserId, accessKeyId: '' }
  return (operation: string, input: object): Promise<unknown> =>
    caller.call('ec2', operation, input, { principal })
}

const CALLS: readonly (readonly [operation: string, input: object])[] = [
  [
    'CreateFleet',
    {
      ...POOLS,
      Type: 'instant',
      TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'spot' },
    },
  ],
  [
    'RunInstances',
    {
      LaunchTemplate: SPECIFICATION,
      InstanceType: 't3.small',
      SubnetId: 'subnet-0a',
      MinCount: 1,
      MaxCount: 1,
    },
  ],
]

test.each(CALLS)("%s passes the role of its template's profile", async (operation, input) => {
  const without = await place([])
  await expect(without(operation, input)).rejects.toMatchObject({
    code: 'UnauthorizedOperation',
    message: expect.stringContaining(
      `is not authorized to perform: iam:PassRole on resource: ${IAM}:role/node`,
    ) as string,
  })
  const Condition = { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }
  const allowed = await place([
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: `${IAM}:role/node`, Condition },
  ])
  await allowed(operation, input)
})

test('a template that is not there is left to EC2', async () => {
  const call = await place([])
  const LaunchTemplate = { LaunchTemplateName: 'none' }
  await expect(
    call('RunInstances', { LaunchTemplate, MinCount: 1, MaxCount: 1, SubnetId: 'subnet-0a' }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/NotFound/) as string })
})
