import { beforeAll, describe, expect, it } from 'vitest'

import type { ServiceSpec } from '../../../generated/kubernetes.d.ts'
import { services } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'

let fixture: ApiFixture
let count = 0

beforeAll(async () => {
  fixture = await createApiFixture()
})

async function change(from: object, to: object): Promise<ServiceSpec> {
  const key = { namespace: 'default', name: `s${(count += 1)}` }
  const spec = { ports: [{ port: 80 }], ...from } as never
  await fixture.client.create(services, { metadata: { ...key }, spec })
  const changed = await fixture.client.patch(services, key, { spec: to }, { type: 'merge' })
  return changed.spec
}

describe('a service that changes its type', () => {
  it('to ExternalName has no address any more', async () => {
    const spec = await change({ type: 'NodePort' }, { type: 'ExternalName', externalName: 'example.com' })
    expect(spec).toMatchObject({ type: 'ExternalName', externalName: 'example.com' })
    for (const field of [
      'clusterIP',
      'clusterIPs',
      'ipFamilies',
      'ipFamilyPolicy',
      'externalTrafficPolicy',
    ]) {
      expect(spec).not.toHaveProperty(field)
    }
    expect(spec.ports?.[0]).not.toHaveProperty('nodePort')
  })

  it('from ExternalName gets an address', async () => {
    const spec = await change({ type: 'ExternalName', externalName: 'example.com' }, { type: 'ClusterIP' })
    expect(spec.clusterIP).toMatch(/^10\.100\./)
  })

  it('from LoadBalancer to ClusterIP loses what only balancers have, its class too', async () => {
    const spec = await change(
      { type: 'LoadBalancer', loadBalancerClass: 'example.com/a' },
      { type: 'ClusterIP' },
    )
    for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass', 'externalTrafficPolicy']) {
      expect(spec).not.toHaveProperty(field)
    }
  })

  it('and one of the fields along with it is held to the rules', async () => {
    await expect(
      change({ type: 'NodePort' }, { type: 'ClusterIP', externalTrafficPolicy: 'Local' }),
    ).rejects.toMatchObject({ reason: 'Invalid' })
  })
})
