import { beforeEach, expect, it } from 'vitest'

import { namespaces, services } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
})

it('keeps the address of a service whose update names none', async () => {
  const { client } = fixture
  const ports = [{ port: 80 }]
  const made = await client.create(services, { metadata: { name: 's', namespace: 'd' }, spec: { ports } })
  expect(made.spec.clusterIP).toMatch(/^10\.100\./)
  const updated = await client.update(services, { ...made, spec: { ports: [{ port: 81 }] } })
  expect(updated.spec).toMatchObject({
    clusterIP: made.spec.clusterIP,
    clusterIPs: made.spec.clusterIPs,
    ports: [{ port: 81 }],
  })
})
