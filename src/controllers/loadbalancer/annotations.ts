// Owns reading the annotations of a Service: defaults, formats, and refusing by name what is not emulated.
import type { Service } from '../../../generated/kubernetes.d.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

/** A Service that cannot become a load balancer; the text follows `Failed build model due to `. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
}

/** Annotations that have their effect here; all others of the controller's table are refused. */
const EMULATED = new Set([
  'type',
  'nlb-target-type',
  'name',
  'scheme',
  'internal',
  'proxy-protocol',
  'ip-address-type',
  'cross-zone-load-balancing-enabled',
  'additional-resource-tags',
  'healthcheck-protocol',
  'healthcheck-port',
  'healthcheck-path',
  'healthcheck-interval',
  'healthcheck-timeout',
  'healthcheck-healthy-threshold',
  'healthcheck-unhealthy-threshold',
  'healthcheck-success-codes',
  'target-group-attributes',
  'subnets',
  'target-node-labels',
  'attributes',
  'security-groups',
  'disable-nlb-sg',
])

/** Full names of the annotations that have their effect here. */
export function emulatedAnnotations(): readonly string[] {
  return [...EMULATED].map((suffix) => PREFIX + suffix)
}

/** The value of `service.beta.kubernetes.io/aws-load-balancer-<suffix>`. */
export function annotation(service: Service, suffix: string): string | undefined {
  return service.metadata.annotations?.[PREFIX + suffix]
}

/** @throws BuildError when an annotation asks for something that is not emulated. */
export function refuseUnsupported(service: Service): void {
  for (const name of Object.keys(service.metadata.annotations ?? {})) {
    if (!name.startsWith(PREFIX)) continue
    const suffix = name
      .slice(PREFIX.length)
      .replace(/^target-group-attributes\.\d+$/, 'target-group-attributes')
    if (!EMULATED.has(suffix)) throw new BuildError(`annotation ${name} is not emulated by Neargate`)
  }
}

/** Go's strconv.ParseBool. @throws BuildError */
export function booleanAnnotation(service: Service, suffix: string): boolean | undefined {
  const value = annotation(service, suffix)
  if (value === undefined) return undefined
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false
  throw new BuildError(`failed to parse bool annotation, ${PREFIX}${suffix}: ${value}`)
}

/** @throws BuildError */
export function integerAnnotation(service: Service, suffix: string, fallback: number): number {
  const value = annotation(service, suffix)
  if (value === undefined) return fallback
  if (/^-?\d+$/.test(value)) return Number(value)
  throw new BuildError(`failed to parse int32 annotation, ${PREFIX}${suffix}: ${value}`)
}

/** Comma-separated values. */
export function listAnnotation(service: Service, suffix: string): string[] | undefined {
  return annotation(service, suffix)
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** `key=value` pairs. @throws BuildError */
export function mapAnnotation(service: Service, suffix: string): Record<string, string> {
  const result: Record<string, string> = {}
  for (const pair of listAnnotation(service, suffix) ?? []) {
    const [key = '', ...rest] = pair.split('=')
    if (key === '' || rest.length === 0) {
      throw new BuildError(
        `failed to parse stringMap annotation, ${PREFIX}${suffix}: ${annotation(service, suffix)}`,
      )
    }
    result[key.trim()] = rest.join('=').trim()
  }
  return result
}
