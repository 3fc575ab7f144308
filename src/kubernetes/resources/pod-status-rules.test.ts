// Tests what a new status of a pod keeps of the old one, and which containers may come back.
import { describe, expect, it } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { completePodStatus, validatePodStatus } from './pod-status-rules.ts'

function pod(status: Pod['status'], spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    ...(status && { status }),
  }
}

describe('completePodStatus', () => {
  it('keeps the class of the pod and the generation that was observed', () => {
    const old = pod({ qosClass: 'BestEffort', observedGeneration: 3, phase: 'Pending' })
    expect(completePodStatus(pod({ phase: 'Running' }), old).status).toEqual({
      phase: 'Running',
      qosClass: 'BestEffort',
      observedGeneration: 3,
    })
  })

  it.each([
    ['one address alone', { podIP: '10.0.0.1' }, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }],
    [
      'the list alone',
      { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
      { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
    ],
    [
      'both, and not the same',
      { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.2' }] },
      { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] },
    ],
  ])('says of %s the same in both fields', (_name, status, expected) => {
    expect(completePodStatus(pod(status), pod({})).status).toEqual(expected)
  })
})

describe('validatePodStatus', () => {
  const ended = (exitCode: number) => [
    {
      name: 'c',
      image: 'i',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode } },
    },
  ]
  const waiting = ended(0).map((one) => ({ ...one, state: { waiting: {} } }))

  it.each([
    ['Always', 0, true],
    ['OnFailure', 1, true],
    ['OnFailure', 0, false],
    ['Never', 1, false],
  ] as const)('%s lets a container that ended with %i come back: %s', (restartPolicy, code, comesBack) => {
    const old = pod({ containerStatuses: ended(code) }, { restartPolicy })
    const errors = validatePodStatus(pod({ containerStatuses: waiting }, { restartPolicy }), old)
    expect(errors.map(({ field }) => field)).toEqual(comesBack ? [] : ['status.containerStatuses[0].state'])
  })

  it('wants one address of each family at most', () => {
    const twice = pod({ podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] })
    expect(validatePodStatus(twice, pod({}))).toMatchObject([
      { field: 'status.podIPs', detail: expect.stringContaining('no more than one IP for each IP family') },
    ])
  })
})
