import type * as sdk from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createEksTestRegion } from './testing/eks-test-region.ts'

const SECOND = 1_000
const clusterName = 'demo'

// Region at the pace of AWS: each transition takes what AWS takes, and not a second less.
async function atPaceOfAws() {
  const clock = new FakeClock()
  const region = await createEksTestRegion({ clock, pace: 1 })
  const roles = {
    cluster: await region.role('r', 'eks.amazonaws.com'),
    pods: await region.role('pods', 'eks-fargate-pods.amazonaws.com'),
    nodes: await region.role('nodes', 'ec2.amazonaws.com'),
  }
  /** Fails unless the status is `during` until `awsMs` have gone by, and `after` soon after. */
  const takes = async (
    awsMs: number,
    look: () => Promise<string | undefined>,
    [during, after]: readonly [string, string],
  ): Promise<void> => {
    const startedMs = clock.now()
    const seen = new Set<string | undefined>()
    while (clock.now() < startedMs + awsMs - SECOND) {
      await clock.advance(Math.min(10 * SECOND, startedMs + awsMs - SECOND - clock.now()))
      // Work that a timer has begun goes on in the background: it may take its time, not the clock's.
      await new Promise((resolve) => setImmediate(resolve))
      seen.add(await look())
    }
    expect([...seen]).toEqual([during])
    await region.until(async () => {
      await clock.advance(SECOND)
      return (await look()) === after
    })
    expect(clock.now() - startedMs).toBeLessThan(awsMs + 60 * SECOND)
  }
  return { region, roles, takes }
}

/** The status of whatever a Describe operation shows; `gone` when it says that there is nothing. */
function statusOf(answer: Promise<object>): Promise<string | undefined> {
  return answer.then(
    (shown) => (Object.values(shown)[0] as { status?: string } | undefined)?.status,
    () => 'gone',
  )
}

test('at pace 1 everything takes as long as on AWS and passes the same states', async () => {
  const { region, roles, takes } = await atPaceOfAws()
  const cluster = () => statusOf(region.call('eks', 'DescribeCluster', { name: clusterName }))
  await region.call('eks', 'CreateCluster', {
    name: clusterName,
    roleArn: roles.cluster,
    resourcesVpcConfig: { subnetIds: region.subnetIds },
  })
  await takes(600 * SECOND, cluster, ['CREATING', 'ACTIVE'])

  const profileKey = { clusterName, fargateProfileName: 'fp' }
  const profile = () => statusOf(region.call('eks', 'DescribeFargateProfile', profileKey))
  await region.call<sdk.CreateFargateProfileResponse>('eks', 'CreateFargateProfile', {
    ...profileKey,
    podExecutionRoleArn: roles.pods,
    selectors: [{ namespace: 'web' }],
  })
  await takes(256 * SECOND, profile, ['CREATING', 'ACTIVE'])

  const groupKey = { clusterName, nodegroupName: 'workers' }
  const nodegroup = () => statusOf(region.call('eks', 'DescribeNodegroup', groupKey))
  await region.call('eks', 'CreateNodegroup', {
    ...groupKey,
    nodeRole: roles.nodes,
    subnets: region.subnetIds,
  })
  await takes(120 * SECOND, nodegroup, ['CREATING', 'ACTIVE'])

  await region.call('eks', 'DeleteNodegroup', groupKey)
  await takes(240 * SECOND, nodegroup, ['DELETING', 'gone'])
  await region.call('eks', 'DeleteFargateProfile', profileKey)
  await takes(120 * SECOND, profile, ['DELETING', 'gone'])
  await region.call('eks', 'DeleteCluster', { name: clusterName })
  await takes(180 * SECOND, cluster, ['DELETING', 'gone'])
})
