import type { DescribeNodegroupResponse, UpdateNodegroupVersionResponse } from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from '../testing/eks-test-region.ts'

const key = { clusterName: 'demo', nodegroupName: 'ng' }

/** A cluster with a node group, made with a launch template of this name or without one. */
async function withGroup(template?: string): Promise<EksTestRegion> {
  const region = await createEksTestRegion()
  const isActive = async (operation: string, input: object): Promise<boolean> => {
    const answer = await region.call<Record<string, { status?: string }>>('eks', operation, input)
    return Object.values(answer)[0]?.status === 'ACTIVE'
  }
  await region.call('eks', 'CreateCluster', {
    name: 'demo',
    roleArn: await region.role('control', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
  })
  await region.until(() => isActive('DescribeCluster', { name: 'demo' }))
  for (const LaunchTemplateName of ['machine-one', 'machine-two']) {
    const LaunchTemplateData = { InstanceType: 't3.medium' }
    await region.call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName, LaunchTemplateData })
  }
  await region.call('eks', 'CreateNodegroup', {
    ...key,
    nodeRole: await region.role('node', 'ec2.amazonaws.com'),
    subnets: region.subnetIds,
    scalingConfig: { minSize: 1, maxSize: 1, desiredSize: 1 },
    ...(template === undefined ? {} : { launchTemplate: { name: template } }),
  })
  await region.until(() => isActive('DescribeNodegroup', key))
  return region
}

function update(
  region: EksTestRegion,
  name: string,
  version?: string,
): Promise<UpdateNodegroupVersionResponse> {
  const launchTemplate = { name, ...(version === undefined ? {} : { version }) }
  return region.call('eks', 'UpdateNodegroupVersion', { ...key, launchTemplate })
}

test('a newer version of its launch template gives a group new machines', async () => {
  const region = await withGroup('machine-one')
  const running = () => region.ec2.instances.list().filter(({ state }) => state === 'running')
  const [before] = running()
  await region.call('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateName: 'machine-one',
    LaunchTemplateData: { InstanceType: 't3.large' },
  })
  const { update: begun } = await update(region, 'machine-one', '2')
  expect(begun?.params).toEqual(
    expect.arrayContaining([
      { type: 'LaunchTemplateName', value: 'machine-one' },
      { type: 'LaunchTemplateVersion', value: '2' },
    ]),
  )
  const { nodegroup } = await region.until(async () => {
    const answer = await region.call<DescribeNodegroupResponse>('eks', 'DescribeNodegroup', key)
    return answer.nodegroup?.status === 'ACTIVE' && answer
  })
  expect(nodegroup?.launchTemplate).toMatchObject({ name: 'machine-one', version: '2' })
  expect(running().map(({ id, instanceType }) => [id === before?.id, instanceType])).toEqual([
    [false, 't3.large'],
  ])
  expect(region.eks.nodegroupShape('demo', 'ng')?.labels).toMatchObject({
    'eks.amazonaws.com/sourceLaunchTemplateVersion': '2',
  })
})

test.each([
  ['machine-one', 'machine-two', "The launch template of node group ng can't be changed, only its version."],
  [undefined, 'machine-one', "Node group ng was made without a launch template and can't get one."],
  ['machine-one', 'machine-none', 'machine-none'],
])('a group made with the template %s refuses %s', async (made, asked, message) => {
  const region = await withGroup(made)
  await expect(update(region, asked)).rejects.toThrow(message)
})
