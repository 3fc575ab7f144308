import { expect, test } from 'vitest'

import { readUserData } from '../nodes/user-data.ts'
import { autoModeUserData } from './user-data.ts'

test('a node reads what it is told: cluster, pods, labels and taints, and that its instance names it', () => {
  const told = readUserData(
    autoModeUserData({
      clusterName: 'shop',
      maxPods: 58,
      labels: { 'karpenter.sh/nodepool': 'system', 'example.com/a': 'b' },
      taints: [
        { key: 'CriticalAddonsOnly', effect: 'NoSchedule' },
        { key: 'team', value: 'red', effect: 'NoExecute' },
      ],
    }),
  )
  expect(told).toEqual({
    cluster: 'shop',
    maxPods: 58,
    isBottlerocket: true,
    isNamedById: true,
    labels: { 'karpenter.sh/nodepool': 'system', 'example.com/a': 'b' },
    taints: [
      { key: 'CriticalAddonsOnly', effect: 'NoSchedule' },
      { key: 'team', value: 'red', effect: 'NoExecute' },
    ],
  })
})
