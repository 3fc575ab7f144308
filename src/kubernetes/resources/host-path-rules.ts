// Owns the rules for paths on a node (kubernetes pkg/apis/core/validation validateHostPathVolumeSource).
import type { HostPathVolumeSource } from '../../../generated/kubernetes.d.ts'
import { invalid, required, unsupported, type FieldError } from './field-error.ts'

const TYPES = [
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

/** Findings for a hostPath volume at `at`. */
export function hostPathErrors({ path, type }: HostPathVolumeSource, at: string): FieldError[] {
  if (!path) return [required(`${at}.path`)]
  return [
    ...noBacksteps(`${at}.path`, path),
    ...(type && !TYPES.includes(type) ? [unsupported(`${at}.type`, type, TYPES)] : []),
  ]
}
