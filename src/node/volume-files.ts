// Owns the volumes of pods as directories of this machine: where each is, what is in it, and where containers see it.
import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, realpath, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { PersistentVolume, Pod, Volume } from '../../generated/kubernetes.d.ts'
import type { HostMount } from '../runtime/runtime.ts'
import { writeFiles, type VolumeFile } from './atomic-files.ts'
import type { ContainerState } from './container-state.ts'
import { EnvironmentError, expand } from './environment.ts'
import { isNotFoundFile } from './file-errors.ts'
import { memoryVolumeBytes, mountMemory, removeMemory } from './memory-volume.ts'
import { NODE_HOSTS } from './sandbox-environment.ts'
import { soleUser, volumeContent, type ContentSources } from './volume-content.ts'

/** Directories of this machine for what containers of a cluster keep. */
export interface PodDirectories {
  /** A directory a pod, by its UID; gone with its sandbox. */
  readonly pods: string
  /** What hostPath volumes see: a root directory a node. */
  readonly nodes: string
  /** Persistent volumes. */
  readonly volumes: string
  /** For emptyDir volumes in memory; gone with the machine. */
  readonly memory: string
}

export interface VolumeSourcesOfPod extends ContentSources {
  readonly nodeName: string
  /** The volume that a claim of the pod's namespace is bound to. */
  persistentVolume(claim: string): Promise<PersistentVolume | undefined>
}

// pkg/volume/volume_linux.go SetVolumeOwnership
const GROUP_BITS = 0o660
const DIRECTORY_BITS = 0o2770

/** Makes the directories of all volumes of a pod, and writes those that hold data of the API. */
export async function prepareVolumes(
  directories: PodDirectories,
  sources: VolumeSourcesOfPod,
): Promise<void> {
  const { volumes = [] } = sources.pod.spec
  await Promise.all(volumes.map((volume) => prepare(volume, directories, sources)))
}

/** Brings what changes while the pod runs up to date: data of the API, and tokens. */
export async function refreshVolumes(
  directories: PodDirectories,
  sources: VolumeSourcesOfPod,
): Promise<void> {
  const { volumes = [] } = sources.pod.spec
  await Promise.all(
    volumes.map(async (volume) => {
      const files = await volumeContent(volume, sources)
      if (files) await writeContent(pathOf(volume, directories, sources), files, sources.pod)
    }),
  )
}

/** Removes what a pod leaves outside of its own directory. */
export async function removeVolumes({ memory }: PodDirectories, podUid: string): Promise<void> {
  await removeMemory(join(memory, podUid))
}

/**
 * Where a container sees its volumes.
 * @throws EnvironmentError when a subPath leads nowhere
 */
export async function mountsOf(
  { volumeMounts = [] }: ContainerState['spec'],
  options: {
    readonly directories: PodDirectories
    readonly sources: VolumeSourcesOfPod
    readonly environment: Readonly<Record<string, string>>
  },
): Promise<HostMount[]> {
  const { directories, sources, environment } = options
  const { volumes = [] } = sources.pod.spec
  return await Promise.all(
    volumeMounts.map(async (mount): Promise<HostMount> => {
      const volume = volumes.find(({ name }) => name === mount.name)
      if (!volume) throw new EnvironmentError(`no volume is named ${mount.name}`)
      const root = await directoryOf(volume, directories, sources)
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, environment) : mount.subPath
      return {
        hostPath: subPath ? await madeInside(root, subPath) : root,
        // pkg/kubelet/kubelet_pods.go makeMounts: what is relative is so to the root, whatever the image's directory.
        containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
        isReadOnly: holdsApiData(volume) || (mount.readOnly ?? false),
        propagation: propagationOf(mount.mountPropagation),
      }
    }),
  )
}

// The kubelet mounts these read-only, whatever the pod says (GetAttributes of each plugin).
function holdsApiData({ configMap, secret, projected, downwardAPI }: Volume): boolean {
  return [configMap, secret, projected, downwardAPI].some((source) => source !== undefined)
}

function propagationOf(mode: string | undefined): NonNullable<HostMount['propagation']> {
  if (mode === 'Bidirectional') return 'rshared'
  return mode === 'HostToContainer' ? 'rslave' : 'private'
}

async function prepare(
  volume: Volume,
  directories: PodDirectories,
  sources: VolumeSourcesOfPod,
): Promise<void> {
  const { pod } = sources
  const files = await volumeContent(volume, sources)
  const path = await directoryOf(volume, directories, sources)
  if (files) return await writeContent(path, files, pod)
  if (volume.hostPath) return await prepareHostPath(path, volume.hostPath.type)
  await mkdir(path, { recursive: true })
  if (volume.emptyDir?.medium === 'Memory') {
    await mountMemory(path, memoryVolumeBytes(volume, pod, sources.allocatable))
  }
  const { fsGroup } = pod.spec.securityContext ?? {}
  if (fsGroup !== undefined) {
    await chown(path, 0, fsGroup)
    await chmod(path, volume.emptyDir ? 0o2777 : DIRECTORY_BITS | 0o005)
  } else if (volume.emptyDir) await chmod(path, 0o777)
}

// The kubelet makes a directory where nothing is said, because the engine would.
async function prepareHostPath(path: string, type: string | undefined): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there) return
  const isFile = type === 'File' || type === 'FileOrCreate'
  await mkdir(isFile ? dirname(path) : path, { recursive: true })
  if (isFile) await writeFile(path, '', { mode: 0o644 })
}

async function writeContent(directory: string, files: readonly VolumeFile[], pod: Pod): Promise<void> {
  const { fsGroup } = pod.spec.securityContext ?? {}
  const owned = files.map((file) =>
    fsGroup === undefined ? file : { ...file, mode: file.mode | (GROUP_BITS & 0o440) },
  )
  await writeFiles(directory, owned, {
    version: versionOf(owned),
    owner: { uid: hasPrivateFile(files) ? soleUser(pod.spec) : undefined, gid: fsGroup },
  })
}

function hasPrivateFile(files: readonly VolumeFile[]): boolean {
  return files.some(({ mode }) => (mode & 0o077) === 0)
}

// The same content is the same version: nothing is written then.
function versionOf(files: readonly VolumeFile[]): string {
  const hash = createHash('sha256')
  for (const { path, bytes, mode } of files) hash.update(`${path}\0${mode}\0${bytes.length}\0`).update(bytes)
  return `..${hash.digest('hex').slice(0, 16)}`
}

async function directoryOf(
  volume: Volume,
  directories: PodDirectories,
  sources: VolumeSourcesOfPod,
): Promise<string> {
  const { persistentVolumeClaim, ephemeral, name } = volume
  const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${sources.pod.metadata.name}-${name}`)
  if (claim === undefined) return await resolved(pathOf(volume, directories, sources), directories, sources)
  const found = await sources.persistentVolume(claim)
  if (!found) throw new EnvironmentError(`persistentvolumeclaim "${claim}" is not bound`)
  return await resolved(persistentPath(found, directories, sources.nodeName), directories, sources)
}

// Containers make what is in the directory of a node, links too.
async function resolved(
  path: string,
  { nodes }: PodDirectories,
  { nodeName }: VolumeSourcesOfPod,
): Promise<string> {
  const root = join(nodes, nodeName)
  if (path !== root && !path.startsWith(`${root}/`)) return path
  // What was made now is a new machine: some read its own file beside the one of their pod.
  if ((await mkdir(root, { recursive: true })) !== undefined) {
    await mkdir(join(root, 'etc'), { recursive: true })
    await writeFile(join(root, 'etc/hosts'), NODE_HOSTS)
  }
  return await inside(root, path.slice(root.length))
}

/** The directory of a persistent volume: of its handle where a driver made it, else of its own name. */
export function persistentPath(
  { metadata, spec }: PersistentVolume,
  { nodes, volumes }: Pick<PodDirectories, 'nodes' | 'volumes'>,
  nodeName: string,
): string {
  const onNode = spec?.hostPath?.path ?? spec?.local?.path
  // Joining takes out what would lead out of the node's own root.
  if (onNode !== undefined) return join(nodes, nodeName, join('/', onNode))
  const handle = spec?.csi?.volumeHandle ?? metadata.name
  return join(volumes, handle.replaceAll(/[^\w.-]/g, '_').replace(/^\.{1,2}$/, '_'))
}

function pathOf(volume: Volume, directories: PodDirectories, { pod, nodeName }: VolumeSourcesOfPod): string {
  const { hostPath } = volume
  if (hostPath) return join(directories.nodes, nodeName, join('/', hostPath.path))
  return emptyDirPath(volume, directories, pod)
}

/** The directory of a volume that lives as long as its pod. */
export function emptyDirPath(
  { name, emptyDir }: Volume,
  { pods, memory }: PodDirectories,
  { metadata }: Pod,
): string {
  return join(emptyDir?.medium === 'Memory' ? memory : pods, metadata.uid, 'volumes', name)
}

/**
 * A path in a volume that does not lead out of it; made where nothing is (pkg/volume/util/subpath SafeMakeDir).
 * @throws EnvironmentError in the words of pkg/kubelet/kubelet_pods.go (makeMounts): what variables make of it is known now
 */
async function madeInside(root: string, subPath: string): Promise<string> {
  if (subPath.startsWith('/')) {
    throw new EnvironmentError(`error SubPath \`${subPath}\` must not be an absolute path`)
  }
  if (subPath.split('/').includes('..')) {
    throw new EnvironmentError(`unable to provision SubPath \`${subPath}\`: must not contain '..'`)
  }
  const path = await inside(root, subPath)
  if (await isThere(path)) return path
  // With the mode of the volume, whatever the umask: an fsGroup, and whoever may write to an emptyDir, may write here.
  const { mode } = await stat(root)
  const first = await mkdir(path, { recursive: true })
  for (let made = path; first && made.length >= first.length; made = dirname(made))
    await chmod(made, mode & 0o7777)
  return path
}

/**
 * A path below a directory, without links in it; it need not be there.
 * @throws EnvironmentError when a link leads out, or nowhere: what is made there would be made elsewhere
 */
async function inside(root: string, below: string): Promise<string> {
  const base = await realpath(root)
  const found = await withoutLinks(join(base, join('/', below)))
  if (found === base || found?.startsWith(`${base}/`)) return found
  throw new EnvironmentError(`failed to prepare subPath for volumeMount: ${below} leads out of its volume`)
}

/** @returns undefined for a link that leads nowhere */
async function withoutLinks(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!isNotFoundFile(error)) throw error
    if (await isThere(path)) return undefined
    const parent = await withoutLinks(dirname(path))
    return parent && join(parent, basename(path))
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isNotFoundFile(error)) return false
    throw error
  }
}
