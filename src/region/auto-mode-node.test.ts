// What Auto Mode takes a node to be before it is there is what it becomes: else pods would wait for nodes without end.
import { expect, test } from 'vitest'

import { ec2Machine } from '../node/machine-ec2.ts'
import { allocatableList, autoAllocatable, autoNodeLabels, devicesOf } from '../rules/auto-mode/auto-node.ts'
import { autoModeTypes } from '../rules/auto-mode/instance-labels.ts'
import { autoModeUserData } from '../rules/auto-mode/user-data.ts'
import { amountsOf } from '../rules/scheduling/requests.ts'
import { nodeRelease } from '../rules/nodes/node-release.ts'
import { readUserData } from '../rules/nodes/user-data.ts'

test.each(['c6a.large', 'm7g.xlarge', 'r5.24xlarge', 'g5.xlarge', 'p4d.24xlarge', 'inf2.xlarge'])(
  '%s',
  (name) => {
    const auto = autoModeTypes().find(({ type }) => type.name === name)!
    const own = {
      'karpenter.sh/nodepool': 'own',
      'karpenter.sh/capacity-type': 'spot',
      'example.com/team': 'red',
    }
    const told = readUserData(
      autoModeUserData({
        clusterName: 'shop',
        maxPods: autoAllocatable(auto.type).pods,
        labels: { ...auto.labels, ...own },
        taints: [],
      }),
    )
    const machine = ec2Machine({
      instanceId: 'i-1',
      nodeName: 'i-1',
      privateIp: '10.0.0.5',
      zone: 'us-east-1a',
      region: 'us-east-1',
      type: auto.type,
      diskGiB: 80,
      kubeletVersion: 'v1.35.0',
      release: nodeRelease('BOTTLEROCKET', '1.35'),
      labels: told.labels,
      maxPods: told.maxPods,
      devices: devicesOf(auto.type),
    })
    const expected = amountsOf(allocatableList(auto.type))
    expect(Object.fromEntries(amountsOf(machine.allocatable))).toMatchObject(Object.fromEntries(expected))
    const labels = { 'example.com/team': 'red' }
    const place = {
      pool: 'own',
      auto,
      region: 'us-east-1',
      zone: 'us-east-1a',
      capacityType: 'spot',
    } as const
    expect(machine.labels).toMatchObject(autoNodeLabels({ ...place, labels, taints: [] }))
  },
)
