// Owns what is said of volumes of kinds that came out of use, and of files of a volume that lie in each other's way.
// Source of the rules and words: kubernetes pkg/api/pod/warnings.go, pkg/api/persistentvolume/util.go.
import type { Volume, VolumeProjection } from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { claimWarnings } from './persistent-volume-claim-rules.ts'

const OUT_OF_USE = {
  photonPersistentDisk: ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  gitRepo: ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  scaleIO: ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  flocker: ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  storageos: ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  quobyte: ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  glusterfs: ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  cephfs: ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  rbd: ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
} as const

/** The warnings for sources of a volume at `path`, each a field of it; those out of use have one. */
export function sourceWarnings(
  sources: Readonly<Partial<Record<keyof typeof OUT_OF_USE, unknown>>>,
  path: string,
): string[] {
  return Object.entries(OUT_OF_USE).flatMap(([source, [name, why]]) =>
    isObject(sources[source as keyof typeof OUT_OF_USE]) ? [`${path}.${name}: ${why}`] : [],
  )
}

/** The warnings for the volumes of a pod, which stand at `path`. */
export function volumeWarnings(volumes: readonly Volume[], path: string): string[] {
  const sources = volumes.flatMap((volume, i) => {
    const template = volume.ephemeral?.volumeClaimTemplate
    const claim = template
      ? claimWarnings(template.spec, `${path}[${i}].ephemeral.volumeClaimTemplate.spec`)
      : []
    return [...sourceWarnings(volume, `${path}[${i}]`), ...claim]
  })
  return [...sources, ...volumes.flatMap(overlapsOf)]
}

interface Place {
  readonly path: string
  /** Who puts a file there; empty where a volume has one source. */
  readonly source: string
}

function overlapsOf({ name, configMap, secret, downwardAPI, projected }: Volume): string[] {
  const say = (what: string) => (overlap: string) =>
    `volume ${quoted(name)} (${what}): overlapping paths: ${overlap}`
  return [
    ...overlaps(placesOf(configMap?.items)).map(say(`ConfigMap ${quoted(configMap?.name)}`)),
    ...overlaps(placesOf(secret?.items)).map(say(`Secret ${quoted(secret?.secretName)}`)),
    ...overlaps(placesOf(downwardAPI?.items)).map(say('DownwardAPI')),
    ...(projected?.sources ?? []).flatMap((source) =>
      Object.keys(source).length === 0 ? [`volume ${quoted(name)} (Projected) has no sources provided`] : [],
    ),
    ...overlaps((projected?.sources ?? []).flatMap(projectedPlaces)).map(say('Projected')),
  ]
}

function projectedPlaces(source: VolumeProjection): Place[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source
  if (configMap?.items) return placesOf(configMap.items, `ConfigMap ${quoted(configMap.name)}`)
  if (secret?.items) return placesOf(secret.items, `Secret ${quoted(secret.name)}`)
  if (downwardAPI?.items) return placesOf(downwardAPI.items, 'DownwardAPI')
  if (serviceAccountToken) return placesOf([serviceAccountToken], 'ServiceAccountToken')
  if (clusterTrustBundle) {
    const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName
    return placesOf([clusterTrustBundle], `ClusterTrustBundle ${quoted(name)}`)
  }
  return [
    { path: podCertificate?.certificateChainPath ?? '', source: 'PodCertificate chain' },
    { path: podCertificate?.keyPath ?? '', source: 'PodCertificate key' },
    { path: podCertificate?.credentialBundlePath ?? '', source: 'PodCertificate credential bundle' },
  ]
}

function placesOf(files: readonly { readonly path: string }[] = [], source = ''): Place[] {
  return files.map(({ path }) => ({ path, source }))
}

// A file lies in the way of another that has its path, and of all that would lie below it.
function overlaps(places: readonly Place[]): string[] {
  const trimmed = places.map(({ path, source }) => ({ path: path.replace(/\/+$/, ''), source }))
  return trimmed.flatMap((place, i) =>
    trimmed.slice(0, i).flatMap((earlier) => {
      if (place.path === '' || earlier.path === '') return []
      const [a, b] = [`${place.path}/`, `${earlier.path}/`]
      return a.startsWith(b) || b.startsWith(a) ? [`${textOf(place)} with ${textOf(earlier)}`] : []
    }),
  )
}

function textOf({ path, source }: Place): string {
  return source === '' ? quoted(path) : `${quoted(path)} (${source})`
}

function quoted(text = ''): string {
  return JSON.stringify(text)
}
