// Owns how the AWS Load Balancer Controller reads the annotations of a Service: names, formats, texts of its errors.
// Source: aws-load-balancer-controller, pkg/annotations/parser.go; the texts of numbers are those of Go's strconv.
import type { Service } from '../../../generated/kubernetes.d.ts'

/** What most annotations of the controller begin with; what follows is called their suffix here. */
export const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

/** The one annotation that is named otherwise. */
export const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges'

/** Path of a field in a Service. */
export type FieldPath = readonly (string | number)[]

/** A Service that cannot become a load balancer; the text follows `Failed build model due to `. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  /** The field that the text is about; `metadata` when it is about the whole. */
  readonly path: FieldPath
  /** True when AWS would do it, and Neargate does not. */
  readonly isNotEmulated: boolean

  constructor(message: string, about: { readonly path?: FieldPath; readonly isNotEmulated?: boolean } = {}) {
    super(message)
    this.path = about.path ?? ['metadata']
    this.isNotEmulated = about.isNotEmulated ?? false
  }
}

/** Path of `service.beta.kubernetes.io/aws-load-balancer-<suffix>`. */
export function annotationPath(suffix: string): FieldPath {
  return ['metadata', 'annotations', PREFIX + suffix]
}

/** An error about one annotation. */
export function annotationError(suffix: string, message: string): BuildError {
  return new BuildError(message, { path: annotationPath(suffix) })
}

/** The value of `service.beta.kubernetes.io/aws-load-balancer-<suffix>`. */
export function annotation(service: Service, suffix: string): string | undefined {
  return service.metadata.annotations?.[PREFIX + suffix]
}

/** @throws BuildError */
export function booleanAnnotation(service: Service, suffix: string): boolean | undefined {
  const value = annotation(service, suffix)
  if (value === undefined) return undefined
  const parsed = parseBoolean(value)
  if (parsed !== undefined) return parsed
  const why = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
  throw annotationError(suffix, `failed to parse bool annotation, ${PREFIX}${suffix}: ${value}: ${why}`)
}

/** What Go's strconv.ParseBool takes for true and false; undefined for all else. */
export function parseBoolean(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  return undefined
}

const INT32 = 2 ** 31

/** @throws BuildError */
export function integerAnnotation(service: Service, suffix: string, fallback: number): number {
  const value = annotation(service, suffix)
  if (value === undefined) return fallback
  const isNumber = /^[+-]?\d+$/.test(value)
  const number = Number(value)
  if (isNumber && number >= -INT32 && number < INT32) return number
  const problem = isNumber ? 'value out of range' : 'invalid syntax'
  const why = `strconv.ParseInt: parsing ${JSON.stringify(value)}: ${problem}`
  throw annotationError(suffix, `failed to parse int32 annotation, ${PREFIX}${suffix}: ${value}: ${why}`)
}

/** Comma-separated values; undefined when the annotation is not there. */
export function listAnnotation(service: Service, suffix: string): string[] | undefined {
  const value = annotation(service, suffix)
  return value === undefined ? undefined : splitList(value)
}

/** The parts between commas, without space around them and without empty ones. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** `key=value` pairs, in which `\,` stands for a comma. @throws BuildError */
export function mapAnnotation(service: Service, suffix: string): Record<string, string> {
  const raw = annotation(service, suffix)
  const result: Record<string, string> = {}
  for (const pair of splitPairs(raw ?? '')) {
    const at = pair.indexOf('=')
    const key = pair.slice(0, Math.max(0, at)).trim()
    if (key === '') {
      throw annotationError(suffix, `failed to parse stringMap annotation, ${PREFIX}${suffix}: ${raw}`)
    }
    result[key] = pair.slice(at + 1).trim()
  }
  return result
}

/** `key=value` pairs: a comma ends one only when another `=` comes after it; a last comma belongs to the value. */
export function splitPairs(text: string): string[] {
  const pairs: string[] = []
  let current = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? ''
    if (character === '\\' && index + 1 < text.length) {
      current += text[++index]
      continue
    }
    const rest = character === ',' ? text.slice(index + 1).trim() : ''
    if (rest === '') {
      current += character
      continue
    }
    pairs.push(current.trim())
    if (!rest.includes('=')) return [...pairs, rest]
    current = ''
  }
  return current === '' ? pairs : [...pairs, current.trim()]
}
