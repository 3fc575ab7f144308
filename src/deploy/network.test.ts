import { describe, expect, it } from 'vitest'

import { chosenZones } from './network.ts'

const config = {
  apiVersion: 'eksctl.io/v1alpha5' as const,
  kind: 'ClusterConfig' as const,
  metadata: { name: 'c', region: 'us-west-2' },
}
const fit = ['a', 'b', 'c', 'd', 'e'].map((letter) => `us-west-2${letter}`)

describe('chosenZones', () => {
  it.each([
    [[], ['us-west-2a', 'us-west-2b', 'us-west-2c']],
    [['us-west-2d'], ['us-west-2a', 'us-west-2b', 'us-west-2d']],
    [
      ['us-west-2b', 'us-west-2c', 'us-west-2d', 'us-west-2e'],
      ['us-west-2b', 'us-west-2c', 'us-west-2d', 'us-west-2e'],
    ],
    // A zone that serves no cluster is not among them: the group's own step says so.
    [['us-west-2x'], ['us-west-2a', 'us-west-2b', 'us-west-2c']],
  ])('of groups in %j', (availabilityZones, zones) => {
    const groups = availabilityZones.map((zone) => ({ name: zone, availabilityZones: [zone] }))
    expect(chosenZones({ ...config, managedNodeGroups: groups }, fit)).toEqual(zones)
    expect(chosenZones({ ...config, nodeGroups: groups }, fit)).toEqual(zones)
  })
})
