import { expect, test } from 'vitest'

import type { Pod, PodSpec } from '../../../generated/kubernetes.d.ts'
import { samplePod } from '../testing/samples.ts'
import { hintOf, looksAtOthers, type Hint } from './hints.ts'

const pending = samplePod('a')
const bound = samplePod('a', { spec: { nodeName: 'n' } })
const relabelled = samplePod('a', { labels: { app: 'b' }, spec: { nodeName: 'n' } })
const ended = samplePod('a', { spec: { nodeName: 'n' }, status: { phase: 'Succeeded' } })
const running = samplePod('a', { spec: { nodeName: 'n' }, status: { phase: 'Running' } })
const nominated = samplePod('a', { status: { nominatedNodeName: 'n' } })

test.each<[string, Pod | undefined, Pod | undefined, Hint]>([
  ['is made', undefined, pending, undefined],
  ['is bound', pending, bound, 'company'],
  ['is found bound', undefined, bound, 'company'],
  ['is found ended', undefined, ended, undefined],
  ['starts', bound, running, undefined],
  ['gets other labels', bound, relabelled, 'company'],
  ['ends', running, ended, 'room'],
  ['goes', bound, undefined, 'room'],
  ['goes while room is made for it', nominated, undefined, 'room'],
  ['goes without having had a node', pending, undefined, undefined],
])('a pod that %s', (_, before, after, hint) => {
  expect(hintOf(before, after)).toBe(hint)
})

const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: {} }
const spread = (whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'): Partial<PodSpec> => ({
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable }],
})

test.each<[string, Partial<PodSpec>, boolean]>([
  ['nothing', {}, false],
  [
    'others near',
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
    true,
  ],
  [
    'others away',
    { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
    true,
  ],
  ['an even spread', spread('DoNotSchedule'), true],
  ['an even spread if possible', spread('ScheduleAnyway'), false],
])('a pod that wants %s', (_, spec, looks) => {
  expect(looksAtOthers(samplePod('a', { spec }))).toBe(looks)
})
