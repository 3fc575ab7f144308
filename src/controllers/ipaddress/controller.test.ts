import { expect, test } from 'vitest'

import { ipAddresses, services } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createIpAddressController } from './controller.ts'

const inDefault = (name: string) => ({ namespace: 'default', name })

test('each cluster IP of a Service has an object, as long as the Service has it', async () => {
  await using rehearsal = new Rehearsal()
  const { client } = rehearsal
  rehearsal.start(createIpAddressController(rehearsal.context))
  const ports = [{ port: 80 }]
  client.seed(services, { metadata: inDefault('web'), spec: { clusterIPs: ['10.0.0.1', 'fd00::1'], ports } })
  client.seed(services, { metadata: inDefault('headless'), spec: { clusterIPs: ['None'], ports } })
  await rehearsal.settle()
  const { items } = await client.list(ipAddresses)
  expect(items.map(({ metadata, spec }) => [metadata.name, metadata.labels, spec?.parentRef?.name])).toEqual([
    [
      '10.0.0.1',
      {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
      'web',
    ],
    ['fd00::1', expect.objectContaining({ 'ipaddress.kubernetes.io/ip-family': 'IPv6' }), 'web'],
  ])
  await client.delete(services, inDefault('web'))
  await rehearsal.settle()
  expect((await client.list(ipAddresses)).items).toEqual([])
})

test('the object of an address that another Service has now names that one', async () => {
  await using rehearsal = new Rehearsal()
  const { client } = rehearsal
  const labels = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
  const parentRef = { resource: 'services', namespace: 'default', name: 'before' }
  client.seed(ipAddresses, { metadata: { name: '10.0.0.1', labels }, spec: { parentRef } })
  client.seed(services, { metadata: inDefault('now'), spec: { clusterIPs: ['10.0.0.1'] } })
  rehearsal.start(createIpAddressController(rehearsal.context))
  await rehearsal.settle()
  const { spec } = await client.get(ipAddresses, { name: '10.0.0.1' })
  expect(spec?.parentRef?.name).toBe('now')
})

test('objects that others made stay', async () => {
  await using rehearsal = new Rehearsal()
  const { client } = rehearsal
  const parentRef = { resource: 'gateways', group: 'example.com', name: 'g' }
  client.seed(ipAddresses, { metadata: { name: '10.0.0.9' }, spec: { parentRef } })
  rehearsal.start(createIpAddressController(rehearsal.context))
  await rehearsal.settle()
  expect((await client.list(ipAddresses)).items).toHaveLength(1)
})
