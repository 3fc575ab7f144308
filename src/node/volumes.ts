// Owns what the kubelet needs to have of each volume before a pod's sandbox is made, and what it says when it has not.
// Sources: pkg/volume/{configmap,secret,projected,hostpath,csi}, pkg/kubelet/volumemanager.
import type {
  ConfigMap,
  KeyToPath,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Volume,
  VolumeProjection,
} from '../../generated/kubernetes.d.ts'
import { aggregateText } from '../base/errors.ts'
import type { HostPathKind } from '../rules/nodes/host-paths.ts'

/** Where volumes come from. Lookups resolve to undefined when there is no such object. */
export interface VolumeSources {
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
  claim(name: string): Promise<PersistentVolumeClaim | undefined>
  /** False while the volume of a bound claim is yet to be attached to the pod's node. */
  isAttached(claim: PersistentVolumeClaim): Promise<boolean>
  hasServiceAccount(name: string): Promise<boolean>
  /** What the node has at a path; makes it when `create` is given and nothing is there. */
  hostPath(path: string, create?: HostPathKind): HostPathKind | undefined
}

/** An event of the pod, each time a volume could not be mounted. */
export interface MountFault {
  readonly reason: 'FailedMount' | 'FailedAttachVolume'
  readonly message: string
  /** Who says so. */
  readonly from: 'kubelet' | 'attachdetach-controller'
  /** What is to come by itself; it is worth an event only after a while. */
  readonly isWait?: true
}

const FIRST_RETRY_MS = 500
/** pkg/util/goroutinemap/exponentialbackoff: maxDurationBeforeRetry. */
const LONGEST_RETRY_MS = 122_000

/** volumemanager: podAttachAndMountTimeout, after which the kubelet says that it waits; and how often it looks. */
const WAIT_MS = 123_000
const LOOK_MS = 300

/** When the kubelet looks again, in ms, and whether it says something of it, having looked so often for so long. */
export function waitStep(failures: number): { readonly retryMs: number; readonly isWorthAnEvent: boolean } {
  const every = Math.ceil(WAIT_MS / LOOK_MS)
  return { retryMs: LOOK_MS, isWorthAnEvent: (failures + 1) % every === 0 }
}

/** How long the kubelet waits after so many failures in a row, in ms. */
export function mountRetryMs(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures)
}

/** Tries every volume that a container mounts. @returns why the pod must wait; nothing when all are there. */
export async function mountFaults(pod: Pod, sources: VolumeSources): Promise<MountFault[]> {
  const used = mountedVolumes(pod)
  const volumes = (pod.spec.volumes ?? []).filter(({ name }) => used.has(name))
  const faults = await Promise.all(volumes.map((volume) => mountFault(pod, volume, sources)))
  return faults.filter((fault) => fault !== undefined)
}

// Volumes that no container mounts are not looked at (desired_state_of_world_populator.go).
function mountedVolumes({ spec }: Pod): ReadonlySet<string> {
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  return new Set(
    containers.flatMap(({ volumeMounts = [], volumeDevices = [] }) =>
      [...volumeMounts, ...volumeDevices].map(({ name }) => name),
    ),
  )
}

// What a stand-in cannot know (an NFS server, an image, a disk behind iSCSI or Fibre Channel) is taken to be there.
async function mountFault(pod: Pod, volume: Volume, sources: VolumeSources): Promise<MountFault | undefined> {
  const { name, configMap, secret, projected, hostPath, csi } = volume
  const failed = (errors: readonly string[]): MountFault | undefined => {
    if (errors.length === 0) return undefined
    return mountFailure(`MountVolume.SetUp failed for volume "${name}" : ${aggregateText(errors)}`)
  }
  if (configMap) return failed(await configMapErrors(configMap, sources))
  if (secret) return failed(await secretErrors({ ...secret, name: secret.secretName }, sources))
  if (projected) {
    const errors = await Promise.all(
      (projected.sources ?? []).map((source) => projectionErrors(pod, source, sources)),
    )
    return failed(errors.flat())
  }
  if (hostPath) return failed(hostPathErrors(hostPath, sources))
  if (csi) {
    const text = `volume mode "Ephemeral" not supported by driver ${csi.driver} (no CSIDriver object)`
    return mountFailure(`MountVolume.NewMounter initialization failed for volume "${name}" : ${text}`)
  }
  return (await claimFault(pod, volume, sources)) ?? diskFault(pod, volume)
}

function mountFailure(message: string): MountFault {
  return { reason: 'FailedMount', message, from: 'kubelet' }
}

// A pod with a claim that is not bound reaches a node only when it was bound past the scheduler. What a bound claim
// holds is taken to be there. Source: pkg/kubelet/volumemanager/populator (getPVCExtractPV).
async function claimFault(
  pod: Pod,
  { name, persistentVolumeClaim, ephemeral }: Volume,
  sources: VolumeSources,
): Promise<MountFault | undefined> {
  const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${pod.metadata.name}-${name}`)
  if (claim === undefined) return undefined
  const found = await sources.claim(claim)
  const cause = claimProblem(claim, found)
  if (cause === undefined) {
    if (!found || (await sources.isAttached(found))) return undefined
    const message = `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[]: context deadline exceeded`
    return { ...mountFailure(message), isWait: true }
  }
  const state = `unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]`
  return mountFailure(
    `Unable to attach or mount volumes: ${state}: error processing PVC ${pod.metadata.namespace}/${claim}: ${cause}`,
  )
}

function claimProblem(name: string, claim: PersistentVolumeClaim | undefined): string | undefined {
  if (!claim) return `failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`
  if (claim.metadata.deletionTimestamp) return 'PVC is being deleted'
  return claim.status?.phase === 'Bound' && claim.spec?.volumeName ? undefined : 'PVC is not bound'
}

// The in-tree EBS volume is the CSI driver's since Kubernetes 1.25; no node has that driver without its add-on.
function diskFault(pod: Pod, { name, awsElasticBlockStore }: Volume): MountFault | undefined {
  if (!awsElasticBlockStore) return undefined
  const text = `CSINode ${pod.spec.nodeName} does not contain driver ebs.csi.aws.com`
  return {
    reason: 'FailedAttachVolume',
    message: `AttachVolume.Attach failed for volume "${name}" : ${text}`,
    from: 'attachdetach-controller',
  }
}

interface Reference {
  readonly name?: string | undefined
  readonly items?: readonly KeyToPath[] | undefined
  readonly optional?: boolean | undefined
}

async function configMapErrors(reference: Reference, sources: VolumeSources): Promise<string[]> {
  const { name = '', items = [], optional } = reference
  const found = await sources.configMap(name)
  if (!found) return optional ? [] : [`configmap "${name}" not found`]
  const missing = items.find(({ key }) => !hasKey(found.data, key) && !hasKey(found.binaryData, key))
  return missing && !optional ? [`configmap references non-existent config key: ${missing.key}`] : []
}

async function secretErrors(reference: Reference, sources: VolumeSources): Promise<string[]> {
  const { name = '', items = [], optional } = reference
  const found = await sources.secret(name)
  if (!found) return optional ? [] : [`secret "${name}" not found`]
  const missing = items.find(({ key }) => !hasKey(found.data, key))
  return missing && !optional ? [`references non-existent secret key: ${missing.key}`] : []
}

function hasKey(data: Readonly<Record<string, string>> | undefined, key: string): boolean {
  return data !== undefined && Object.hasOwn(data, key)
}

async function projectionErrors(
  pod: Pod,
  { configMap, secret, serviceAccountToken, downwardAPI, ...others }: VolumeProjection,
  sources: VolumeSources,
): Promise<string[]> {
  if (configMap) return await configMapErrors(configMap, sources)
  if (secret) return await secretErrors(secret, sources)
  if (serviceAccountToken) {
    const account = pod.spec.serviceAccountName ?? 'default'
    if (await sources.hasServiceAccount(account)) return []
    return [`failed to fetch token: serviceaccounts "${account}" not found`]
  }
  if (downwardAPI) return []
  // No source of a text: Neargate's own words.
  return Object.keys(others).map((kind) => `Neargate does not emulate ${kind} projections`)
}

function hostPathErrors({ path, type }: NonNullable<Volume['hostPath']>, sources: VolumeSources): string[] {
  const check = HOST_PATH_CHECKS[type ?? '']
  if (!check) return []
  const { kind, words, isMade } = check
  const found = sources.hostPath(path, isMade ? kind : undefined)
  return found === kind ? [] : [`hostPath type check failed: ${path} is not a ${words}`]
}

// pkg/volume/hostpath/host_path.go checkType. Without a type nothing is checked.
const HOST_PATH_CHECKS: Readonly<
  Record<string, { readonly kind: HostPathKind; readonly words: string; readonly isMade: boolean }>
> = {
  Directory: { kind: 'Directory', words: 'directory', isMade: false },
  DirectoryOrCreate: { kind: 'Directory', words: 'directory', isMade: true },
  File: { kind: 'File', words: 'file', isMade: false },
  FileOrCreate: { kind: 'File', words: 'file', isMade: true },
  Socket: { kind: 'Socket', words: 'socket file', isMade: false },
  CharDevice: { kind: 'CharDevice', words: 'character device', isMade: false },
  BlockDevice: { kind: 'BlockDevice', words: 'block device', isMade: false },
}
