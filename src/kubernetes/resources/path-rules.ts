// Owns the rules for paths that a pod spec names: inside a volume, and on a node. Source: kubernetes
// pkg/apis/core/validation/validation.go (validatePathNoBacksteps, ValidateLocalNonReservedPath, validateHostPathType).
import type { HostPathVolumeSource } from '../../../generated/kubernetes.d.ts'
import { invalid, required, unsupported, type FieldError } from './field-error.ts'

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

/** A finding for a path that climbs. */
export function noBacksteps(field: string, path: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : []
}

/** Findings for a path below a volume: relative, and never above it. */
export function descendingPath(field: string, path: string): FieldError[] {
  return [
    ...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []),
    ...noBacksteps(field, path),
  ]
}

/** The same for a file that is written there: names beginning with two dots are the kubelet's own. */
export function filePath(field: string, path: string): FieldError[] {
  const isReserved = path.startsWith('..') && !path.startsWith('../')
  return [
    ...descendingPath(field, path),
    ...(isReserved ? [invalid(field, path, "must not start with '..'")] : []),
  ]
}

/** Findings for a hostPath volume at `at`. */
export function hostPathErrors({ path, type }: HostPathVolumeSource, at: string): FieldError[] {
  if (!path) return [required(`${at}.path`)]
  return [
    ...noBacksteps(`${at}.path`, path),
    ...(type && !HOST_PATH_TYPES.includes(type) ? [unsupported(`${at}.type`, type, HOST_PATH_TYPES)] : []),
  ]
}
