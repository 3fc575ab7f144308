import { expect, it } from 'vitest'

import { suspendOfManaged, suspendOfStack } from './suspended-processes.ts'
import { testDeployment } from './testing/fake-cloud.ts'

const group = { name: 'ng', asgSuspendProcesses: ['AZRebalance', 'Launch'] }

async function place(suspended: readonly string[]) {
  const sent: object[] = []
  const { context } = await testDeployment({
    DescribeNodegroup: () => ({ nodegroup: { resources: { autoScalingGroups: [{ name: 'eks-ng' }] } } }),
  })
  const send = async ({ input }: { readonly input: object }): Promise<object> => {
    sent.push(input)
    if ('ScalingProcesses' in input) return {}
    const SuspendedProcesses = suspended.map((ProcessName) => ({ ProcessName }))
    return { AutoScalingGroups: [{ AutoScalingGroupName: 'made', SuspendedProcesses }] }
  }
  Object.assign(context.cloud, { autoScaling: async () => ({ send }) })
  return { context, sent }
}

it('suspends the processes of a managed group', async () => {
  const { context, sent } = await place([])
  await suspendOfManaged(context, group)
  expect(sent).toEqual([
    { AutoScalingGroupNames: ['eks-ng'] },
    { AutoScalingGroupName: 'made', ScalingProcesses: ['AZRebalance', 'Launch'] },
  ])
})

it('suspends those of the group of a stack that are not suspended yet', async () => {
  const { context, sent } = await place(['Launch'])
  await suspendOfStack(context, group, 'eksctl-c-nodegroup-ng')
  expect(sent).toEqual([
    { Filters: [{ Name: 'tag:aws:cloudformation:stack-name', Values: ['eksctl-c-nodegroup-ng'] }] },
    { AutoScalingGroupName: 'made', ScalingProcesses: ['AZRebalance'] },
  ])
})

it('asks for nothing when all are suspended, or none is named', async () => {
  const { context, sent } = await place(['Launch', 'AZRebalance'])
  await suspendOfStack(context, group, 's')
  await suspendOfStack(context, { name: 'ng' }, 's')
  await suspendOfManaged(context, { name: 'ng', asgSuspendProcesses: [] })
  expect(sent).toHaveLength(1)
})
