// Owns the rules for what a container mounts of its pod's volumes. Source: kubernetes
// pkg/apis/core/validation/validation.go (ValidateVolumeMounts, ValidateVolumeDevices).
import type { Container, Volume, VolumeDevice, VolumeMount } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, notFoundValue, required, unsupported, type FieldError } from './field-error.ts'
import { descendingPath, noBacksteps } from './path-rules.ts'

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None']
const RECURSIONS = ['Disabled', 'Enabled', 'IfPossible']

/** Findings for the mounts and the block devices of a container at `path`. */
export function validateMounts(container: Container, path: string, volumes: readonly Volume[]): FieldError[] {
  const { volumeMounts = [], volumeDevices = [] } = container
  const points = new Set<string>()
  return [
    ...volumeMounts.flatMap((mount, i) => {
      const errors = validateMount(mount, { container, path: `${path}.volumeMounts`, index: i, volumes })
      if (points.has(mount.mountPath)) {
        const at = `${path}.volumeMounts[${i}].mountPath`
        errors.push(invalid(at, mount.mountPath, 'must be unique'))
      }
      points.add(mount.mountPath)
      return errors
    }),
    ...validateDevicePaths(volumeDevices, `${path}.volumeDevices`, { volumeMounts, volumes }),
  ]
}

interface MountPlace {
  readonly container: Container
  readonly path: string
  readonly index: number
  readonly volumes: readonly Volume[]
}

function validateMount(mount: VolumeMount, { container, path, index, volumes }: MountPlace): FieldError[] {
  const at = `${path}[${index}]`
  const { name, mountPath, subPath, subPathExpr } = mount
  const devices = container.volumeDevices ?? []
  const both = 'subPathExpr and subPath are mutually exclusive'
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(volumes.some((volume) => volume.name === name) ? [] : [notFoundValue(`${at}.name`, name)]),
    ...(mountPath ? [] : [required(`${at}.mountPath`)]),
    ...(devices.some((device) => device.name === name)
      ? [invalid(`${at}.name`, name, 'must not already exist in volumeDevices')]
      : []),
    ...(devices.some((device) => device.devicePath === mountPath)
      ? [invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices')]
      : []),
    // What follows is said of the list, as upstream does.
    ...(subPath ? descendingPath(`${path}.subPath`, subPath) : []),
    ...(subPathExpr && subPath ? [invalid(`${at}.subPathExpr`, subPathExpr, both)] : []),
    ...(subPathExpr ? descendingPath(`${path}.subPathExpr`, subPathExpr) : []),
    ...propagationErrors(mount, container, `${path}.mountPropagation`),
    ...recursionErrors(mount, `${path}.recursiveReadOnly`),
  ]
}

function propagationErrors(
  { mountPropagation: mode }: VolumeMount,
  { securityContext }: Container,
  field: string,
): FieldError[] {
  if (mode === undefined) return []
  if (!PROPAGATIONS.includes(mode)) return [unsupported(field, mode, PROPAGATIONS)]
  return mode === 'Bidirectional' && !securityContext?.privileged
    ? [forbidden(field, 'Bidirectional mount propagation is available only to privileged containers')]
    : []
}

function recursionErrors(mount: VolumeMount, field: string): FieldError[] {
  const { recursiveReadOnly: mode, readOnly, mountPropagation = 'None' } = mount
  if (mode === undefined || mode === 'Disabled') return []
  if (!RECURSIONS.includes(mode)) return [unsupported(field, mode, RECURSIONS)]
  const shared = 'may only be specified when mountPropagation is None or not specified'
  return [
    ...(readOnly ? [] : [forbidden(field, 'may only be specified when readOnly is true')]),
    ...(mountPropagation === 'None' ? [] : [forbidden(field, shared)]),
  ]
}

interface Beside {
  readonly volumeMounts: readonly VolumeMount[]
  readonly volumes: readonly Volume[]
}

function validateDevicePaths(
  devices: readonly VolumeDevice[],
  path: string,
  { volumeMounts, volumes }: Beside,
): FieldError[] {
  const once = 'must be unique'
  const notBlock = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
  return devices.flatMap(({ name, devicePath }, i) => {
    const at = `${path}[${i}]`
    const before = devices.slice(0, i)
    const volume = volumes.find((item) => item.name === name)
    const climbs = noBacksteps(`${at}.devicePath`, devicePath).length > 0
    const isBlock = volume?.persistentVolumeClaim !== undefined || volume?.ephemeral !== undefined
    return [
      ...(name ? [] : [required(`${at}.name`)]),
      ...(name && before.some((item) => item.name === name) ? [invalid(`${at}.name`, name, once)] : []),
      ...(volume && !isBlock ? [invalid(`${at}.name`, name, notBlock)] : []),
      ...(volume ? [] : [notFoundValue(`${at}.name`, name)]),
      ...(devicePath ? [] : [required(`${at}.devicePath`)]),
      ...(before.some((item) => item.devicePath === devicePath)
        ? [invalid(`${at}.devicePath`, devicePath, once)]
        : []),
      ...(climbs ? [invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')")] : []),
      ...(volumeMounts.some((mount) => mount.name === name)
        ? [invalid(`${at}.name`, name, 'must not already exist in volumeMounts')]
        : []),
      ...(volumeMounts.some((mount) => mount.mountPath === devicePath)
        ? [invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts')]
        : []),
    ]
  })
}
