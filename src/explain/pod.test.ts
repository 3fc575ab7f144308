import { describe, expect, it } from 'vitest'

import type { Event, Pod } from '../../generated/kubernetes.d.ts'
import { captured } from '../terminal/testing/captured.ts'
import { renderExplanation } from './explanation.ts'
import { explainPod } from './pod.ts'

const profile = { name: 'web', selectors: [{ namespace: 'shop' }], subnets: [], podExecutionRoleArn: '' }

function pod(spec: Partial<Pod['spec']>, status: Pod['status'] = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'web-1', uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: {
      containers: [{ name: 'web', image: 'nginx' }],
      schedulerName: 'default-scheduler',
      ...spec,
    } as Pod['spec'],
    status,
  }
}

function pending(message: string, reason = 'Unschedulable'): Pod['status'] {
  return { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason, message }] }
}

const running: Pod['status'] = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const warning = (reason: string, message: string): Event =>
  ({ type: 'Warning', reason, message, source: { component: 'kubelet' } }) as Event

describe('a pod that runs', () => {
  it('is on Fargate for the profile, and its size is reckoned up', () => {
    const placed = pod(
      { schedulerName: 'fargate-scheduler', nodeName: 'fargate-ip-10-0-0-1.ec2.internal' },
      running,
    )
    const told = explainPod({ pod: placed, profiles: [profile], events: [] })
    expect(told).toMatchObject({ isWell: true, verdict: 'runs and is ready', causes: [] })
    expect(told.facts).toEqual([
      { name: 'compute', text: 'Fargate: profile web selects namespace shop' },
      { name: 'node', text: 'fargate-ip-10-0-0-1.ec2.internal' },
      { name: 'size', text: '0.25vCPU 0.5GB: it asks for 0 vCPU and 0 MiB, and 256 MiB are added' },
    ])
  })

  it('is on EC2 for want of a profile, or because it says so', () => {
    const compute = (placed: Pod, profiles = [profile]): string | undefined =>
      explainPod({ pod: placed, profiles, events: [] }).facts[0]?.text
    expect(compute(pod({ nodeName: 'a' }, running), [])).toBe('EC2: no Fargate profile matches')
    expect(compute(pod({ nodeName: 'a', schedulerName: 'mine' }, running))).toBe(
      'EC2: spec.schedulerName is mine',
    )
  })

  it('is told to be made again where the profile came later', () => {
    const { causes } = explainPod({ pod: pod({ nodeName: 'a' }, running), profiles: [profile], events: [] })
    expect(causes).toEqual([
      {
        by: 'EKS',
        said: 'profile web selects namespace shop, but only pods created from then on go to Fargate',
        help: expect.stringContaining('rollout restart'),
      },
    ])
  })
})

describe('a pod without a node', () => {
  it.each([
    ['0/2 nodes are available: 2 Insufficient cpu.', /eksctl scale nodegroup/],
    [
      '0/1 nodes are available: 1 node(s) had untolerated taint {eks.amazonaws.com/compute-type: fargate}.',
      /add a selector for this pod to a Fargate profile/,
    ],
    [
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
      /nodeSelector or affinity/,
    ],
    ['0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', /kubectl get pvc/],
    ['0/1 nodes are available: 1 Too many pods.', /larger one/],
    ['no nodes available to schedule pods', /add a node group/],
    ['0/1 nodes are available: 1 Insufficient nvidia.com/gpu.', /device plugin/],
  ])('%s', (message, help) => {
    const { causes, isWell } = explainPod({ pod: pod({}, pending(message)), profiles: [], events: [] })
    expect(isWell).toBe(false)
    expect(causes).toEqual([{ by: 'default-scheduler', said: message, help: expect.stringMatching(help) }])
  })

  it('that Fargate refuses is told so by its scheduler', () => {
    const message = 'Pod not supported on Fargate: fields not supported: HostNetwork'
    const refused = pod(
      { schedulerName: 'fargate-scheduler' },
      pending(message, 'POD_UNSUPPORTED_ON_FARGATE'),
    )
    const { causes } = explainPod({ pod: refused, profiles: [profile], events: [] })
    expect(causes[0]).toMatchObject({
      by: 'fargate-scheduler',
      help: expect.stringContaining('compute-type: ec2'),
    })
  })
})

describe('a pod whose containers fail', () => {
  const container = { name: 'web', ready: false, restartCount: 3, image: 'a', imageID: '' }

  it('is explained by what became of the container, once', () => {
    const terminated = { exitCode: 137, reason: 'OOMKilled' }
    const status = {
      ...container,
      lastState: { terminated },
      state: { waiting: { reason: 'CrashLoopBackOff' } },
    }
    const failing = pod({ nodeName: 'a' }, { phase: 'Running', containerStatuses: [status] })
    const told = explainPod({
      pod: failing,
      profiles: [],
      events: [warning('BackOff', 'Back-off restarting')],
    })
    expect(told.causes).toEqual([
      {
        by: 'kubelet',
        said: 'container web ended with exit code 137 (OOMKilled), now CrashLoopBackOff',
        help: expect.stringContaining('memory limit'),
      },
    ])
    expect(renderExplanation(told, captured().terminal)).toContain('→ Raise the memory limit')
  })

  it('waits for what the kubelet names, and is told of failed probes', () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "a"' }
    const events = [warning('Unhealthy', 'Readiness probe failed: connection refused')]
    const failing = pod(
      { nodeName: 'a' },
      { phase: 'Pending', containerStatuses: [{ ...container, state: { waiting } }] },
    )
    const { causes } = explainPod({ pod: failing, profiles: [], events })
    expect(causes.map(({ said }) => said)).toEqual([
      'container web waits: ImagePullBackOff Back-off pulling image "a"',
      'Unhealthy: Readiness probe failed: connection refused',
    ])
    expect(causes.every(({ help }) => help !== '')).toBe(true)
  })

  it('that are only being made are no cause', () => {
    const state = { waiting: { reason: 'ContainerCreating' } }
    const making = pod({ nodeName: 'a' }, { phase: 'Pending', containerStatuses: [{ ...container, state }] })
    expect(explainPod({ pod: making, profiles: [], events: [] }).causes).toEqual([])
  })
})
