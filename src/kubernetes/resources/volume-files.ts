// Owns the rules for volumes whose files come from the API: ConfigMaps, Secrets, the downward API, projections.
// Source: kubernetes pkg/apis/core/validation/validation.go (validateKeyToPath, validateDownwardAPIVolumeFile,
// validateProjectionSources).
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  VolumeProjection,
} from '../../../generated/kubernetes.d.ts'
import { FILE_FIELDS, fieldErrors, resourceErrors } from './env-rules.ts'
import { forbidden, invalid, required, type FieldError } from './field-error.ts'
import { filePath } from './path-rules.ts'

const MODES = 'must be a number between 0 and 0777 (octal), both inclusive'
const LARGEST_MODE = 0o777
const SHORTEST_TOKEN_SECONDS = 600
const LONGEST_TOKEN_SECONDS = 2 ** 32

/** A finding for permissions out of range. */
export function fileMode(field: string, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= LARGEST_MODE) ? [] : [invalid(field, mode, MODES)]
}

/** Findings for keys and the files that they become. */
export function keyErrors(items: readonly KeyToPath[] = [], path: string): FieldError[] {
  return items.flatMap((item, i) => keyError(item, `${path}[${i}]`))
}

function keyError({ key, path, mode }: KeyToPath, at: string): FieldError[] {
  return [
    ...(key ? [] : [required(`${at}.key`)]),
    ...(path ? [] : [required(`${at}.path`)]),
    ...filePath(`${at}.path`, path),
    ...fileMode(`${at}.mode`, mode),
  ]
}

/** Findings for a file of the downward API; upstream says them of the volume. */
export function downwardFileErrors(file: DownwardAPIVolumeFile, at: string): FieldError[] {
  const { path, fieldRef, resourceFieldRef, mode } = file
  const both = 'fieldRef and resourceFieldRef can not be specified simultaneously'
  const errors = [...(path ? [] : [required(`${at}.path`)]), ...filePath(`${at}.path`, path)]
  if (fieldRef) {
    errors.push(...fieldErrors(fieldRef, FILE_FIELDS, `${at}.fieldRef`))
    if (resourceFieldRef) errors.push(invalid(at, 'resource', both))
  } else if (resourceFieldRef) {
    errors.push(...resourceErrors(resourceFieldRef, `${at}.resourceFieldRef`, true))
  } else errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'))
  return [...errors, ...fileMode(`${at}.mode`, mode)]
}

/** Findings for a projected volume: each source, and that no two write the same file. */
export function projectionErrors({ sources, defaultMode }: ProjectedVolumeSource, at: string): FieldError[] {
  const taken = new Set<string>()
  const isTaken = (path: string): boolean => {
    const wasTaken = path !== '' && taken.has(path)
    taken.add(path)
    return wasTaken
  }
  return [
    ...fileMode(`${at}.defaultMode`, defaultMode),
    ...(sources ?? []).flatMap((source, i) => sourceErrors(source, { at, index: i, isTaken })),
  ]
}

interface Place {
  /** Path of the volume; some findings are said of it. */
  readonly at: string
  readonly index: number
  /** True for a path that another source writes; notes it. */
  readonly isTaken: (path: string) => boolean
}

function sourceErrors(source: VolumeProjection, { at, index, isTaken }: Place): FieldError[] {
  const place = `${at}.sources[${index}]`
  const { downwardAPI, serviceAccountToken: token } = source
  const conflict = (value: string): FieldError => invalid(at, value, 'conflicting duplicate paths')
  const keyed = (['secret', 'configMap'] as const).flatMap((type) => {
    const given = source[type]
    if (!given) return []
    const { name = '', items = [] } = given
    return [
      ...(name ? [] : [required(`${place}.${type}.name`)]),
      ...items.flatMap((item, i) => [
        ...keyError(item, `${place}.${type}.items[${i}]`),
        ...(isTaken(item.path) ? [conflict(name)] : []),
      ]),
    ]
  })
  const files = (downwardAPI?.items ?? []).flatMap((file) => [
    ...downwardFileErrors(file, `${place}.downwardAPI`),
    ...(isTaken(file.path) ? [conflict(file.path)] : []),
  ])
  const seconds = token?.expirationSeconds ?? SHORTEST_TOKEN_SECONDS
  const expiry = `${place}.serviceAccountToken.expirationSeconds`
  const count = Object.values(source).filter((item) => item !== undefined).length
  return [
    ...keyed,
    ...files,
    ...(seconds < SHORTEST_TOKEN_SECONDS
      ? [invalid(expiry, seconds, 'may not specify a duration less than 10 minutes')]
      : []),
    ...(seconds > LONGEST_TOKEN_SECONDS
      ? [invalid(expiry, seconds, 'may not specify a duration larger than 2^32 seconds')]
      : []),
    ...(token && !token.path ? [required(`${at}.path`)] : []),
    ...(token?.path ? filePath(`${at}.path`, token.path) : []),
    ...(count > 1 ? [forbidden(place, 'may not specify more than 1 volume type per source')] : []),
  ]
}
