// Owns the rules for what a volume may stand on, for the volumes of pods and for persistent ones alike.
// Source: kubernetes pkg/apis/core/validation/validation.go (validate…VolumeSource).
import { invalid, required, unsupported, type FieldError } from './field-error.ts'
import { choice, namedBy } from './field-rules.ts'
import { descendingPath } from './path-rules.ts'

/** A source as the schema has decoded it: which fields it has depends on its type. */
export type VolumeSource = Readonly<Record<string, unknown>>

type SourceRule = (source: VolumeSource, at: string) => FieldError[]

const HOST_PORTS = 'must be a host:port pair or multiple pairs separated by commas'
const BYTE_RANGE = 'must be between 0 and 255, inclusive'
const IQN = /iqn\.\d{4}-\d{2}\.[A-Za-z0-9\-.]+(:[^,;*&$|\s]+)$/
const EUI = /^eui.[A-Za-z0-9]{16}$/
const NAA = /^naa.[A-Za-z0-9]{32}$/
const AZURE_DISKS = {
  Managed: [
    '/subscriptions/',
    '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
  ],
  blob: ['https://', 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'],
} as const

/** Findings for the fields of a source that may not be empty. */
export function needed(source: VolumeSource, at: string, fields: readonly string[]): FieldError[] {
  return fields.filter((field) => isEmpty(source[field])).map((field) => required(`${at}.${field}`))
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

function needs(...fields: readonly string[]): SourceRule {
  return (source, at) => needed(source, at, fields)
}

function textOf(source: VolumeSource, field: string): string {
  const value = source[field]
  return typeof value === 'string' ? value : ''
}

// 0 is the whole disk, though the message does not say so.
function partition({ partition: number = 0 }: VolumeSource, at: string): FieldError[] {
  if (typeof number !== 'number' || (number >= 0 && number <= 255)) return []
  return [invalid(`${at}.partition`, number, 'must be between 1 and 255, inclusive')]
}

function nfs(source: VolumeSource, at: string): FieldError[] {
  const path = textOf(source, 'path')
  return [
    ...needed(source, at, ['server', 'path']),
    ...(path.startsWith('/') ? [] : [invalid(`${at}.path`, path, 'must be an absolute path')]),
  ]
}

/** Findings for the name of an initiator or a target of iSCSI. */
function iscsiName(name: string, field: string): FieldError[] {
  const [pattern] = [IQN, EUI, NAA].filter((_, i) => name.startsWith(['iqn', 'eui', 'naa'][i] ?? ''))
  if (!pattern) return [invalid(field, name, 'must be valid format starting with iqn, eui, or naa')]
  return pattern.test(name) ? [] : [invalid(field, name, 'must be valid format')]
}

function iscsi(source: VolumeSource, at: string): FieldError[] {
  const iqn = textOf(source, 'iqn')
  const { initiatorName, lun = 0, chapAuthDiscovery, chapAuthSession, secretRef } = source
  return [
    ...needed(source, at, ['targetPortal', 'iqn']),
    ...(iqn ? iscsiName(iqn, `${at}.iqn`) : []),
    ...(typeof lun === 'number' && (lun < 0 || lun > 255) ? [invalid(`${at}.lun`, lun, BYTE_RANGE)] : []),
    ...((chapAuthDiscovery || chapAuthSession) && !secretRef ? [required(`${at}.secretRef`)] : []),
    ...(typeof initiatorName === 'string' ? iscsiName(initiatorName, `${at}.initiatorname`) : []),
  ]
}

function fibreChannel({ targetWWNs, wwids, lun }: VolumeSource, at: string): FieldError[] {
  const field = `${at}.targetWWNs`
  if (isEmpty(targetWWNs)) {
    return isEmpty(wwids) ? [required(field, 'must specify either targetWWNs or wwids, but not both')] : []
  }
  const isOutside = typeof lun === 'number' && (lun < 0 || lun > 255)
  return [
    ...(isEmpty(wwids)
      ? []
      : [invalid(field, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously')]),
    ...(lun === undefined ? [required(`${at}.lun`, 'lun is required if targetWWNs is specified')] : []),
    ...(isOutside ? [invalid(`${at}.lun`, lun, BYTE_RANGE)] : []),
  ]
}

function quobyte(source: VolumeSource, at: string): FieldError[] {
  const registry = textOf(source, 'registry')
  const isLong = textOf(source, 'tenant').length > 64
  const wrong = registry.split(',').filter((pair) => !/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair))
  const about = !registry
    ? [required(`${at}.registry`, HOST_PORTS)]
    : isLong
      ? [required(`${at}.tenant`, 'must be a UUID and may not exceed a length of 64 characters')]
      : wrong.map(() => invalid(`${at}.registry`, registry, HOST_PORTS))
  return [...about, ...needed(source, at, ['volume'])]
}

function flexVolume(source: VolumeSource, at: string): FieldError[] {
  const options = Object.keys(source['options'] ?? {})
  const reserved = options.filter((key) =>
    /\.(?:kubernetes\.io|k8s\.io)$/.test(`.${(key.split('/')[0] ?? '').toLowerCase()}`),
  )
  return [
    ...needed(source, at, ['driver']),
    ...reserved.map((key) =>
      invalid(`${at}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'),
    ),
  ]
}

function azureDisk(source: VolumeSource, at: string): FieldError[] {
  const uri = textOf(source, 'diskURI')
  const caching = textOf(source, 'cachingMode')
  const kind = textOf(source, 'kind')
  const [start, form] = kind === 'Managed' ? AZURE_DISKS.Managed : AZURE_DISKS.blob
  return [
    ...needed(source, at, ['diskName', 'diskURI']),
    ...choice(`${at}.cachingMode`, caching || undefined, ['None', 'ReadOnly', 'ReadWrite']),
    ...choice(`${at}.kind`, kind || undefined, ['Dedicated', 'Managed', 'Shared']),
    ...(uri.startsWith(start) ? [] : [unsupported(`${at}.diskURI`, uri, [form])]),
  ]
}

function flocker(source: VolumeSource, at: string): FieldError[] {
  const name = textOf(source, 'datasetName')
  const uuid = textOf(source, 'datasetUUID')
  const both = 'datasetName and datasetUUID can not be specified simultaneously'
  return [
    ...(name || uuid ? [] : [required(at, 'one of datasetName and datasetUUID is required')]),
    // Upstream names no value there.
    ...(name && uuid ? [invalid(at, 'resource', both)] : []),
    ...(name.includes('/') ? [invalid(`${at}.datasetName`, name, "must not contain '/'")] : []),
  ]
}

function storageOs(source: VolumeSource, at: string): FieldError[] {
  const label = (field: string): FieldError[] =>
    isEmpty(source[field]) ? [] : namedBy(`${at}.${field}`, textOf(source, field), 'label')
  return [...needed(source, at, ['volumeName']), ...label('volumeName'), ...label('volumeNamespace')]
}

function gitRepo(source: VolumeSource, at: string): FieldError[] {
  return [
    ...needed(source, at, ['repository']),
    ...descendingPath(`${at}.directory`, textOf(source, 'directory')),
  ]
}

/** Rules by the name of the source; what has none there is looked at where it is used. */
const RULES: Readonly<Record<string, SourceRule>> = {
  gitRepo,
  gcePersistentDisk: (source, at) => [...needed(source, at, ['pdName']), ...partition(source, at)],
  awsElasticBlockStore: (source, at) => [...needed(source, at, ['volumeID']), ...partition(source, at)],
  nfs,
  iscsi,
  glusterfs: needs('endpoints', 'path'),
  flocker,
  rbd: needs('monitors', 'image'),
  cinder: needs('volumeID'),
  cephfs: needs('monitors'),
  quobyte,
  fc: fibreChannel,
  flexVolume,
  azureFile: needs('secretName', 'shareName'),
  vsphereVolume: needs('volumePath'),
  photonPersistentDisk: needs('pdID'),
  portworxVolume: needs('volumeID'),
  azureDisk,
  storageos: storageOs,
  scaleIO: needs('gateway', 'system', 'volumeName'),
}

const NAMED_SECRETS = ['cinder', 'storageos']

/**
 * Findings for one source of a volume.
 * @param type the name of its field, e.g. `nfs`
 * @param reference what a secret is named by: of pods by its name alone, of persistent volumes with its namespace
 */
export function sourceErrors(
  type: string,
  source: VolumeSource,
  at: string,
  reference: readonly string[],
): FieldError[] {
  // Upstream calls this one otherwise.
  const field = type === 'gcePersistentDisk' ? at.replace(/gcePersistentDisk$/, 'persistentDisk') : at
  const secret = source['secretRef']
  const hasSecret = NAMED_SECRETS.includes(type) && typeof secret === 'object' && secret !== null
  return [
    ...(RULES[type]?.(source, field) ?? []),
    ...(hasSecret ? needed(secret as VolumeSource, `${at}.secretRef`, reference) : []),
  ]
}
