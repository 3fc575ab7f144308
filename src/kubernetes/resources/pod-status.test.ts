import { describe, expect, it } from 'vitest'

import type { ContainerStatus, Pod } from '../../../generated/kubernetes.d.ts'
import { podReady, podRestarts, podStatus } from './pod-status.ts'

const NOW = Date.parse('2026-01-01T01:00:00Z')

function status(over: Partial<ContainerStatus>): ContainerStatus {
  return { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, ...over }
}

function pod(over: {
  spec?: Partial<Pod['spec']>
  status?: Partial<NonNullable<Pod['status']>>
  deleted?: boolean
}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(over.deleted ? { deletionTimestamp: '2026-01-01T00:30:00Z' } : {}),
    },
    spec: { containers: [{ name: 'c', image: 'i' }], ...over.spec },
    status: { phase: 'Pending', ...over.status },
  }
}

const running = status({ ready: true, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } })

// Cases of kubernetes pkg/printers/internalversion/printers_test.go, TestPrintPod.
describe('the state of a pod', () => {
  it.each<[string, Pod, { ready: string; status: string; restarts: string }]>([
    ['fresh', pod({}), { ready: '0/1', status: 'Pending', restarts: '0' }],
    [
      'running',
      pod({ status: { phase: 'Running', containerStatuses: [running] } }),
      { ready: '1/1', status: 'Running', restarts: '0' },
    ],
    [
      'waiting',
      pod({
        status: { containerStatuses: [status({ state: { waiting: { reason: 'ImagePullBackOff' } } })] },
      }),
      { ready: '0/1', status: 'ImagePullBackOff', restarts: '0' },
    ],
    [
      'restarted',
      pod({
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              ...running,
              restartCount: 3,
              lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:55:00Z' } },
            },
          ],
        },
      }),
      { ready: '1/1', status: 'Running', restarts: '3 (5m ago)' },
    ],
    [
      'ended with a code',
      pod({
        status: { phase: 'Failed', containerStatuses: [status({ state: { terminated: { exitCode: 7 } } })] },
      }),
      { ready: '0/1', status: 'ExitCode:7', restarts: '0' },
    ],
    [
      'killed',
      pod({
        status: {
          phase: 'Failed',
          containerStatuses: [status({ state: { terminated: { exitCode: 137, signal: 9 } } })],
        },
      }),
      { ready: '0/1', status: 'Signal:9', restarts: '0' },
    ],
    [
      'initializing',
      pod({
        spec: { initContainers: [{ name: 'a' }, { name: 'b' }] },
        status: {
          initContainerStatuses: [
            status({ name: 'a', state: { terminated: { exitCode: 0 } } }),
            status({ name: 'b', state: { running: {} } }),
          ],
        },
      }),
      { ready: '0/1', status: 'Init:1/2', restarts: '0' },
    ],
    [
      'failing to initialize',
      pod({
        spec: { initContainers: [{ name: 'a' }] },
        status: {
          initContainerStatuses: [status({ name: 'a', state: { waiting: { reason: 'CrashLoopBackOff' } } })],
        },
      }),
      { ready: '0/1', status: 'Init:CrashLoopBackOff', restarts: '0' },
    ],
    [
      'deleted',
      pod({ status: { phase: 'Running', containerStatuses: [running] }, deleted: true }),
      { ready: '1/1', status: 'Terminating', restarts: '0' },
    ],
    [
      'deleted after it succeeded',
      pod({
        status: {
          phase: 'Succeeded',
          containerStatuses: [status({ state: { terminated: { exitCode: 0, reason: 'Completed' } } })],
        },
        deleted: true,
      }),
      { ready: '0/1', status: 'Completed', restarts: '0' },
    ],
    [
      'on a lost node',
      pod({ status: { phase: 'Running', reason: 'NodeLost' }, deleted: true }),
      { ready: '0/1', status: 'Unknown', restarts: '0' },
    ],
    [
      'evicted',
      pod({ status: { phase: 'Failed', reason: 'Evicted' } }),
      { ready: '0/1', status: 'Evicted', restarts: '0' },
    ],
    [
      'with a sidecar',
      pod({
        spec: { initContainers: [{ name: 's', restartPolicy: 'Always' }] },
        status: {
          phase: 'Running',
          containerStatuses: [running],
          initContainerStatuses: [{ ...running, name: 's', started: true }],
        },
      }),
      { ready: '2/2', status: 'Running', restarts: '0' },
    ],
  ])('%s', (_name, input, expected) => {
    const shown = { ready: podReady(input), status: podStatus(input), restarts: podRestarts(input, NOW) }
    expect(shown).toEqual(expected)
  })
})
