// Owns which changes of pods may let a waiting pod in: the others do not wake it. Pure.
// Source: kubernetes pkg/scheduler/framework/plugins (EventsToRegister of each plug-in).
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'

/** What a change of a pod means to those that wait: room is free, company has come or changed, or nothing. */
export type Hint = 'room' | 'company' | undefined

/** What the change means; `before` and `after` as an informer tells them. */
export function hintOf(before: Pod | undefined, after: Pod | undefined): Hint {
  if (!after) return before?.spec.nodeName || before?.status?.nominatedNodeName ? 'room' : undefined
  if (!after.spec.nodeName) return undefined
  if (!before?.spec.nodeName) return isPodTerminal(after) ? undefined : 'company'
  if (isPodTerminal(before) !== isPodTerminal(after)) return 'room'
  return deepEqual(before.metadata.labels, after.metadata.labels) ? undefined : 'company'
}

/** True for a pod that a newcomer may let in: it wants others near, or as many in one place as in another. */
export function looksAtOthers({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  return (
    Boolean(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length) ||
    // Labels may change away from what it keeps clear of.
    Boolean(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length) ||
    (spec.topologySpreadConstraints ?? []).some(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
    )
  )
}
