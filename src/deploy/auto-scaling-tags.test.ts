import { expect, it } from 'vitest'

import { ensureAutoScalingTags } from './auto-scaling-tags.ts'
import { testDeployment } from './testing/fake-cloud.ts'

const group = {
  name: 'ng',
  labels: Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`l${index}`, 'x'])),
  taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' as const }],
  tags: { team: 'blue' },
}

async function tagsSent(present: readonly object[]) {
  const sent: { Tags: { Key: string; PropagateAtLaunch: boolean }[] }[] = []
  const { context } = await testDeployment({
    DescribeNodegroup: () => ({ nodegroup: { resources: { autoScalingGroups: [{ name: 'eks-ng' }] } } }),
  })
  const send = async ({ input }: { readonly input: object }): Promise<object> => {
    if ('Filters' in input) return { Tags: present }
    sent.push(input as (typeof sent)[number])
    return {}
  }
  Object.assign(context.cloud, { autoScaling: async () => ({ send }) })
  await ensureAutoScalingTags(context, group)
  return sent.map(({ Tags }) => Tags)
}

it('tags the Auto Scaling group with labels, taints and tags, 25 at a time', async () => {
  const calls = await tagsSent([])
  expect(calls.map((tags) => tags.length)).toEqual([25, 3])
  const template = 'k8s.io/cluster-autoscaler/node-template'
  expect(calls.flat().map(({ Key }) => Key)).toEqual([
    ...Object.keys(group.labels).map((label) => `${template}/label/${label}`),
    `${template}/label/alpha.eksctl.io/cluster-name`,
    `${template}/label/alpha.eksctl.io/nodegroup-name`,
    `${template}/taint/gpu`,
    'team',
  ])
  expect(calls.flat().some(({ PropagateAtLaunch }) => PropagateAtLaunch)).toBe(false)
})

it('adds what is missing alone', async () => {
  const [all = [], rest = []] = await tagsSent([])
  expect(await tagsSent([...all, ...rest.slice(1)])).toEqual([[rest[0]]])
  expect(await tagsSent([...all, ...rest])).toEqual([])
})
