// Owns the Node object of a machine: what the kubelet registers and reports.
import type { Node, NodeCondition } from '../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../base/clock.ts'
import { deepEqual } from '../base/json.ts'
import type { Draft } from '../kubernetes/client/client.ts'
import type { Machine } from './ports.ts'
import { transitionTime } from '../rules/kubernetes/conditions.ts'

// Texts of pkg/kubelet/nodestatus/setters.go.
const HEALTHY_CONDITIONS: readonly Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>[] = [
  {
    type: 'MemoryPressure',
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  {
    type: 'DiskPressure',
    status: 'False',
    reason: 'KubeletHasNoDiskPressure',
    message: 'kubelet has no disk pressure',
  },
  {
    type: 'PIDPressure',
    status: 'False',
    reason: 'KubeletHasSufficientPID',
    message: 'kubelet has sufficient PID available',
  },
  { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
]

const NETWORK_NOT_READY: (typeof HEALTHY_CONDITIONS)[number] = {
  type: 'Ready',
  status: 'False',
  reason: 'KubeletNotReady',
  message:
    'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
}

const RUNTIME_DOWN: (typeof HEALTHY_CONDITIONS)[number] = {
  type: 'Ready',
  status: 'False',
  reason: 'KubeletNotReady',
  message: 'container runtime is down',
}

/** True when the network plugin of a machine has started. */
export function hasNetwork({ isNetworkReady }: Machine): boolean {
  return isNetworkReady?.() ?? true
}

/** What is created when the API does not have the node. */
export function nodeDraft(machine: Machine, nowMs: number): Draft<Node> {
  return {
    metadata: {
      name: machine.nodeName,
      labels: { ...machine.labels },
      annotations: { ...machine.annotations },
    },
    spec: {
      providerID: machine.providerId,
      ...(machine.taints.length > 0 && { taints: machine.taints.map((taint) => ({ ...taint })) }),
    },
    status: nodeStatus(machine, undefined, nowMs),
  }
}

/** The status the kubelet posts; transition times are kept where nothing changed. */
export function nodeStatus(
  machine: Machine,
  current: Node['status'],
  nowMs: number,
): NonNullable<Node['status']> {
  const now = formatTimestamp(nowMs)
  const told = HEALTHY_CONDITIONS.map((condition) => {
    if (condition.type !== 'Ready') return condition
    if (machine.isRuntimeUp?.() === false) return RUNTIME_DOWN
    return hasNetwork(machine) ? condition : NETWORK_NOT_READY
  })
  const conditions = told.map((wanted) => {
    const before = current?.conditions?.find(({ type }) => type === wanted.type)
    return {
      ...wanted,
      lastHeartbeatTime: now,
      lastTransitionTime: transitionTime(before, wanted.status, now),
    } as NodeCondition
  })
  const foreign = (current?.conditions ?? []).filter(
    ({ type }) => !HEALTHY_CONDITIONS.some((own) => own.type === type),
  )
  return {
    ...current,
    capacity: { ...advertised(machine, current), ...machine.capacity },
    allocatable: allocatableNow(machine, current),
    conditions: [...foreign, ...conditions],
    addresses: [
      { type: 'InternalIP', address: machine.ip },
      { type: 'InternalDNS', address: machine.nodeName },
      { type: 'Hostname', address: machine.hostname },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: nodeInfo(machine),
  }
}

/** What the node leaves to pods: the machine's own share, and what was advertised beside it. */
export function allocatableNow(machine: Machine, current: Node['status']): Record<string, string> {
  return { ...advertised(machine, current), ...machine.allocatable }
}

// Capacity that somebody else wrote is kept and is all allocatable (pkg/kubelet/nodestatus MachineInfo).
function advertised(machine: Machine, current: Node['status']): Record<string, string> {
  const all = Object.entries(current?.capacity ?? {})
  return Object.fromEntries(all.filter(([name]) => !Object.hasOwn(machine.capacity, name)))
}

function nodeInfo(machine: Machine): NonNullable<NonNullable<Node['status']>['nodeInfo']> {
  // EC2 derives the system UUID from the instance; ids of other machines come from their names.
  const id = machine.providerId.split('/').at(-1) ?? machine.nodeName
  return {
    machineID: id,
    systemUUID: id,
    bootID: bootIdOf(machine),
    kernelVersion: machine.kernelVersion,
    osImage: machine.osImage,
    containerRuntimeVersion: machine.containerRuntimeVersion,
    kubeletVersion: machine.kubeletVersion,
    // Deprecated by KEP-4004 and no longer set, but the field must be there for old clients.
    kubeProxyVersion: '',
    operatingSystem: machine.system ?? 'linux',
    architecture: machine.architecture,
  }
}

/** What tells one boot of a machine from the next. */
export function bootIdOf({ bootId, providerId, nodeName }: Machine): string {
  return bootId ?? providerId.split('/').at(-1) ?? nodeName
}

/** True when posting `next` would tell nothing new but the time. */
export function isSameNodeStatus(a: Node['status'], b: Node['status']): boolean {
  const timeless = (status: Node['status']): unknown => ({
    ...status,
    conditions: status?.conditions?.map((condition) => ({ ...condition, lastHeartbeatTime: '' })),
  })
  return deepEqual(timeless(a), timeless(b))
}
