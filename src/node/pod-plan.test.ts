import { describe, expect, it } from 'vitest'

import type { Pod, PodSpec } from '../../generated/kubernetes.d.ts'
import { podPlan, type DesiredPod, type PodAction } from './pod-plan.ts'
import { initialState, withBegun, withFact, withOutcome, type PodFact, type PodState } from './pod-state.ts'
import { sampleContainer, samplePod } from './testing/sample-pod.ts'

const NOW = Date.UTC(2026, 0, 1)
const seconds = (count: number): number => NOW + count * 1000

/** The plan in words: `start web`, `stop web 30s`, `watch exit web`, `wake +10s`. */
function planned(pod: Pod, state: PodState, change: Partial<DesiredPod> & { nowMs?: number } = {}): string[] {
  const { nowMs = NOW, ...rest } = change
  const desired: DesiredPod = { pod, mode: 'drive', rejection: undefined, servicePorts: [], ...rest }
  const { actions, watches, wakeAtMs } = podPlan(desired, state, nowMs)
  const watched = watches.map(({ type, name }) => `watch ${type} ${name}`)
  const wake = wakeAtMs === undefined ? [] : [`wake +${(wakeAtMs - NOW) / 1000}s`]
  return [...actions.map(words), ...watched, ...wake]
}

function words(action: PodAction): string {
  switch (action.type) {
    case 'startContainer':
      return `start ${action.name}`
    case 'stopContainer':
      return `stop ${action.name} ${action.graceMs / 1000}s${action.why ? ` (${action.why})` : ''}`
    case 'exposePorts':
      return `expose ${action.name} ${action.ports.join(' ')}`
    default:
      return action.type
  }
}

function after(pod: Pod, facts: readonly PodFact[]): PodState {
  return facts.reduce((state, fact) => withFact(state, pod, fact), initialState(pod, [], NOW))
}

const READY: readonly PodFact[] = [{ type: 'mounted' }, { type: 'sandboxed', ip: '10.0.0.20' }]

function started(name: string, atSeconds = 0): PodFact {
  return { type: 'started', name, id: `${name}-id`, imageId: 'i', startedAtMs: seconds(atSeconds) }
}

function exited(name: string, exitCode: number, atSeconds = 1): PodFact {
  const exit = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAtMs: seconds(atSeconds) }
  return { type: 'exited', name, id: `${name}-id`, exit }
}

function probed(name: string, kind: 'startup' | 'readiness' | 'liveness', isSuccess: boolean): PodFact {
  return { type: 'probed', name, id: `${name}-id`, kind, isSuccess }
}

const web = sampleContainer('web')
const setup = sampleContainer('setup')
const proxy = sampleContainer('proxy', { restartPolicy: 'Always' })
const logger = sampleContainer('logger', { restartPolicy: 'Always' })
const probe = { tcpSocket: { port: 80 } }

describe('the plan of a pod that begins', () => {
  const pod = samplePod()
  it.each<[string, PodFact[], string[]]>([
    ['mounts its volumes first', [], ['mountVolumes']],
    ['then makes its sandbox', [{ type: 'mounted' }], ['createSandbox']],
    ['then starts its containers', [...READY], ['start web']],
    ['then watches them', [...READY, started('web')], ['watch exit web']],
  ])('%s', (_, facts, expected) => {
    expect(planned(pod, after(pod, facts))).toEqual(expected)
  })

  it('is empty when the node has refused it', () => {
    const rejection = { reason: 'OutOfcpu', message: 'too small' }
    expect(planned(pod, after(pod, []), { rejection })).toEqual([])
  })

  it('does not begin twice what is under way', () => {
    expect(planned(pod, withBegun(after(pod, READY), 'startContainer/web'))).toEqual([])
  })

  it('waits after an action that failed, and tries it again in its time', () => {
    const fact: PodFact = { type: 'failed', retryAtMs: seconds(4) }
    const state = withOutcome(withBegun(after(pod, []), 'mountVolumes'), 'mountVolumes', { pod, fact })
    expect(state.retries['mountVolumes']).toEqual({ failures: 1, atMs: seconds(4) })
    expect(planned(pod, state)).toEqual(['wake +4s'])
    expect(planned(pod, state, { nowMs: seconds(4) })).toEqual(['mountVolumes'])
    const again = withOutcome(state, 'mountVolumes', { pod, fact: { type: 'mounted' } })
    expect(again.retries).toEqual({})
  })
})

describe('init containers', () => {
  const cases: [string, PodSpec['initContainers'], PodFact[], string[]][] = [
    ['run before the others', [setup], [], ['start setup']],
    ['hold the others up while they run', [setup], [started('setup')], ['watch exit setup']],
    [
      'let the next one begin when they have succeeded',
      [setup, sampleContainer('second')],
      [started('setup'), exited('setup', 0)],
      ['start second'],
    ],
    [
      'let the others begin when all have succeeded',
      [setup],
      [started('setup'), exited('setup', 0)],
      ['start web'],
    ],
    ['are started again when they fail', [setup], [started('setup'), exited('setup', 1)], ['start setup']],
    [
      'that are sidecars let the next one begin once they have started',
      [proxy, setup],
      [started('proxy')],
      ['start setup', 'watch exit proxy'],
    ],
    [
      'that are sidecars hold it up until their startup probe succeeds',
      [{ ...proxy, startupProbe: probe }],
      [started('proxy')],
      ['watch exit proxy', 'watch startup proxy'],
    ],
    [
      'that are sidecars come back when they end before their turn is over',
      [proxy, setup],
      [started('proxy'), started('setup'), exited('proxy', 0)],
      ['start proxy', 'watch exit setup'],
    ],
  ]
  it.each(cases)('%s', (_, initContainers = [], facts, expected) => {
    const pod = samplePod({ spec: { initContainers } })
    expect(planned(pod, after(pod, [...READY, ...facts]), { nowMs: seconds(1) })).toEqual(expected)
  })

  it.each([0, 1])('that are sidecars are started again whatever code (%d) they end with', (exitCode) => {
    const pod = samplePod({ spec: { initContainers: [proxy] } })
    const state = after(pod, [...READY, started('proxy'), started('web'), exited('proxy', exitCode)])
    expect(planned(pod, state, { nowMs: seconds(1) })).toEqual(['start proxy', 'watch exit web'])
  })

  it('that fail end a pod that is never restarted', () => {
    const pod = samplePod({ spec: { initContainers: [setup], restartPolicy: 'Never' } })
    expect(planned(pod, after(pod, [...READY, started('setup'), exited('setup', 1)]))).toEqual(['release'])
  })
})

describe('a container that ends', () => {
  it.each([
    ['Always', 0, ['start web']],
    ['Always', 1, ['start web']],
    ['OnFailure', 0, ['release']],
    ['OnFailure', 1, ['start web']],
    ['Never', 0, ['release']],
    ['Never', 1, ['release']],
  ] as const)('with policy %s and code %d', (restartPolicy, exitCode, expected) => {
    const pod = samplePod({ spec: { restartPolicy } })
    const state = after(pod, [...READY, started('web'), exited('web', exitCode)])
    expect(planned(pod, state, { nowMs: seconds(1) })).toEqual(expected)
  })

  it('is waited for longer each time, until it has run for ten minutes', () => {
    const pod = samplePod()
    const ends: PodFact[] = [...READY]
    const waits: (string[] | undefined)[] = []
    let at = 0
    for (const ranSeconds of [1, 1, 1, 599, 600]) {
      ends.push(started('web', at), exited('web', 1, at + ranSeconds))
      at += ranSeconds
      waits.push(planned(pod, after(pod, ends), { nowMs: seconds(at) }))
    }
    expect(waits).toEqual([['start web'], ['wake +12s'], ['wake +23s'], ['wake +642s'], ['start web']])
  })

  it('tells its end once: a second telling, and one of an earlier run, change nothing', () => {
    const pod = samplePod()
    const state = after(pod, [...READY, started('web'), exited('web', 1)])
    expect(withFact(state, pod, exited('web', 137, 2))).toEqual(state)
    const restarted = withFact(state, pod, { ...started('web', 2), id: 'second' } as PodFact)
    expect(withFact(restarted, pod, exited('web', 137, 3))).toEqual(restarted)
  })
})

describe('probes', () => {
  const container = sampleContainer('web', {
    startupProbe: probe,
    readinessProbe: probe,
    livenessProbe: { ...probe, terminationGracePeriodSeconds: 5 },
  })
  const pod = samplePod({ spec: { containers: [container], terminationGracePeriodSeconds: 20 } })
  it.each<[string, PodFact[], string[]]>([
    ['begin with the startup probe', [], ['watch exit web', 'watch startup web']],
    [
      'go on with the others once it has succeeded',
      [probed('web', 'startup', true)],
      ['watch exit web', 'watch readiness web', 'watch liveness web'],
    ],
    [
      'of readiness only report',
      [probed('web', 'startup', true), probed('web', 'readiness', false)],
      ['watch exit web', 'watch readiness web', 'watch liveness web'],
    ],
    [
      'of liveness end the container, in a time of their own',
      [probed('web', 'startup', true), probed('web', 'liveness', false)],
      ['stop web 5s (liveness)', 'watch exit web'],
    ],
    [
      'of startup end it in the time of the pod',
      [probed('web', 'startup', false)],
      ['stop web 20s (startup)', 'watch exit web'],
    ],
    [
      'begin anew with the next run',
      [probed('web', 'startup', true), exited('web', 1), started('web', 2)],
      ['watch exit web', 'watch startup web'],
    ],
  ])('%s', (_, facts, expected) => {
    expect(planned(pod, after(pod, [...READY, started('web'), ...facts]))).toEqual(expected)
  })

  it('of init containers are not run', () => {
    const spec = { initContainers: [sampleContainer('setup', { readinessProbe: probe })] }
    const other = samplePod({ spec })
    expect(planned(other, after(other, [...READY, started('setup')]))).toEqual(['watch exit setup'])
  })
})

describe('a pod that is deleted', () => {
  const spec = { initContainers: [proxy, logger] }
  const running = [...READY, started('proxy'), started('logger'), started('web')]
  const pod = samplePod({ spec, deletedAtMs: seconds(30) })
  const removed: PodFact[] = [...running, exited('web', 143), exited('logger', 143), exited('proxy', 143)]
  it.each<[string, PodFact[], number, string[]]>([
    [
      'ends its containers in its grace period',
      running,
      0,
      ['stop web 30s', 'watch exit proxy', 'watch exit logger', 'watch exit web'],
    ],
    [
      'ends its sidecars after them, the last one first, in what is left of it',
      [...running, exited('web', 143)],
      10,
      ['stop logger 20s', 'watch exit proxy', 'watch exit logger'],
    ],
    [
      'gives every sidecar two seconds at least',
      [...running, exited('web', 143), exited('logger', 143)],
      30,
      ['stop proxy 2s', 'watch exit proxy'],
    ],
    ['then leaves the runtime', removed, 10, ['removeSandbox']],
    ['then gives its address back', [...removed, { type: 'removed' }], 10, ['release']],
    ['leaves the API last', [...removed, { type: 'removed' }, { type: 'released' }], 10, ['deleteObject']],
    ['is left alone then', [...removed, { type: 'removed' }, { type: 'released' }, { type: 'gone' }], 10, []],
    ['goes at once when nothing of it has started', [], 0, ['removeSandbox']],
  ])('%s', (_, facts, at, expected) => {
    expect(planned(pod, after(pod, facts), { nowMs: seconds(at) })).toEqual(expected)
  })

  it('waits for a start that cannot be called back, until its grace period is over', () => {
    const starting = withBegun(after(pod, READY), 'startContainer/proxy')
    expect(planned(pod, starting)).toEqual(['wake +30s'])
    expect(planned(pod, starting, { nowMs: seconds(30) })).toEqual(['removeSandbox'])
  })

  it('ends a container whose start came through after all', () => {
    const state = withOutcome(withBegun(after(pod, READY), 'startContainer/proxy'), 'startContainer/proxy', {
      pod,
      fact: started('proxy'),
    })
    expect(planned(pod, state)).toEqual(['stop proxy 30s', 'watch exit proxy'])
  })

  it('starts nothing again', () => {
    const state = withFact(after(pod, running), pod, exited('web', 1))
    expect(state.containers.at(-1)).toMatchObject({ phase: { type: 'terminated' }, startAtMs: undefined })
  })
})

describe('a pod that is over', () => {
  const pod = samplePod({ spec: { initContainers: [proxy], restartPolicy: 'Never' } })
  const done = [...READY, started('proxy'), started('web'), exited('web', 0)]
  it('ends its sidecars, keeps its sandbox for the logs and gives its address back', () => {
    expect(planned(pod, after(pod, done))).toEqual(['stop proxy 30s', 'watch exit proxy'])
    const ended = [...done, exited('proxy', 143)]
    // It ended for good: no restart is written into its status.
    expect(after(pod, ended).containers[0]).toMatchObject({ startAtMs: undefined, last: undefined })
    expect(planned(pod, after(pod, ended))).toEqual(['release'])
    expect(planned(pod, after(pod, [...ended, { type: 'released' }]))).toEqual([])
  })

  it('stays over after a restart of the agent, whatever is known of its containers', () => {
    const over = samplePod({ spec: { restartPolicy: 'Never' }, status: { phase: 'Succeeded' } })
    expect(planned(over, initialState(over, [], NOW))).toEqual(['release'])
  })
})

describe('a pod with a deadline', () => {
  const pod = samplePod({ spec: { activeDeadlineSeconds: 60, initContainers: [proxy] } })
  const running = [...READY, started('proxy'), started('web')]
  const watches = ['watch exit proxy', 'watch exit web']
  const failure = { reason: 'DeadlineExceeded', message: 'too long' }
  it.each<[string, PodFact[], number, string[]]>([
    ['is looked at again then', running, 0, [...watches, 'wake +60s']],
    ['is given up after it, whatever it is at', [], 60, ['giveUp']],
    ['is given up after it, when it runs', running, 60, ['giveUp']],
    [
      'ends its containers then',
      [...running, { type: 'givenUp', failure }],
      60,
      ['stop web 30s', ...watches],
    ],
    [
      'is over once they have ended, and starts none again',
      [...running, { type: 'givenUp', failure }, exited('web', 143, 61), exited('proxy', 143, 61)],
      61,
      ['release'],
    ],
  ])('%s', (_, facts, at, expected) => {
    expect(planned(pod, after(pod, facts), { nowMs: seconds(at) })).toEqual(expected)
  })

  it('counts from when the node took it, also after a restart of the agent', () => {
    const status = { startTime: '2025-12-31T23:59:30Z' }
    const older = samplePod({ spec: { activeDeadlineSeconds: 60 }, status })
    expect(planned(older, initialState(older, [], NOW), { nowMs: seconds(30) })).toEqual(['giveUp'])
    expect(planned(older, initialState(older, [], NOW))).toEqual(['mountVolumes', 'wake +30s'])
  })
})

describe('a pod whose object or machine has gone', () => {
  const pod = samplePod()
  it.each<[PodFact[], string[]]>([
    [[...READY, started('web')], ['removeSandbox']],
    [[...READY, started('web'), { type: 'removed' }], ['release']],
    [[...READY, started('web'), { type: 'removed' }, { type: 'released' }], []],
  ])('is taken away at once: %#', (facts, expected) => {
    expect(planned(pod, after(pod, facts), { mode: 'remove' })).toEqual(expected)
  })

  it('is left as it is when the agent stops', () => {
    expect(planned(pod, after(pod, [...READY, started('web')]), { mode: 'leave' })).toEqual([])
  })
})

describe('ports that only a Service names', () => {
  const pod = samplePod({ spec: { initContainers: [proxy] } })
  const running = [...READY, started('proxy'), started('web')]
  it('are opened by the first container, once', () => {
    const state = after(pod, running)
    const servicePorts = [8080, 9090]
    expect(planned(pod, state, { servicePorts })[0]).toBe('expose web 8080 9090')
    const opened = withFact(state, pod, { type: 'exposed', ports: [8080, 9090] })
    expect(planned(pod, opened, { servicePorts })).toEqual(['watch exit proxy', 'watch exit web'])
    expect(planned(pod, opened, { servicePorts: [9090, 7070] })[0]).toBe('expose web 7070')
  })

  it('wait until it runs', () => {
    expect(planned(pod, after(pod, [...READY, started('proxy')]), { servicePorts: [8080] })).toEqual([
      'start web',
      'watch exit proxy',
    ])
  })
})

describe('after a restart of the agent', () => {
  const running = (name: string) => ({
    id: `${name}-id`,
    sandboxId: 'u1',
    name,
    image: 'i',
    startedAtMs: seconds(-60),
  })
  const runs = {
    state: { running: { startedAt: '2025-12-31T23:59:00Z' } },
    containerID: 'containerd://web-id',
  }
  const shared = { name: 'web', image: 'i', imageID: 'i', lastState: {} }

  /** Nothing runs any more; volumes and sandbox are there again. */
  const ready = (pod: Pod): PodState =>
    READY.reduce((state, fact) => withFact(state, pod, fact), initialState(pod, [], NOW))

  it('takes over what runs, mounts nothing anew and makes the sandbox known again', () => {
    const containerStatuses = [{ ...shared, ...runs, ready: true, started: true, restartCount: 2 }]
    const pod = samplePod({ status: { phase: 'Running', containerStatuses } })
    const state = initialState(pod, [running('web')], NOW)
    expect(planned(pod, state)).toEqual(['createSandbox'])
    expect(planned(pod, withFact(state, pod, { type: 'sandboxed', ip: '10.0.0.20' }))).toEqual([
      'watch exit web',
    ])
    expect(state.containers[0]).toMatchObject({
      id: 'web-id',
      restarts: 2,
      isStarted: true,
      isProbedReady: true,
    })
  })

  it('counts what has gone as ended with 137, and starts it again where the policy says so', () => {
    const containerStatuses = [{ ...shared, ...runs, ready: true, started: true, restartCount: 2 }]
    for (const [restartPolicy, expected] of [
      ['Always', 'start web'],
      ['Never', 'release'],
    ] as const) {
      const pod = samplePod({ spec: { restartPolicy }, status: { phase: 'Running', containerStatuses } })
      const state = ready(pod)
      expect(planned(pod, state)).toEqual([expected])
      expect(state.containers[0]?.phase).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' })
    }
  })

  it('mounts again where nothing runs: its volumes may have gone with what ran', () => {
    const containerStatuses = [{ ...shared, ...runs, ready: true, started: true, restartCount: 2 }]
    const pod = samplePod({ status: { phase: 'Running', containerStatuses } })
    expect(planned(pod, initialState(pod, [], NOW))).toEqual(['mountVolumes'])
  })

  it('starts a container again that had ended when the agent was killed', () => {
    const terminated = { exitCode: 1, reason: 'Error' }
    const ended = {
      ...shared,
      state: { terminated },
      ready: false,
      restartCount: 0,
      containerID: 'containerd://web-id',
    }
    const pod = samplePod({ status: { phase: 'Running', containerStatuses: [ended] } })
    const state = ready(pod)
    expect(planned(pod, state)).toEqual(['start web'])
    expect(withFact(state, pod, started('web')).containers[0]).toMatchObject({ restarts: 1 })
  })

  it('goes on with init containers where they were', () => {
    const terminated = { exitCode: 0, reason: 'Completed' }
    const initContainerStatuses = [
      {
        ...shared,
        name: 'setup',
        state: { terminated },
        ready: true,
        restartCount: 0,
        containerID: 'containerd://s',
      },
    ]
    const spec = { initContainers: [setup], containers: [web] }
    const pod = samplePod({ spec, status: { phase: 'Pending', initContainerStatuses } })
    const state = ready(pod)
    expect(planned(pod, state)).toEqual(['start web'])
  })
})
