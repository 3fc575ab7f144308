import { expect, it } from 'vitest'

import { withoutReservations } from './reservations.ts'

it('a near region launches without reservations, and with all else', () => {
  const group = { name: 'a', instanceType: 'p5.48xlarge', efaEnabled: true }
  const reserved = {
    ...group,
    capacityReservation: { capacityReservationPreference: 'open' as const },
    instanceMarketOptions: { marketType: 'capacity-block' as const },
  }
  const config = {
    apiVersion: 'eksctl.io/v1alpha5' as const,
    kind: 'ClusterConfig' as const,
    metadata: { name: 'c', region: 'us-west-2' },
    managedNodeGroups: [reserved],
    nodeGroups: [reserved],
  }
  expect(withoutReservations(config)).toEqual({ ...config, managedNodeGroups: [group], nodeGroups: [group] })
})
