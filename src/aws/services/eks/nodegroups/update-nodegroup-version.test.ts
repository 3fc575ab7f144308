import type { AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling'
import type {
  DescribeNodegroupResponse,
  DescribeUpdateResponse,
  UpdateNodegroupVersionResponse,
} from '@aws-sdk/client-eks'
import { describe, expect, test } from 'vitest'

import { formatTimestamp, type Clock } from '../../../../base/clock.ts'
import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { nodes, pods } from '../../../../kubernetes/client/resources.ts'
import { createEksTestRegion, type EksTestRegion, UNEVICTABLE } from '../testing/eks-test-region.ts'

const key = { clusterName: 'demo', nodegroupName: 'ng' }

/** A cluster with a node group, made with a launch template of this name or without one. */
async function withGroup(
  template?: string,
  options: { size?: number; version?: string; clock?: Clock; updateConfig?: object } = {},
): Promise<EksTestRegion> {
  const { size = 1, clock } = options
  const region = await createEksTestRegion(clock ? { clock } : {})
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
    scalingConfig: { minSize: size, maxSize: size, desiredSize: size },
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.updateConfig ? { updateConfig: options.updateConfig } : {}),
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

describe('a roll', () => {
  const running = (region: EksTestRegion) =>
    region.ec2.instances.list().filter(({ state }) => state === 'running')
  const describeUpdate = async (region: EksTestRegion, updateId?: string) => {
    const input = { name: 'demo', nodegroupName: 'ng', updateId }
    return (await region.call<DescribeUpdateResponse>('eks', 'DescribeUpdate', input)).update
  }
  const begin = async (region: EksTestRegion, input: object = {}) =>
    (await region.call<UpdateNodegroupVersionResponse>('eks', 'UpdateNodegroupVersion', { ...key, ...input }))
      .update?.id
  /** A pod on the node of the first machine of the group. */
  const placePod = async (
    region: EksTestRegion,
    annotations: Record<string, string> = {},
    more: { readonly deletionTimestamp?: string } = {},
  ) => {
    const nodeName = running(region).toSorted((a, b) => (a.id < b.id ? -1 : 1))[0]?.privateDnsName
    const metadata = { name: 'web', namespace: 'default', annotations, ...more }
    await region.kubernetes('demo').create(pods, {
      metadata,
      spec: { nodeName: nodeName ?? '', containers: [{ name: 'main' }] },
      status: { phase: 'Running' },
    })
  }
  const podNames = async (region: EksTestRegion) =>
    (await region.kubernetes('demo').list(pods)).items.map(({ metadata }) => metadata.name)

  test('adds machines, drains the old ones and ends with as many as before', async () => {
    const region = await withGroup(undefined, { size: 2, version: '1.33' })
    const before = running(region).map(({ id }) => id)
    await placePod(region)
    const seen = new Set<number>()
    const id = await begin(region)
    await region.until(async () => {
      seen.add(running(region).length)
      return (await describeUpdate(region, id))?.status === 'Successful'
    })
    expect(Math.max(...seen)).toBeGreaterThan(2)
    expect(running(region)).toHaveLength(2)
    expect(running(region).some((instance) => before.includes(instance.id))).toBe(false)
    expect(await podNames(region)).toEqual([])
    // The group ends after its update: a kill between the two repeats what can be repeated.
    const { nodegroup } = await region.until(async () => {
      const answer = await region.call<DescribeNodegroupResponse>('eks', 'DescribeNodegroup', key)
      return answer.nodegroup?.status === 'ACTIVE' && answer
    })
    expect(nodegroup).toMatchObject({
      version: '1.34',
      releaseVersion: expect.stringMatching(/^1\.34/),
    })
    const group = (await region.call<AutoScalingGroupsType>('autoscaling', 'DescribeAutoScalingGroups', {}))
      .AutoScalingGroups?.[0]
    expect(group).toMatchObject({ MinSize: 2, MaxSize: 2, DesiredCapacity: 2 })
  })

  test('with the minimal strategy adds none', async () => {
    const region = await withGroup(undefined, {
      size: 2,
      version: '1.33',
      updateConfig: { maxUnavailable: 2, updateStrategy: 'MINIMAL' },
    })
    const seen = new Set<number>()
    const id = await begin(region)
    await region.until(async () => {
      seen.add(running(region).length)
      return (await describeUpdate(region, id))?.status === 'Successful'
    })
    expect(Math.max(...seen)).toBe(2)
  })

  test('fails on a pod that no budget lets go, and leaves the group as it was', async () => {
    const clock = new FakeClock()
    const region = await withFakeClock(clock)
    await placePod(region, { [UNEVICTABLE]: '' })
    const id = await begin(region)
    const update = await region.until(async () => {
      await clock.advance(1_000)
      const found = await describeUpdate(region, id)
      return found?.status !== 'InProgress' && found
    })
    expect(update).toMatchObject({
      status: 'Failed',
      errors: [
        {
          errorCode: 'PodEvictionFailure',
          errorMessage: 'Reached max retries while trying to evict pods from nodes in node group ng',
        },
      ],
    })
    expect(await podNames(region)).toEqual(['web'])
    const { nodegroup } = await region.call<DescribeNodegroupResponse>('eks', 'DescribeNodegroup', key)
    expect(nodegroup).toMatchObject({ status: 'ACTIVE', version: '1.33' })
    const { items } = await region.kubernetes('demo').list(nodes)
    expect(items.filter(({ spec }) => spec?.unschedulable)).toEqual([])
  })

  test('waits for a pod that is ending, longer than for a budget', async () => {
    const clock = new FakeClock()
    const region = await withFakeClock(clock)
    const deletionTimestamp = formatTimestamp(clock.now() + 300_000)
    await placePod(region, {}, { deletionTimestamp })
    const id = await begin(region)
    await region.until(async () => {
      await clock.advance(1_000)
      return (await region.kubernetes('demo').list(nodes)).items.some(({ spec }) => spec?.unschedulable)
    })
    for (let second = 0; second < 120; second += 1) {
      await clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await describeUpdate(region, id)).toMatchObject({ status: 'InProgress' })
    const web = { name: 'web', namespace: 'default' }
    await region.kubernetes('demo').delete(pods, web, { gracePeriodSeconds: 0 })
    await region.until(async () => {
      await clock.advance(1_000)
      return (await describeUpdate(region, id))?.status === 'Successful'
    })
  })

  test('deletes such a pod when it is forced, once its time is over', async () => {
    const clock = new FakeClock()
    const region = await withFakeClock(clock)
    await placePod(region, { [UNEVICTABLE]: '' })
    const id = await begin(region, { force: true })
    await region.until(async () => {
      await clock.advance(1_000)
      return (await describeUpdate(region, id))?.status === 'Successful'
    })
    expect(await podNames(region)).toEqual([])
  })

  /** A group of one, made while somebody moves the clock. */
  async function withFakeClock(clock: FakeClock): Promise<EksTestRegion> {
    let isMade = false
    const made = withGroup(undefined, { version: '1.33', clock }).finally(() => (isMade = true))
    while (!isMade) {
      await clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return await made
  }
})
