// Owns the rules for the volumes of a pod spec. Source: kubernetes pkg/apis/core/validation/validation.go
// (ValidateVolumes, validateVolumeSource).
import type { PersistentVolumeClaimTemplate, Volume } from '../../../generated/kubernetes.d.ts'
import { duplicate, forbidden, invalid, required, type FieldError } from './field-error.ts'
import { choice, namedBy } from './field-rules.ts'
import { nameProblems, validateAnnotations, validateLabels } from './naming.ts'
import { hostPathErrors } from './path-rules.ts'
import { validateClaimSpec } from './persistent-volume-claim-rules.ts'
import { validateDriverName } from './storage-rules.ts'
import { downwardFileErrors, fileMode, keyErrors, projectionErrors } from './volume-files.ts'
import { needed, sourceErrors, type VolumeSource } from './volume-sources.ts'

// In the order in which they are counted.
const SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const satisfies readonly (keyof Volume)[]

/** What upstream calls a source that is one too many, where that is not its name. */
const OTHER_NAMES: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' }
const LONG_INITIATOR =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'
const LONGEST_PORTAL = 64

/** Findings for volumes at `path`. */
export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const seen = new Set<string>()
  return volumes.flatMap((volume, i) => {
    const at = `${path}[${i}]`
    const errors = validateSources(volume, at)
    const problems = nameProblems(volume.name, 'label')
    if (!volume.name) errors.push(required(`${at}.name`))
    else errors.push(...problems.map((problem) => invalid(`${at}.name`, volume.name, problem)))
    if (seen.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name))
    if (problems.length === 0) seen.add(volume.name)
    return errors
  })
}

function validateSources(volume: Volume, at: string): FieldError[] {
  const [first, ...more] = SOURCES.filter((type) => volume[type] !== undefined)
  if (first === undefined) return [required(at, 'must specify a volume type')]
  const { iscsi, name } = volume
  const isLong = iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal}`.length > LONGEST_PORTAL
  return [
    ...validateSource(volume, first, at),
    ...more.map((type) =>
      forbidden(`${at}.${OTHER_NAMES[type] ?? type}`, 'may not specify more than 1 volume type'),
    ),
    ...(isLong ? [invalid(`${at}.name`, name, LONG_INITIATOR)] : []),
  ]
}

function validateSource(volume: Volume, type: (typeof SOURCES)[number], path: string): FieldError[] {
  const at = `${path}.${type}`
  const { hostPath, configMap, secret, persistentVolumeClaim: claim, emptyDir } = volume
  const { downwardAPI, projected, csi, ephemeral, image } = volume
  switch (type) {
    case 'emptyDir':
      return emptyDir?.sizeLimit?.startsWith('-')
        ? [forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
        : []
    case 'hostPath':
      return hostPath ? hostPathErrors(hostPath, at) : []
    case 'secret':
      return filesErrors(secret ?? {}, 'secretName', at)
    case 'configMap':
      return filesErrors(configMap ?? {}, 'name', at)
    case 'persistentVolumeClaim':
      return claim?.claimName ? [] : [required(`${at}.claimName`)]
    case 'downwardAPI':
      return [
        ...fileMode(`${at}.defaultMode`, downwardAPI?.defaultMode),
        ...(downwardAPI?.items ?? []).flatMap((file) => downwardFileErrors(file, at)),
      ]
    case 'projected':
      return projected ? projectionErrors(projected, at) : []
    case 'csi':
      return csi ? csiErrors(csi, at) : []
    case 'ephemeral':
      return claimErrors(ephemeral?.volumeClaimTemplate, `${at}.volumeClaimTemplate`)
    case 'image':
      return choice(`${at}.pullPolicy`, image?.pullPolicy, ['Always', 'IfNotPresent', 'Never'])
    default:
      // What it has is decided by the schema, and the rules read it field by field.
      return sourceErrors(type, volume[type] as unknown as VolumeSource, at, ['name'])
  }
}

function filesErrors(
  source: NonNullable<Volume['configMap'] | Volume['secret']>,
  nameField: 'name' | 'secretName',
  at: string,
): FieldError[] {
  return [
    ...needed({ ...source }, at, [nameField]),
    ...fileMode(`${at}.defaultMode`, source.defaultMode),
    ...keyErrors(source.items, `${at}.items`),
  ]
}

function csiErrors({ driver, nodePublishSecretRef }: NonNullable<Volume['csi']>, at: string): FieldError[] {
  const errors = validateDriverName(`${at}.driver`, driver)
  if (!nodePublishSecretRef) return errors
  const { name } = nodePublishSecretRef
  // That it is missing is said of it, that it is wrong of the volume.
  if (!name) return [...errors, required(`${at}.nodePublishSecretRef.name`)]
  return [...errors, ...namedBy(`${at}.name`, name, 'subdomain')]
}

function claimErrors(template: PersistentVolumeClaimTemplate | undefined, at: string): FieldError[] {
  if (!template) return [required(at)]
  const { metadata = {}, spec } = template
  const others = Object.keys(metadata).filter((field) => !['labels', 'annotations'].includes(field))
  return [
    ...validateAnnotations(`${at}.metadata.annotations`, metadata.annotations),
    ...validateLabels(`${at}.metadata.labels`, metadata.labels),
    ...others.map((field) => forbidden(`${at}.metadata.${field}`, 'cannot be set')),
    ...validateClaimSpec(spec ?? {}, `${at}.spec`),
  ]
}
