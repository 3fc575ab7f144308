// Owns how a container is shown in `status.containerStatuses[]`; pure.
import type { ContainerStatus } from '../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../base/clock.ts'
import { isReady, type ContainerState, type TerminatedPhase } from './container-state.ts'
import { fullImageName } from '../rules/kubernetes/image-name.ts'

/** The status of one container, as the kubelet writes it. */
export function containerStatus(container: ContainerState): ContainerStatus {
  const { spec, id, last, phase, isEphemeral, isStarted } = container
  const image = spec.image ?? ''
  return {
    name: spec.name,
    state: stateOf(container),
    lastState: last ? terminatedState(last.phase, last.id) : {},
    ready: isReady(container),
    ...resourcesOf(container),
    restartCount: container.restarts,
    // containerd reports the full name once it has the image.
    image: (id !== undefined && fullImageName(image)) || image,
    imageID: container.imageId,
    ...(id !== undefined && { containerID: `containerd://${id}` }),
    ...(!isEphemeral && { started: phase.type === 'running' && isStarted }),
  }
}

// What was given to a container that has started (KEP-1287): all of what it asks for, once a resize is carried out.
function resourcesOf({
  spec,
  id,
  resizing,
}: ContainerState): Pick<ContainerStatus, 'allocatedResources' | 'resources'> {
  if (id === undefined) return {}
  const allocated = spec.resources?.requests ?? {}
  const { requests = {}, limits = {} } = (resizing ? resizing.from : spec.resources) ?? {}
  return {
    ...(Object.keys(allocated).length > 0 && { allocatedResources: allocated }),
    resources: {
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(Object.keys(requests).length > 0 && { requests }),
    },
  }
}

function stateOf({ phase, id = '' }: ContainerState): NonNullable<ContainerStatus['state']> {
  if (phase.type === 'running') return { running: { startedAt: formatTimestamp(phase.startedAtMs) } }
  if (phase.type === 'terminated') return terminatedState(phase, id)
  const { reason, message } = phase
  return { waiting: { reason, ...(message !== undefined && { message }) } }
}

function terminatedState(phase: TerminatedPhase, id: string): NonNullable<ContainerStatus['state']> {
  return {
    terminated: {
      exitCode: phase.exitCode,
      reason: phase.reason,
      ...(phase.message === undefined ? {} : { message: phase.message }),
      startedAt: formatTimestamp(phase.startedAtMs),
      finishedAt: formatTimestamp(phase.finishedAtMs),
      containerID: `containerd://${id}`,
    },
  }
}
