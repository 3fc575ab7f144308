// Owns which pods Fargate refuses, in the words of its scheduler: `Pod not supported on Fargate: …`.
// Sources: Amazon EKS User Guide, "Fargate considerations"; events published in containers-roadmap and elsewhere.
import { isObject } from '../../base/json.ts'
import { extendedResourcesOf } from '../scheduling/extended-resources.ts'

interface SecurityContext {
  readonly privileged?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly capabilities?: { readonly add?: readonly string[] }
}

interface CheckedContainer {
  readonly securityContext?: SecurityContext
  readonly ports?: readonly { readonly hostPort?: number; readonly hostIP?: string }[]
  readonly volumeDevices?: readonly unknown[]
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>
    readonly limits?: Readonly<Record<string, string>>
  }
}

/** The part of a PodSpec that Fargate checks. */
export interface CheckedPodSpec {
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly containers: readonly CheckedContainer[]
  readonly initContainers?: readonly CheckedContainer[]
  readonly ephemeralContainers?: readonly CheckedContainer[]
  /** Each has a `name` and one member that is its type. */
  readonly volumes?: readonly { readonly name: string }[]
}

/** What became of a PersistentVolumeClaim, for the pods that mount it. */
export type ClaimState =
  | { readonly state: 'missing' }
  | { readonly state: 'unbound' }
  | { readonly state: 'bound'; readonly volume: string; readonly csiDriver?: string }

/** Looks a claim of the pod's namespace up. */
export type ClaimLookup = (claimName: string) => ClaimState

const PREFIX = 'Pod not supported on Fargate: '
/** Reason of the pod's condition PodScheduled=False. */
export const UNSUPPORTED_REASON = 'POD_UNSUPPORTED_ON_FARGATE'
const EFS_DRIVER = 'efs.csi.aws.com'

/** What containerd grants by default; anything else cannot be added. */
const ALLOWED_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

const ALLOWED_VOLUMES = new Set([
  'emptyDir',
  'secret',
  'configMap',
  'projected',
  'downwardAPI',
  'nfs',
  'persistentVolumeClaim',
])

/**
 * The event message with which fargate-scheduler refuses a pod, or undefined when it takes it.
 *
 * @param claimOf without it, claims are not checked (before anything exists, nothing is known about them)
 */
export function refusalOf(spec: CheckedPodSpec, claimOf?: ClaimLookup): string | undefined {
  const parts = refusalParts(spec, claimOf)
  return parts.length === 0 ? undefined : PREFIX + parts.join(', ')
}

/**
 * The parts of the refusal in the order in which AWS prints them: fields, security contexts, volumes, raw devices,
 * ports, devices. (Of volumes and ports together no sample is known; the kubelet's own check has volumes first.)
 */
function refusalParts(spec: CheckedPodSpec, claimOf?: ClaimLookup): string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]
  const fields = hostFields(spec)
  const contexts = containers.map((container) => contextFaults(container.securityContext)).filter(Boolean)
  const volumes = (spec.volumes ?? []).flatMap((volume) => volumeFault(volume, claimOf) ?? [])
  const parts: string[] = []
  if (fields.length > 0) parts.push(`fields not supported: ${fields.join(', ')}`)
  // One entry a container, with a bare comma between containers: `Privileged,Privileged`.
  if (contexts.length > 0) parts.push(`invalid SecurityContext fields: ${contexts.join(',')}`)
  if (volumes.length > 0) parts.push(`volumes not supported: ${volumes.join(', ')}`)
  if (containers.some((each) => (each.volumeDevices ?? []).length > 0))
    parts.push('volumeDevices not supported')
  if (containers.some(hasHostPort)) parts.push('port contains HostIP or HostPort')
  // EKS says that Fargate has no GPUs and no other devices; no text of an event is published, so these words are ours.
  const devices = extendedResourcesOf(containers)
  if (devices.length > 0) parts.push(`resources not supported: ${devices.join(', ')}`)
  return parts
}

function hostFields(spec: CheckedPodSpec): string[] {
  const fields: string[] = []
  if (spec.hostNetwork) fields.push('HostNetwork')
  if (spec.hostPID) fields.push('HostPID')
  if (spec.hostIPC) fields.push('HostIPC')
  return fields
}

function contextFaults(context: SecurityContext | undefined): string {
  const faults: string[] = []
  if (context?.privileged) faults.push('Privileged')
  if (context?.allowPrivilegeEscalation) faults.push('AllowPrivilegeEscalation')
  const added = (context?.capabilities?.add ?? []).filter((name) => !ALLOWED_CAPABILITIES.has(name))
  if (added.length > 0) faults.push(`Capabilities added: ${added.join(', ')}`)
  return faults.join(', ')
}

function volumeFault(volume: { readonly name: string }, claimOf?: ClaimLookup): string | undefined {
  const source = Object.entries(volume).find(([key, value]) => key !== 'name' && value !== undefined)
  // A volume without a source is an emptyDir (core/v1 defaulting).
  if (!source) return undefined
  const type: string = source[0]
  if (!ALLOWED_VOLUMES.has(type)) return `${volume.name} is of an unsupported volume Type`
  if (type !== 'persistentVolumeClaim' || !claimOf) return undefined
  const value: unknown = source[1]
  const claimName = isObject(value) ? String(value['claimName']) : ''
  const cause = claimFault(claimName, claimOf(claimName))
  return cause === undefined ? undefined : `${volume.name} not supported because: ${cause}`
}

function claimFault(claimName: string, claim: ClaimState): string | undefined {
  if (claim.state === 'missing') return `persistentvolumeclaim "${claimName}" not found`
  if (claim.state === 'unbound') return `PVC ${claimName} not bound`
  if (claim.csiDriver === undefined)
    return `PVC ${claimName} bound to invalid PV ${claim.volume} with nil CSI spec`
  if (claim.csiDriver === EFS_DRIVER) return undefined
  return `PVC ${claimName} bound to invalid PV ${claim.volume} with CSI Driver: ${claim.csiDriver}`
}

function hasHostPort(container: CheckedContainer): boolean {
  return (container.ports ?? []).some((port) => Boolean(port.hostPort) || Boolean(port.hostIP))
}
