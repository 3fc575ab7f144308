import {
  CreateFargateProfileCommand,
  DeleteFargateProfileCommand,
  DescribeFargateProfileCommand,
  EKSClient,
} from '@aws-sdk/client-eks'
import { describe, expect, onTestFinished, test } from 'vitest'

import { createEksTestRegion } from '../testing/eks-test-region.ts'

const clusterName = 'demo'
const podExecutionRoleArn = 'arn:aws:iam::111122223333:role/pods'

// The SDK's own client: what it throws has gone over the wire and through its decoder.
async function withClient(): Promise<{ client: EKSClient; publicSubnetId: string; untrusting: string }> {
  const region = await createEksTestRegion()
  const client = new EKSClient(region.client(await region.listen()))
  onTestFinished(() => client.destroy())
  await region.call('eks', 'CreateCluster', {
    name: clusterName,
    roleArn: await region.role('r', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
  })
  await region.role('pods', 'eks-fargate-pods.amazonaws.com')
  const untrusting = await region.role('nodes', 'ec2.amazonaws.com')
  await region.until(async () => {
    const { cluster } = await region.call<{ cluster: { status: string } }>('eks', 'DescribeCluster', {
      name: clusterName,
    })
    return cluster.status === 'ACTIVE'
  })
  return { client, publicSubnetId: region.publicSubnetId, untrusting }
}

const labels = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`l${index}`, 'x']))

// Messages as AWS writes them; where each was seen stands beside the rule in src/fargate.
const refusals: [string, object, string][] = [
  [
    'a reserved name',
    { fargateProfileName: 'eks-a' },
    "The fargate profile name starts with the reserved prefix: 'eks-'.",
  ],
  ['no selector', { selectors: [] }, 'Fargate Profile requires at least one selector.'],
  [
    'a selector without a namespace',
    { selectors: [{ labels: { a: 'b' } }] },
    'Fargate Profile must have at least one selector with at least one namespace value.',
  ],
  [
    'six label pairs',
    { selectors: [{ namespace: 'web', labels }] },
    'Request contains Selector with more than 5 Label pairs',
  ],
]

describe('CreateFargateProfile', () => {
  test('refuses what AWS refuses, in its words', async () => {
    const { client, publicSubnetId, untrusting } = await withClient()
    const cases: [string, object, string][] = [
      ...refusals,
      [
        'a public subnet',
        { subnets: [publicSubnetId] },
        `Subnet ${publicSubnetId} provided in Fargate Profile is not a private subnet`,
      ],
      [
        'a role that does not trust Fargate',
        { podExecutionRoleArn: untrusting },
        'Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal',
      ],
    ]
    for (const [what, input, message] of cases) {
      const command = new CreateFargateProfileCommand({
        clusterName,
        fargateProfileName: 'fp',
        podExecutionRoleArn,
        selectors: [{ namespace: 'web' }],
        ...input,
      })
      await expect(client.send(command), what).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message,
        $metadata: { httpStatusCode: 400 },
      })
    }
  })
})

test.each([DescribeFargateProfileCommand, DeleteFargateProfileCommand])(
  'a profile that is not there is a 404 of the model',
  async (Command) => {
    const { client } = await withClient()
    await expect(
      client.send(new Command({ clusterName, fargateProfileName: 'fp' }) as DescribeFargateProfileCommand),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No Fargate Profile found with name: fp.',
      fargateProfileName: 'fp',
      $metadata: { httpStatusCode: 404 },
    })
  },
)
