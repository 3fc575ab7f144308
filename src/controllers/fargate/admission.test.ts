import { beforeEach, describe, expect, it } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { pods } from '../../kubernetes/client/resources.ts'
import { admissionRequest } from '../../kubernetes/registry/testing/admission-request.ts'
import type { AdmissionRequest } from '../../kubernetes/server/ports.ts'
import { createFargateAdmission } from './admission.ts'
import type { LoggingVerdict } from './logging.ts'
import { FakeProfiles } from './testing/fake-fargate.ts'

const noLogging = () => ({ state: 'missing' }) as const
const details = {
  arn: 'arn:aws:eks:…',
  subnets: ['subnet-1'],
  podExecutionRoleArn: 'arn:aws:iam::111122223333:role/pods',
}
let profiles: FakeProfiles

beforeEach(() => {
  profiles = new FakeProfiles()
  profiles.set({ name: 'demo-profile', selectors: [{ namespace: 'default' }], ...details })
})

function podOf(more: { metadata?: object; spec?: object } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'nginx',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '',
      creationTimestamp: '',
      ...more.metadata,
    },
    spec: {
      schedulerName: 'default-scheduler',
      priority: 0,
      containers: [{ name: 'nginx', image: 'nginx' }],
      ...more.spec,
    },
  }
}

function request(object: Pod | null, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return admissionRequest(pods, object, { namespace: 'default', name: 'nginx', ...more })
}

async function admit(pod: Pod, more: Partial<AdmissionRequest> = {}): Promise<Pod | undefined> {
  const plugin = createFargateAdmission(profiles, noLogging)
  return (await plugin.admit(request(pod, more))) as Pod | undefined
}

it('changes exactly what AWS changes', async () => {
  const pod = podOf()
  expect(await admit(pod)).toEqual({
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: {
        CapacityProvisioned: '0.25vCPU 0.5GB',
        Logging: 'LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND',
      },
      labels: { 'eks.amazonaws.com/fargate-profile': 'demo-profile' },
    },
    spec: {
      ...pod.spec,
      schedulerName: 'fargate-scheduler',
      priority: 2000001000,
      priorityClassName: 'system-node-critical',
    },
  })
  expect(pod).toEqual(podOf())
})

it.each([
  [{ requests: { cpu: '250m', memory: '512Mi' } }, '0.25vCPU 1GB'],
  [{ requests: { cpu: '1', memory: '2.5G' } }, '1vCPU 3GB'],
  [{ limits: { cpu: '2000m', memory: '2Gi' } }, '2vCPU 4GB'],
  [{ requests: { cpu: '17' } }, undefined],
])('writes the capacity of %j: %s', async (resources, capacity) => {
  const admitted = await admit(podOf({ spec: { containers: [{ name: 'a', resources }] } }))
  expect(admitted?.metadata.annotations?.['CapacityProvisioned']).toBe(capacity)
})

it('overwrites what the user claims, and keeps other labels and annotations', async () => {
  const metadata = {
    annotations: { CapacityProvisioned: '16vCPU 120GB', team: 'a' },
    labels: { app: 'web' },
  }
  expect((await admit(podOf({ metadata })))?.metadata).toMatchObject({
    annotations: { CapacityProvisioned: '0.25vCPU 0.5GB', team: 'a' },
    labels: { app: 'web', 'eks.amazonaws.com/fargate-profile': 'demo-profile' },
  })
})

it('takes the namespace from the request when the object has none', async () => {
  const pod = podOf({ metadata: { namespace: undefined } })
  expect(await admit(pod)).toBeDefined()
  expect(await admit(pod, { namespace: 'other' })).toBeUndefined()
})

it.each<[LoggingVerdict, string | undefined]>([
  [{ state: 'ready', data: {} }, 'LoggingEnabled'],
  [{ state: 'invalid', message: 'loki is not a supported output plugin' }, undefined],
  [{ state: 'notEmulated', what: 'the output plugin es' }, undefined],
])('says of a log router that is %j: %s', async (verdict, annotation) => {
  const plugin = createFargateAdmission(profiles, () => verdict)
  const admitted = await plugin.admit(request(podOf()))
  expect(admitted?.metadata.annotations?.['Logging']).toBe(annotation)
})

describe('leaves alone', () => {
  it.each([
    ['a namespace that no profile selects', { metadata: { namespace: 'other' } }, { namespace: 'other' }],
    ['compute type ec2', { metadata: { annotations: { 'eks.amazonaws.com/compute-type': 'ec2' } } }, {}],
    ['pods of a DaemonSet', { metadata: { ownerReferences: [{ kind: 'DaemonSet', controller: true }] } }, {}],
    ['pods with a node', { spec: { nodeName: 'ip-10-0-0-1' } }, {}],
    ['pods of another scheduler', { spec: { schedulerName: 'mine' } }, {}],
    ['pods that ask for labels of EC2 nodes', { spec: { nodeSelector: { disk: 'ssd' } } }, {}],
    ['updates', {}, { operation: 'UPDATE' as const }],
    ['subresources', {}, { subresource: 'binding' }],
    ['other resources', {}, { group: 'apps', resource: 'deployments' }],
  ])('%s', async (_, more, changed) => {
    expect(await admit(podOf(more), changed)).toBeUndefined()
  })

  it('everything while there is no profile', async () => {
    profiles.set()
    expect(await admit(podOf())).toBeUndefined()
  })
})
