import { describe, expect, test } from 'vitest'

import type { EndpointSlice, EndpointSubset } from '../../../generated/kubernetes.d.ts'
import { endpoints, endpointSlices, services } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createEndpointSliceMirroringController } from './controller.ts'

const key = { namespace: 'default', name: 'db' }
const ports = [{ port: 5432 }]

async function mirroring(
  subsets: EndpointSubset[],
  { selector, labels }: { selector?: Record<string, string>; labels?: Record<string, string> } = {},
): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  const spec = { ports, ...(selector ? { selector } : {}) }
  rehearsal.client.seed(services, { metadata: { ...key }, spec })
  const annotations = { note: 'a', 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
  const metadata = { ...key, annotations, ...(labels ? { labels } : {}) }
  rehearsal.client.seed(endpoints, { metadata, subsets })
  rehearsal.start(createEndpointSliceMirroringController(rehearsal.context))
  await rehearsal.settle()
  return rehearsal
}

async function slices({ client }: Rehearsal): Promise<readonly EndpointSlice[]> {
  return (await client.list(endpointSlices)).items
}

describe('endpoint slice mirroring', () => {
  test('copies what somebody else keeps, with labels and annotations', async () => {
    const subsets = [{ addresses: [{ ip: '10.0.0.1' }], notReadyAddresses: [{ ip: '10.0.0.2' }], ports }]
    await using rehearsal = await mirroring(subsets, { labels: { team: 'data' } })
    const [slice, ...others] = await slices(rehearsal)
    expect(others).toEqual([])
    expect(slice).toMatchObject({
      metadata: {
        generateName: 'db-',
        labels: {
          team: 'data',
          'kubernetes.io/service-name': 'db',
          'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
        },
        annotations: { note: 'a' },
        ownerReferences: [{ kind: 'Endpoints', name: 'db', controller: true }],
      },
      addressType: 'IPv4',
      ports: [{ name: '', port: 5432, protocol: 'TCP' }],
      endpoints: [
        { addresses: ['10.0.0.1'], conditions: { ready: true } },
        { addresses: ['10.0.0.2'], conditions: { ready: false } },
      ],
    })
    expect(Object.keys(slice?.metadata.annotations ?? {})).toEqual(['note'])
  })

  test('keeps families apart, and follows changes and the end', async () => {
    const subsets = [{ addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], ports }]
    await using rehearsal = await mirroring(subsets)
    expect((await slices(rehearsal)).map(({ addressType }) => addressType).toSorted()).toEqual([
      'IPv4',
      'IPv6',
    ])
    const next = { subsets: [{ addresses: [{ ip: '10.0.0.9' }], ports }] }
    await rehearsal.client.patch(endpoints, key, next, { type: 'merge' })
    await rehearsal.settle()
    expect((await slices(rehearsal)).map((slice) => slice.endpoints?.[0]?.addresses)).toEqual([['10.0.0.9']])
    await rehearsal.client.delete(endpoints, key)
    await rehearsal.settle()
    expect(await slices(rehearsal)).toEqual([])
  })

  test('leaves alone what a controller keeps, and what does not want to be mirrored', async () => {
    const subsets = [{ addresses: [{ ip: '10.0.0.1' }], ports }]
    await using selecting = await mirroring(subsets, { selector: { app: 'db' } })
    expect(await slices(selecting)).toEqual([])
    const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
    await using skipping = await mirroring(subsets, { labels })
    expect(await slices(skipping)).toEqual([])
  })

  test('tells of what it leaves out', async () => {
    const addresses = Array.from({ length: 1001 }, (_, index) => ({
      ip: `10.1.${index >> 8}.${index & 255}`,
    }))
    await using rehearsal = await mirroring([{ addresses, ports }])
    expect(await rehearsal.told()).toEqual([
      'TooManyAddressesToMirror: A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 1 addresses were skipped',
    ])
    expect((await slices(rehearsal)).map((slice) => slice.endpoints?.length)).toEqual(Array(10).fill(100))
  })
})
