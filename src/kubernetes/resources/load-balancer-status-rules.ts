// Owns the rules for what a Service or an Ingress is said to be reached at.
// Source: kubernetes pkg/apis/core/validation (ValidateLoadBalancerStatus), pkg/apis/networking/validation
// (ValidateIngressLoadBalancerStatus).
import { isIP } from 'node:net'

import type { Ingress, Service } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { validateIp } from './ip-rules.ts'

const PATH = 'status.loadBalancer.ingress'
const MODES = ['Proxy', 'VIP']

interface Place {
  readonly ip?: string
  readonly hostname?: string
}

/** Findings for the status of an Ingress. */
export function validateIngressStatus({ status }: Ingress): FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap((place, i) => [
    ...(place.ip ? validateIp(`${PATH}[${i}].ip`, place.ip) : []),
    ...hostNameErrors(place, i),
  ])
}

/** Findings for the status of a Service. */
export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const places = status?.loadBalancer?.ingress ?? []
  if (spec.type !== 'LoadBalancer' && places.length > 0)
    return [forbidden(PATH, "may only be used when `spec.type` is 'LoadBalancer'")]
  return places.flatMap((place, i) => [
    ...(place.ip ? validateIp(`${PATH}[${i}].ip`, place.ip) : []),
    ...modeErrors(place.ip, place.ipMode, `${PATH}[${i}].ipMode`),
    ...hostNameErrors(place, i),
  ])
}

function modeErrors(ip: string | undefined, mode: string | undefined, field: string): FieldError[] {
  if (mode === undefined) return ip ? [required(field, 'must be specified when `ip` is set')] : []
  if (!ip) return [forbidden(field, 'may not be specified when `ip` is not set')]
  return MODES.includes(mode) ? [] : [unsupported(field, mode, MODES)]
}

function hostNameErrors({ hostname }: Place, i: number): FieldError[] {
  if (!hostname) return []
  const field = `${PATH}[${i}].hostname`
  const address = isIP(hostname) ? [invalid(field, hostname, 'must be a DNS name, not an IP address')] : []
  return [...namedBy(field, hostname, 'subdomain'), ...address]
}
