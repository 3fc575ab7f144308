import { describe, expect, it } from 'vitest'

import type { DaemonSet, Deployment, Job, Pod, StatefulSet } from '../../generated/kubernetes.d.ts'
import { UserError } from '../base/errors.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import {
  daemonSets,
  deployments,
  events,
  jobs,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../kubernetes/client/resources.ts'
import { NEAR_PACE } from './pace.ts'
import type { SourcedObject } from './apply.ts'
import { rolledOut, workloadsOf } from './rollout.ts'
import { HastyClock } from './testing/fake-cloud.ts'

function manifest(kind: string, name = 'nginx'): SourcedObject {
  return {
    object: { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'web' } },
    source: 'nginx.yaml:8',
  }
}

const template = {
  metadata: { labels: { app: 'nginx' } },
  spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
}
const selector = { matchLabels: { app: 'nginx' } }

const complete: NonNullable<Deployment['status']> = {
  observedGeneration: 3,
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: 2,
  availableReplicas: 2,
}

function scene() {
  const clock = new HastyClock()
  const kubernetes = new FakeClient({ clock })
  const said: string[] = []
  const detail = (text: string): void => void said.push(text)
  const options = { kubernetes, clock, pace: NEAR_PACE, timeoutMs: 60_000, detail }
  return { kubernetes, options, said, clock }
}

function seedDeployment(
  client: FakeClient,
  status: Deployment['status'],
  replicas: number | undefined = 2,
): void {
  client.seed(deployments, {
    metadata: { name: 'nginx', namespace: 'web', generation: 3 },
    spec: { ...(replicas === undefined ? {} : { replicas }), selector, template },
    ...(status === undefined ? {} : { status }),
  })
}

interface PodParts {
  readonly metadata?: Partial<Pod['metadata']>
  readonly spec?: Pod['spec']
  readonly status?: Pod['status']
  readonly ready?: boolean
}

function seedPod(client: FakeClient, name: string, more: PodParts = {}): void {
  const { ready = true, metadata, spec, status } = more
  client.seed(pods, {
    metadata: { name, namespace: 'web', labels: { app: 'nginx' }, ...metadata },
    spec: { containers: [], ...spec },
    status: {
      phase: ready ? 'Running' : 'Pending',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      ...status,
    },
  })
}

describe('workloadsOf', () => {
  it('takes what has a rollout', () => {
    const kinds = ['Service', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Pod', 'ConfigMap']
    const taken = workloadsOf(kinds.map((kind) => manifest(kind))).map(({ object }) => object.kind)
    expect(taken).toEqual(['Deployment', 'DaemonSet', 'ReplicaSet'])
  })
})

// kubectl pkg/polymorphichelpers/rollout_status.go: DeploymentStatusViewer.
describe('a Deployment', () => {
  it('is complete when all replicas are updated and available, and no old one is left', async () => {
    const { kubernetes, options, said } = scene()
    seedDeployment(kubernetes, complete)
    expect(await rolledOut(manifest('Deployment'), options)).toMatchObject({ ready: 2, desired: 2 })
    expect(said).toEqual(['nginx 2/2 ready'])
  })

  it.each<[string, Deployment['status']]>([
    ['has no status yet', undefined],
    ['was not seen at this generation', { ...complete, observedGeneration: 2 }],
    ['has replicas to update', { ...complete, updatedReplicas: 1 }],
    ['has old replicas to end', { ...complete, replicas: 3 }],
    ['has replicas that are not available', { ...complete, availableReplicas: 1 }],
  ])('is not when it %s', async (_, status) => {
    const { kubernetes, options } = scene()
    seedDeployment(kubernetes, status)
    await expect(rolledOut(manifest('Deployment'), options)).rejects.toThrow('not complete after 60 s')
  })

  it('has one replica unless it says otherwise', async () => {
    const { kubernetes, options } = scene()
    const one = {
      observedGeneration: 3,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
    }
    kubernetes.seed(deployments, {
      metadata: { name: 'nginx', namespace: 'web', generation: 3 },
      spec: { selector, template },
      status: one,
    })
    expect(await rolledOut(manifest('Deployment'), options)).toMatchObject({ ready: 1, desired: 1 })
  })

  it('is waited for', async () => {
    const { kubernetes, options, said, clock } = scene()
    seedDeployment(kubernetes, { ...complete, readyReplicas: 0, availableReplicas: 0 })
    clock.after(500, () => {
      void kubernetes
        .get(deployments, { namespace: 'web', name: 'nginx' })
        .then((found) => kubernetes.updateStatus(deployments, { ...found, status: complete }))
    })
    expect(await rolledOut(manifest('Deployment'), options)).toMatchObject({ ready: 2 })
    expect(said[0]).toBe('nginx 0/2 ready')
    expect(said.at(-1)).toBe('nginx 2/2 ready')
    expect(clock.sleeps.length).toBeGreaterThan(1)
  })

  it('fails at once past its progress deadline', async () => {
    const { kubernetes, options, clock } = scene()
    const message = 'ReplicaSet "nginx-5d" has timed out progressing.'
    seedDeployment(kubernetes, {
      ...complete,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message }],
    })
    await expect(rolledOut(manifest('Deployment'), options)).rejects.toThrow(
      `web/nginx: 1 of 2 pods ready, ${message}`,
    )
    expect(clock.sleeps).toEqual([])
  })
})

describe('other workloads', () => {
  it('waits for the ready replicas of a ReplicationController', async () => {
    const { kubernetes, options } = scene()
    kubernetes.seed(replicationControllers, {
      metadata: { name: 'nginx', namespace: 'web' },
      spec: { replicas: 2, selector: selector.matchLabels, template },
      status: { replicas: 2, readyReplicas: 1 },
    })
    const short = rolledOut(manifest('ReplicationController'), options)
    await expect(short).rejects.toThrow('web/nginx: 1 of 2 pods ready')
  })

  it.each<[string, StatefulSet['spec']['updateStrategy'], number, boolean]>([
    ['all of them', { type: 'RollingUpdate' }, 3, true],
    ['one too few', { type: 'RollingUpdate' }, 2, false],
    ['those above the partition', { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }, 1, true],
    ['none, which is left to the user', { type: 'OnDelete' }, 0, true],
  ])('takes a StatefulSet for complete with its updated pods: %s', async (_case, strategy, updated, done) => {
    const { kubernetes, options } = scene()
    kubernetes.seed(statefulSets, {
      metadata: { name: 'nginx', namespace: 'web', generation: 1 },
      spec: { replicas: 3, selector, template, ...(strategy ? { updateStrategy: strategy } : {}) },
      status: { replicas: 3, readyReplicas: 3, updatedReplicas: updated, observedGeneration: 1 },
    })
    const rollout = rolledOut(manifest('StatefulSet'), options)
    if (done) await expect(rollout).resolves.toMatchObject({ ready: 3, desired: 3 })
    else await expect(rollout).rejects.toThrow('3 of 3 pods ready, not complete')
  })

  it('waits for the ready replicas of a ReplicaSet', async () => {
    const { kubernetes, options } = scene()
    const status = { replicas: 2, readyReplicas: 2 }
    kubernetes.seed(replicaSets, {
      metadata: { name: 'nginx', namespace: 'web' },
      spec: { replicas: 2, selector, template },
      status,
    })
    expect(await rolledOut(manifest('ReplicaSet'), options)).toMatchObject({ kind: 'ReplicaSet', ready: 2 })
  })

  const done = { observedGeneration: 3, desiredNumberScheduled: 2, numberReady: 2, updatedNumberScheduled: 2 }
  it.each<[string, boolean, Partial<NonNullable<DaemonSet['status']>>]>([
    ['is complete on every node', true, {}],
    ['is not with a node to go', false, { numberReady: 1 }],
    ['is not with an old pod', false, { updatedNumberScheduled: 1 }],
    ['is not at an old generation', false, { observedGeneration: 2 }],
    [
      'is complete where it fits no node',
      true,
      { desiredNumberScheduled: 0, numberReady: 0, updatedNumberScheduled: 0 },
    ],
  ])('a DaemonSet %s', async (_, isComplete, status) => {
    const { kubernetes, options } = scene()
    kubernetes.seed(daemonSets, {
      metadata: { name: 'nginx', namespace: 'web', generation: 3 },
      spec: { selector, template },
      status: { currentNumberScheduled: 2, numberMisscheduled: 0, ...done, ...status },
    })
    const outcome = await rolledOut(manifest('DaemonSet'), options).then(
      () => true,
      () => false,
    )
    expect(outcome).toBe(isComplete)
  })

  it('refuses what has no rollout', async () => {
    await expect(rolledOut(manifest('Service'), scene().options)).rejects.toThrow(
      'nginx.yaml:8: a Service has no rollout',
    )
  })
})

describe('the account of a failure', () => {
  it('says of each pod that is not ready what was last said of it', async () => {
    const { kubernetes, options } = scene()
    seedDeployment(kubernetes, { ...complete, readyReplicas: 1, availableReplicas: 1 })
    seedPod(kubernetes, 'nginx-a')
    seedPod(kubernetes, 'nginx-b', { ready: false })
    seedPod(kubernetes, 'nginx-c', { ready: false, status: { reason: 'Evicted', phase: 'Failed' } })
    seedPod(kubernetes, 'nginx-d', { ready: false, metadata: { name: 'nginx-d', labels: { app: 'other' } } })
    const waiting = {
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "x": ErrImagePull: denied',
    }
    const containerStatuses = [
      { name: 'c', image: 'x', imageID: '', ready: false, restartCount: 0, state: { waiting } },
    ]
    seedPod(kubernetes, 'nginx-e', { ready: false, status: { phase: 'Pending', containerStatuses } })
    const warning = (name: string, message: string): void => {
      kubernetes.seed(events, {
        metadata: { name: `${name}.${message.length}`, namespace: 'web' },
        involvedObject: { kind: 'Pod', name: 'nginx-b', namespace: 'web' },
        type: 'Warning',
        reason: 'FailedScheduling',
        message,
      })
    }
    warning('first', 'no nodes available')
    warning('second', '0/2 nodes are available: 2 Insufficient cpu.')
    const failed = await rolledOut(manifest('Deployment'), options).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UserError)
    expect(failed).toMatchObject({
      message: [
        'web/nginx: 1 of 2 pods ready, not complete after 60 s',
        '  nginx-b is Pending: FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu.',
        '  nginx-c is Failed: Evicted',
        '  nginx-e is Pending: ImagePullBackOff: Back-off pulling image "x": ErrImagePull: denied',
      ].join('\n'),
      help: 'Look closer with: kubectl -n web describe pods',
    })
  })
})

describe('a rollout without pods', () => {
  it('says why none is made', async () => {
    const { kubernetes, options } = scene()
    seedDeployment(kubernetes, { ...complete, readyReplicas: 0, availableReplicas: 0, updatedReplicas: 0 })
    const refused = (name: string, message: string): void => {
      kubernetes.seed(events, {
        metadata: { name: `${name}.1`, namespace: 'web' },
        involvedObject: { kind: 'ReplicaSet', name, namespace: 'web' },
        type: 'Warning',
        reason: 'FailedCreate',
        message,
      })
    }
    refused('nginx-5d9f8', 'Error creating: pods "nginx-5d9f8-" is forbidden: exceeded quota: one')
    refused('nginx-api-6c7d9', 'of another')
    await expect(rolledOut(manifest('Deployment'), options)).rejects.toThrow(
      '0 of 2 pods ready, not complete after 60 s\n  ReplicaSet nginx-5d9f8: Error creating: pods "nginx-5d9f8-" is forbidden: exceeded quota: one',
    )
  })
})

describe('the report', () => {
  it('names pods, nodes and addresses, in order', async () => {
    const { kubernetes, options } = scene()
    seedDeployment(kubernetes, complete)
    seedPod(kubernetes, 'nginx-b', {
      spec: { containers: [], nodeName: 'ip-10-0-1-9' },
      status: { podIP: '10.0.1.20' },
    })
    seedPod(kubernetes, 'nginx-a', {
      spec: { containers: [], nodeName: 'ip-10-0-2-9' },
      status: { podIP: '10.0.2.20' },
    })
    const leaving = { name: 'nginx-old', deletionTimestamp: '2026-01-01T00:00:00Z', labels: { app: 'nginx' } }
    seedPod(kubernetes, 'nginx-old', { metadata: leaving })
    expect(await rolledOut(manifest('Deployment'), options)).toEqual({
      namespace: 'web',
      kind: 'Deployment',
      name: 'nginx',
      ready: 2,
      desired: 2,
      done: 'ready',
      compute: 'ec2',
      pods: [
        { name: 'nginx-a', node: 'ip-10-0-2-9', ip: '10.0.2.20' },
        { name: 'nginx-b', node: 'ip-10-0-1-9', ip: '10.0.1.20' },
      ],
    })
  })

  it('gives the size of Fargate pods', async () => {
    const { kubernetes, options } = scene()
    seedDeployment(kubernetes, complete)
    seedPod(kubernetes, 'nginx-a', {
      metadata: {
        name: 'nginx-a',
        labels: { app: 'nginx' },
        annotations: { CapacityProvisioned: '0.25vCPU 1GB' },
      },
      spec: { containers: [], nodeName: 'fargate-ip-10-0-1-9' },
    })
    expect(await rolledOut(manifest('Deployment'), options)).toMatchObject({
      compute: 'fargate',
      pods: [{ node: 'fargate-ip-10-0-1-9', capacity: '0.25vCPU 1GB' }],
    })
  })
})

describe('a Job', () => {
  const job = (status: Job['status'], spec: Partial<Job['spec']> = {}): Job => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'nginx', namespace: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      completions: 2,
      selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      template,
      ...spec,
    },
    ...(status ? { status } : {}),
  })
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
  })

  it('is complete when it says so, and shows its pods', async () => {
    const { kubernetes, options, said } = scene()
    kubernetes.seed(jobs, job({ succeeded: 2, conditions: [condition('Complete')] }))
    seedPod(kubernetes, 'nginx-a', { ready: false, status: { phase: 'Succeeded' } })
    seedPod(kubernetes, 'other', { metadata: { labels: { role: 'other' } } })
    const report = await rolledOut(manifest('Job'), options)
    expect(report).toMatchObject({ ready: 2, desired: 2, pods: [{ name: 'nginx-a' }] })
    expect(said).toEqual(['nginx 2/2 completed'])
  })

  it('that has failed ends the wait with its reason', async () => {
    const { kubernetes, options } = scene()
    kubernetes.seed(jobs, job({ succeeded: 1, conditions: [condition('Failed')] }))
    seedPod(kubernetes, 'nginx-a', { ready: false, status: { phase: 'Succeeded' } })
    seedPod(kubernetes, 'nginx-b', { ready: false, status: { phase: 'Failed', reason: 'Evicted' } })
    await expect(rolledOut(manifest('Job'), options)).rejects.toThrow(
      /^web\/nginx: 1 of 2 pods completed, BackoffLimitExceeded: Job has reached the specified backoff limit\n {2}nginx-b is Failed: Evicted$/,
    )
  })

  it('that runs is waited for; one that is suspended or was cleaned up is not', async () => {
    const { kubernetes, options } = scene()
    expect(await rolledOut(manifest('Job'), options)).toMatchObject({ pods: [] })
    kubernetes.seed(jobs, job({ active: 2 }))
    await expect(rolledOut(manifest('Job'), options)).rejects.toThrow('not complete after 60 s')
    const key = { namespace: 'web', name: 'nginx' }
    await kubernetes.patch(jobs, key, { spec: { suspend: true } }, { type: 'merge' })
    expect(await rolledOut(manifest('Job'), options)).toMatchObject({ ready: 0, desired: 2 })
  })
})
