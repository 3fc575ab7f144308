// Owns the files that a volume of the API's own data has: ConfigMaps, Secrets, tokens, fields of the pod.
// Sources: kubernetes pkg/volume/{configmap,secret,projected,downwardapi}.
import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../../generated/kubernetes.d.ts'
import type { VolumeFile } from './atomic-files.ts'
import { fieldValue, resourceValue } from './environment.ts'

export interface ContentSources {
  readonly pod: Pod
  readonly podIp: string
  readonly hostIp: string
  readonly allocatable: Readonly<Record<string, string>>
  /** Undefined when there is none. */
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
  /** A token of the pod's service account. */
  token(projection: ServiceAccountTokenProjection): Promise<string>
}

const DEFAULT_MODE = 0o644

/** The files of a volume; undefined for one that has none of the API's data. */
export async function volumeContent(
  volume: Volume,
  sources: ContentSources,
): Promise<readonly VolumeFile[] | undefined> {
  const { configMap, secret, projected, downwardAPI } = volume
  if (configMap) return await ofConfigMap(configMap, configMap.defaultMode, sources)
  if (secret) {
    const { secretName = '', defaultMode } = secret
    return await ofSecret({ ...secret, name: secretName }, defaultMode, sources)
  }
  if (downwardAPI) return ofFields(downwardAPI.items, downwardAPI.defaultMode, sources)
  if (!projected) return undefined
  const parts = (projected.sources ?? []).map((source) =>
    ofProjection(source, projected.defaultMode, sources),
  )
  return (await Promise.all(parts)).flat()
}

async function ofProjection(
  { configMap, secret, serviceAccountToken, downwardAPI }: VolumeProjection,
  mode: number | undefined,
  sources: ContentSources,
): Promise<readonly VolumeFile[]> {
  if (configMap) return await ofConfigMap(configMap, mode, sources)
  if (secret) return await ofSecret(secret, mode, sources)
  if (downwardAPI) return ofFields(downwardAPI.items, mode, sources)
  if (!serviceAccountToken) return []
  const bytes = Buffer.from(await sources.token(serviceAccountToken))
  return [{ path: serviceAccountToken.path, bytes, mode: tokenMode(sources.pod, mode) }]
}

// pkg/volume/projected: a token is its owner's alone where it is known who that is.
function tokenMode({ spec }: Pod, mode: number | undefined): number {
  if (spec.securityContext?.fsGroup !== undefined) return 0o600
  return soleUser(spec) === undefined ? (mode ?? DEFAULT_MODE) : 0o600
}

/** The user that all containers of a pod run as; undefined when they do not say so. */
export function soleUser({
  securityContext,
  containers,
  initContainers = [],
}: Pod['spec']): number | undefined {
  const users = new Set(
    [...initContainers, ...containers].map(
      (one) => one.securityContext?.runAsUser ?? securityContext?.runAsUser,
    ),
  )
  return users.size === 1 ? [...users][0] : undefined
}

interface Reference {
  readonly name?: string
  readonly items?: readonly KeyToPath[]
}

async function ofConfigMap(
  reference: Reference,
  mode: number | undefined,
  sources: ContentSources,
): Promise<readonly VolumeFile[]> {
  const found = await sources.configMap(reference.name ?? '')
  const texts = Object.entries(found?.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const)
  const binaries = Object.entries(found?.binaryData ?? {}).map(([key, text]) => [key, decoded(text)] as const)
  return filesOf(new Map([...texts, ...binaries]), reference.items, mode)
}

async function ofSecret(
  reference: Reference,
  mode: number | undefined,
  sources: ContentSources,
): Promise<readonly VolumeFile[]> {
  const found = await sources.secret(reference.name ?? '')
  const entries = Object.entries(found?.data ?? {}).map(([key, text]) => [key, decoded(text)] as const)
  return filesOf(new Map(entries), reference.items, mode)
}

// Whether keys that are named are there was asked before the pod was let in (volumes.ts).
function filesOf(
  data: ReadonlyMap<string, Buffer>,
  items: readonly KeyToPath[] | undefined,
  mode = DEFAULT_MODE,
): VolumeFile[] {
  const wanted: readonly KeyToPath[] =
    items && items.length > 0 ? items : [...data.keys()].map((key) => ({ key, path: key }))
  return wanted.flatMap((item) => {
    const bytes = data.get(item.key)
    return bytes ? [{ path: item.path, bytes, mode: item.mode ?? mode }] : []
  })
}

function ofFields(
  items: readonly DownwardAPIVolumeFile[] = [],
  defaultMode = DEFAULT_MODE,
  sources: ContentSources,
): VolumeFile[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode = defaultMode }) => {
    const text = fieldRef ? fieldText(fieldRef.fieldPath, sources) : resourceText(resourceFieldRef, sources)
    return { path, bytes: Buffer.from(text), mode }
  })
}

function fieldText(path: string, sources: ContentSources): string {
  const { metadata } = sources.pod
  if (path === 'metadata.labels') return mapText(metadata.labels)
  if (path === 'metadata.annotations') return mapText(metadata.annotations)
  return fieldValue(path, sources)
}

// pkg/fieldpath FormatMap: sorted, values quoted as Go does.
function mapText(map: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(map).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return lines.toSorted().join('\n')
}

function resourceText(reference: DownwardAPIVolumeFile['resourceFieldRef'], sources: ContentSources): string {
  const { containerName, resource = '', divisor = '1' } = reference ?? {}
  const { initContainers = [], containers } = sources.pod.spec
  const container = [...initContainers, ...containers].find(({ name }) => name === containerName)
  return resourceValue({ resource, divisor, container, allocatable: sources.allocatable })
}

function decoded(text: string): Buffer {
  return Buffer.from(text, 'base64')
}
