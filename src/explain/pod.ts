// Owns why a pod is where it is, or why it does not run; pure.
import type { ContainerStatus, Event, Pod } from '../../generated/kubernetes.d.ts'
import { FARGATE_SCHEDULER, matchProfile } from '../rules/fargate/match.ts'
import type { FargateProfile } from '../rules/fargate/profile.ts'
import { formatCapacity, sizeOf } from '../rules/fargate/size.ts'
import { isPodReady, isPodTerminal, podCondition } from '../rules/scheduling/pod.ts'
import type { Cause, Explanation } from './explanation.ts'
import { containerRemedy, eventRemedy, schedulingRemedy } from './remedies.ts'

export interface PodFacts {
  readonly pod: Pod
  /** ACTIVE ones. */
  readonly profiles: readonly FargateProfile[]
  /** Those of the pod, oldest first. */
  readonly events: readonly Event[]
}

/** Explains a pod: which compute it has and why, and what keeps it from running. */
export function explainPod({ pod, profiles, events }: PodFacts): Explanation {
  const { namespace = 'default', name } = pod.metadata
  const isWell = isPodReady(pod) || pod.status?.phase === 'Succeeded'
  const causes = isWell ? [] : [...unplaced(pod), ...containerCauses(pod), ...warnings(pod, events)]
  return {
    subject: `pod ${namespace}/${name}`,
    verdict: verdictOf(pod),
    isWell,
    facts: [
      { name: 'compute', text: computeOf(pod, profiles) },
      ...(pod.spec.nodeName === undefined ? [] : [{ name: 'node', text: pod.spec.nodeName }]),
      ...sizeFacts(pod),
    ],
    causes: [...missed(pod, profiles), ...causes.filter(isFirstOf)],
  }
}

function isFirstOf({ said }: Cause, index: number, causes: readonly Cause[]): boolean {
  return causes.findIndex((each) => each.said === said) === index
}

function verdictOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'is ending'
  if (isPodTerminal(pod)) return `has ended: ${pod.status?.phase}`
  if (isPodReady(pod)) return 'runs and is ready'
  if (pod.spec.nodeName === undefined) return 'is Pending: no node has been found for it'
  return pod.status?.phase === 'Running'
    ? 'runs and is not ready'
    : 'is Pending: its containers do not run yet'
}

function isOnFargate({ spec }: Pod): boolean {
  return spec.schedulerName === FARGATE_SCHEDULER
}

// Placed pods name their node, and pods of Fargate their scheduler: what they asked for is without either.
function asAsked(pod: Pod): Pod {
  const { nodeName: _node, schedulerName, ...spec } = pod.spec
  const asked = schedulerName === undefined || isOnFargate(pod) ? spec : { ...spec, schedulerName }
  return { ...pod, spec: asked }
}

function computeOf(pod: Pod, profiles: readonly FargateProfile[]): string {
  const { compute, reason } = matchProfile(asAsked(pod), profiles)
  if (isOnFargate(pod))
    return compute === 'fargate' ? `Fargate: ${reason}` : 'Fargate: chosen when it was created'
  return compute === 'fargate' ? 'EC2: no Fargate profile took it when it was created' : `EC2: ${reason}`
}

/** Admission looks at a pod once: profiles that come later leave it where it is. */
function missed(pod: Pod, profiles: readonly FargateProfile[]): readonly Cause[] {
  if (isOnFargate(pod) || isPodTerminal(pod)) return []
  const placement = matchProfile(asAsked(pod), profiles)
  if (placement.compute === 'ec2') return []
  const help = 'Create it again to move it: kubectl rollout restart, or delete the pod.'
  return [{ by: 'EKS', said: `${placement.reason}, but only pods created from then on go to Fargate`, help }]
}

function sizeFacts(pod: Pod): Explanation['facts'] {
  if (!isOnFargate(pod)) return []
  const provisioned = pod.metadata.annotations?.['CapacityProvisioned']
  const sizing = sizeOf(pod.spec)
  const { cpuMilli, memoryBytes } = sizing.requests
  const asked = `asks for ${cpuMilli / 1000} vCPU and ${Math.round(memoryBytes / 1024 ** 2)} MiB, and 256 MiB are added`
  const given = provisioned ?? (sizing.fits ? formatCapacity(sizing.size) : 'no size')
  return [{ name: 'size', text: `${given}: it ${asked}` }]
}

function unplaced(pod: Pod): readonly Cause[] {
  const condition = podCondition(pod, 'PodScheduled')
  if (condition?.status !== 'False' || condition.message === undefined) return []
  const by = isOnFargate(pod) ? FARGATE_SCHEDULER : (pod.spec.schedulerName ?? 'default-scheduler')
  return [{ by, said: condition.message, help: schedulingRemedy(`${condition.reason} ${condition.message}`) }]
}

function containerCauses({ metadata, status }: Pod): readonly Cause[] {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  return all.flatMap((container) => containerCause(container, metadata.name) ?? [])
}

// What a kubelet says of containers that it has not come to yet.
const BEGINNING: ReadonlySet<string | undefined> = new Set(['ContainerCreating', 'PodInitializing'])

function containerCause({ name, state, lastState }: ContainerStatus, pod: string): Cause | undefined {
  const ended = state?.terminated ?? lastState?.terminated
  const waiting = state?.waiting
  if (ended && ended.exitCode !== 0) {
    const { reason = 'Error', exitCode, message = '' } = ended
    const again = waiting?.reason === undefined ? '' : `, now ${waiting.reason}`
    const said = `container ${name} ended with exit code ${exitCode} (${reason})${again} ${message}`.trimEnd()
    return { by: 'kubelet', said, help: containerRemedy(reason, pod) }
  }
  if (waiting?.reason === undefined || BEGINNING.has(waiting.reason)) return undefined
  const said = `container ${name} waits: ${waiting.reason} ${waiting.message ?? ''}`.trimEnd()
  return { by: 'kubelet', said, help: containerRemedy(waiting.reason, pod) }
}

// What the parts above say better.
const TOLD: ReadonlySet<string | undefined> = new Set(['FailedScheduling', 'BackOff', 'Failed'])

function warnings({ spec }: Pod, events: readonly Event[]): readonly Cause[] {
  const last = events.findLast(({ type, reason }) => type === 'Warning' && !TOLD.has(reason))
  if (!last || spec.nodeName === undefined) return []
  const { reason = '', message = '', source, reportingComponent } = last
  const by = source?.component ?? (reportingComponent || 'kubelet')
  return [{ by, said: `${reason}: ${message}`, help: eventRemedy(reason) }]
}
