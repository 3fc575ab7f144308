import { describe, expect, test } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { endpoints, endpointSlices, nodes, pods, services } from '../../kubernetes/client/resources.ts'
import { createEndpointsController } from '../endpoints/controller.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { readyStatus, sampleNode, samplePod } from '../testing/samples.ts'
import { createEndpointSliceController } from './controller.ts'
import { desiredGroups, planSlices } from './desired.ts'

const labels = { app: 'web' }
const key = { namespace: 'default', name: 'web' }

function service(spec: Service['spec'] = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...key,
      uid: 'service-web',
      resourceVersion: '',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { team: 'a' },
    },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
  }
}

const containers = [{ name: 'main', ports: [{ name: 'http', containerPort: 8080 }] }]
const pod = (name: string, ip: string, change: { ready?: boolean; going?: boolean } = {}) =>
  samplePod(name, {
    labels,
    spec: { containers, nodeName: 'a' },
    status: { ...(change.ready === false ? { phase: 'Running' as const } : readyStatus()), podIP: ip },
    metadata: {
      deletionGracePeriodSeconds: 30,
      ...(change.going ? { deletionTimestamp: '2026-01-01T00:00:30Z' } : {}),
    },
  })

describe('endpoints of a service', () => {
  const node = sampleNode('a', { labels: { 'topology.kubernetes.io/zone': 'eu-west-1a' } })
  const conditionsOf = (spec: Service['spec'], change: Parameters<typeof pod>[2]) =>
    desiredGroups(service(spec), [pod('p', '10.0.0.1', change)], () => node)[0]?.endpoints[0]?.conditions

  // kubernetes docs, concepts/services-networking/endpoint-slices: conditions.
  test.each([
    ['ready', {}, {}, { ready: true, serving: true, terminating: false }],
    ['not ready', {}, { ready: false }, { ready: false, serving: false, terminating: false }],
    ['going but still serving', {}, { going: true }, { ready: false, serving: true, terminating: true }],
    [
      'not ready but published',
      { publishNotReadyAddresses: true },
      { ready: false },
      { ready: true, serving: false, terminating: false },
    ],
  ])('%s', (_name, spec, change, expected) => {
    expect(conditionsOf(spec, change)).toEqual(expected)
  })

  const zoneHint = { forZones: [{ name: 'eu-west-1a' }] }
  // kubernetes staging endpointslice/trafficdist/trafficdist_test.go.
  test.each<[string, Service['spec'], Parameters<typeof pod>[2], unknown]>([
    ['nothing wanted', {}, {}, undefined],
    ['the same zone', { trafficDistribution: 'PreferSameZone' }, {}, zoneHint],
    ['close by', { trafficDistribution: 'PreferClose' }, {}, zoneHint],
    [
      'the same node',
      { trafficDistribution: 'PreferSameNode' },
      {},
      { ...zoneHint, forNodes: [{ name: 'a' }] },
    ],
    ['not ready', { trafficDistribution: 'PreferClose' }, { ready: false }, undefined],
  ])('are hinted at: %s', (_name, spec, change, expected) => {
    const [group] = desiredGroups(service(spec), [pod('p', '10.0.0.1', change)], () => node)
    expect(group?.endpoints[0]?.hints).toEqual(expected)
  })

  test('are not hinted at by traffic distribution where the annotation asks for hints', () => {
    const own = service({ trafficDistribution: 'PreferClose' })
    const annotations = { 'service.kubernetes.io/topology-mode': 'Auto' }
    const annotated = { ...own, metadata: { ...own.metadata, annotations } }
    const [group] = desiredGroups(annotated, [pod('p', '10.0.0.1')], () => node)
    expect(group?.endpoints[0]?.hints).toBeUndefined()
  })

  test('carry pod, node, zone and the container port that the name stands for', () => {
    const [group] = desiredGroups(service(), [pod('p', '10.0.0.1')], () => node)
    expect(group?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }])
    expect(group?.endpoints).toMatchObject([
      {
        addresses: ['10.0.0.1'],
        nodeName: 'a',
        zone: 'eu-west-1a',
        targetRef: { kind: 'Pod', namespace: 'default', name: 'p', uid: 'pod-p' },
      },
    ])
  })

  test('fill slices of 100 and leave those alone that need no change', () => {
    const many = Array.from({ length: 250 }, (_, n) => pod(`p${n}`, `10.0.1.${n}`))
    const groups = desiredGroups(service(), many, () => node)
    const { plans } = planSlices(groups, [])
    expect(plans.map(({ endpoints: each }) => each.length)).toEqual([100, 100, 50])
    const slices = plans.map((plan, n) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `s${n}`, uid: `s${n}`, resourceVersion: '', creationTimestamp: '' },
      addressType: plan.addressType,
      ports: [...plan.ports],
      endpoints: [...plan.endpoints],
    }))
    const fewer = desiredGroups(service(), many.slice(1), () => node)
    const changed = planSlices(fewer, slices).plans.filter(
      (plan) => plan.endpoints.length !== plan.slice?.endpoints?.length,
    )
    expect(changed.length).toBe(1)
  })
})

describe('endpoint controllers', () => {
  test('follow pods, keep a placeholder, and write nothing when nothing changes', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    client.seed(services, service())
    client.seed(pods, pod('p1', '10.0.0.1'))
    client.seed(pods, pod('p2', '10.0.0.2', { ready: false }))
    rehearsal.start(createEndpointSliceController(context), createEndpointsController(context))
    await rehearsal.settle()
    const { items } = await client.list(endpointSlices)
    expect(items.length).toBe(1)
    expect(items[0]?.metadata.name).toMatch(/^web-[a-z0-9]{5}$/)
    expect(items[0]?.metadata.labels).toEqual({
      team: 'a',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    })
    expect((await client.get(endpoints, key)).subsets).toMatchObject([
      {
        addresses: [{ ip: '10.0.0.1', nodeName: 'a' }],
        notReadyAddresses: [{ ip: '10.0.0.2' }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ])
    const writes = client.actions.length
    await rehearsal.clock.advance(3_600_000)
    await rehearsal.settle()
    expect(client.actions.length).toBe(writes)
    for (const name of ['p1', 'p2'])
      await client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 })
    await rehearsal.settle()
    const [placeholder] = (await client.list(endpointSlices)).items
    expect(placeholder).toMatchObject({ metadata: { uid: items[0]?.metadata.uid }, endpoints: [], ports: [] })
    expect((await client.get(endpoints, key)).subsets).toBeUndefined()
    await client.delete(services, key)
    await rehearsal.until('endpoints gone', async () => (await client.list(endpoints)).items.length === 0)
  })
})
