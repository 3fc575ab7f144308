// Owns the rules for the volumes of a pod spec. Source: kubernetes pkg/apis/core/validation/validation.go
// (ValidateVolumes, validateVolumeSource).
import type { Volume } from '../../../generated/kubernetes.d.ts'
import { duplicate, forbidden, invalid, required, type FieldError } from './field-error.ts'
import { hostPathErrors } from './host-path-rules.ts'
import { nameProblems } from './naming.ts'

/** Findings for volumes at `path`. */
export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const seen = new Set<string>()
  return volumes.flatMap((volume, i) => {
    const at = `${path}[${i}]`
    const errors = volume.name
      ? nameProblems(volume.name, 'label').map((problem) => invalid(`${at}.name`, volume.name, problem))
      : [required(`${at}.name`)]
    if (seen.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name))
    seen.add(volume.name)
    const sources = Object.entries(volume).filter(([key, value]) => key !== 'name' && value !== undefined)
    if (sources.length === 0) errors.push(required(at, 'must specify a volume type'))
    for (const [key] of sources.slice(1)) {
      errors.push(forbidden(`${at}.${key}`, 'may not specify more than 1 volume type'))
    }
    return [...errors, ...validateSource(volume, at)]
  })
}

function validateSource(volume: Volume, at: string): FieldError[] {
  const { hostPath, configMap, secret, persistentVolumeClaim: claim, emptyDir } = volume
  const errors: FieldError[] = []
  if (hostPath) errors.push(...hostPathErrors(hostPath, `${at}.hostPath`))
  if (configMap && !configMap.name) errors.push(required(`${at}.configMap.name`))
  if (secret && !secret.secretName) errors.push(required(`${at}.secret.secretName`))
  if (claim && !claim.claimName) errors.push(required(`${at}.persistentVolumeClaim.claimName`))
  if (emptyDir?.sizeLimit?.startsWith('-')) {
    errors.push(forbidden(`${at}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'))
  }
  return errors
}
