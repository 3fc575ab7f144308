import { describe, expect, test } from 'vitest'

import type { APIService, EndpointSlice, Service } from '../../../generated/kubernetes.d.ts'
import { apiServices, endpointSlices, services } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createApiServiceController } from './controller.ts'

const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
const name = 'v1.ext.example.com'
const apiService: APIService = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { ...metadata, name },
  spec: {
    group: 'ext.example.com',
    version: 'v1',
    groupPriorityMinimum: 1,
    versionPriority: 1,
    service: { namespace: 'ns', name: 'ext', port: 443 },
  },
}
const service = (more: object = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...metadata, name: 'ext', namespace: 'ns' },
  spec: { type: 'ClusterIP', ports: [{ name: 'https', port: 443, protocol: 'TCP' }], ...more },
})
const slice = (ready: boolean): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata, name: 'ext-1', namespace: 'ns', labels: { 'kubernetes.io/service-name': 'ext' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
  ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
})

interface Case {
  readonly service?: Service
  readonly slice?: EndpointSlice
  readonly problem?: string
  readonly condition: object
}

const cases: readonly Case[] = [
  {
    condition: {
      status: 'False',
      reason: 'ServiceNotFound',
      message: 'service/ext in "ns" is not present',
    },
  },
  {
    service: service({ ports: [{ name: 'https', port: 80, protocol: 'TCP' }] }),
    condition: {
      status: 'False',
      reason: 'ServicePortError',
      message: 'service/ext in "ns" is not listening on port 443',
    },
  },
  {
    service: service(),
    condition: {
      status: 'False',
      reason: 'EndpointsNotFound',
      message: 'cannot find endpointslices for service/ext in "ns"',
    },
  },
  {
    service: service(),
    slice: slice(false),
    condition: {
      status: 'False',
      reason: 'MissingEndpoints',
      message: 'endpointslices for service/ext in "ns" have no addresses with port name "https"',
    },
  },
  {
    service: service(),
    slice: slice(true),
    problem: 'failing or missing response from https://10.0.0.1:8443/apis/ext.example.com/v1: x',
    condition: {
      status: 'False',
      reason: 'FailedDiscoveryCheck',
      message: 'failing or missing response from https://10.0.0.1:8443/apis/ext.example.com/v1: x',
    },
  },
  {
    service: service(),
    slice: slice(true),
    condition: { status: 'True', reason: 'Passed', message: 'all checks passed' },
  },
]

describe('an APIService that leads to an extension server', () => {
  test.each(cases)(
    'is $condition.reason',
    async ({ service: known, slice: endpoints, problem, condition }) => {
      await using rehearsal = new Rehearsal()
      const { client, context } = rehearsal
      client.seed(apiServices, apiService)
      if (known) client.seed(services, known)
      if (endpoints) client.seed(endpointSlices, endpoints)
      rehearsal.start(createApiServiceController(context, { probe: async () => problem }))
      await rehearsal.until('judged', async () => {
        const { status } = await client.get(apiServices, { name })
        return status?.conditions?.length === 1
      })
      const { status } = await client.get(apiServices, { name })
      expect(status?.conditions).toMatchObject([{ type: 'Available', ...condition }])
    },
  )

  test('is judged again when its endpoints change, and after a while', async () => {
    await using rehearsal = new Rehearsal()
    const { client, clock, context } = rehearsal
    client.seed(apiServices, apiService)
    client.seed(services, service())
    let problem: string | undefined
    rehearsal.start(createApiServiceController(context, { probe: async () => problem }))
    const reason = async (): Promise<string | undefined> =>
      (await client.get(apiServices, { name })).status?.conditions?.[0]?.reason
    await rehearsal.until('without endpoints', async () => (await reason()) === 'EndpointsNotFound')
    const { apiVersion: _a, kind: _k, ...draft } = slice(true)
    await client.create(endpointSlices, draft)
    await rehearsal.until('available', async () => (await reason()) === 'Passed')
    problem = 'gone'
    await clock.advance(31_000)
    await rehearsal.until('found out', async () => (await reason()) === 'FailedDiscoveryCheck')
  })
})
