import { expect, test } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { podKind } from './pod.ts'

// What preparation looks at.
function podWith(spec: Partial<Pod['spec']>): Pod {
  const metadata = { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' } as Pod['metadata']
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], ...spec } }
}

test('says of a pod with scheduling gates why nobody schedules it', () => {
  expect(podKind.prepareForCreate?.(podWith({ schedulingGates: [{ name: 'quota' }] })).status).toEqual({
    phase: 'Pending',
    qosClass: 'BestEffort',
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  })
})

test('gives a pod no condition of its own otherwise, whatever was sent', () => {
  const sent = { ...podWith({}), status: { phase: 'Running', conditions: [] } } as Pod
  expect(podKind.prepareForCreate?.(sent).status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
})
