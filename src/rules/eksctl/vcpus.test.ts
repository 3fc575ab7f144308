import { expect, it } from 'vitest'

import { vcpusOf } from './vcpus.ts'

it('counts the nodes that groups start with, by the quota of their family', () => {
  const counted = vcpusOf({
    managedNodeGroups: [
      {},
      { instanceType: 't3.xlarge', desiredCapacity: 3 },
      { instanceTypes: ['g5.xlarge', 'm5.large'], desiredCapacity: 1 },
      { instanceType: 'p4d.24xlarge', desiredCapacity: 2 },
      { instanceType: 'im4gn.large', desiredCapacity: 1 },
      { instanceType: 'm5.24xlarge', spot: true },
      { instanceType: 'p5.48xlarge', capacityReservation: {} },
      { instanceType: 'r5.large', minSize: 0, desiredCapacity: 0, maxSize: 9 },
    ],
    nodeGroups: [
      { instanceType: 'trn1.32xlarge', desiredCapacity: 1 },
      // One of four is not Spot.
      {
        desiredCapacity: 4,
        instancesDistribution: {
          instanceTypes: ['inf2.xlarge'],
          onDemandBaseCapacity: 0,
          onDemandPercentageAboveBaseCapacity: 25,
        },
      },
    ],
  })
  // Two m5.large where nothing is said.
  const takes = [...counted].map(([code, each]) => [code, each.takes])
  expect(Object.fromEntries(takes)).toEqual({
    'L-1216C47A': 4 + 12 + 2,
    'L-DB2E81BA': 4,
    'L-417A185B': 192,
    'L-2C3B7624': 128,
    'L-1945791B': 4,
  })
  // Where a reader would take some away.
  expect(counted.get('L-1216C47A')?.most).toEqual(['managedNodeGroups', 1])
  expect(counted.get('L-2C3B7624')?.most).toEqual(['nodeGroups', 0])
})
