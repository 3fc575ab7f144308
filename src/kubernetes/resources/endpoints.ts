// Owns the Endpoints kind.
import { hostPort } from '../../base/host-port.ts'
import type { Endpoints } from '../../../generated/kubernetes.d.ts'
import { endpoints } from '../client/resources.ts'
import { each, fill, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { ipWarnings, validateIp } from './ip-rules.ts'
import { defineKind } from './kind.ts'
import { isPort } from './port-rules.ts'

const SHOWN = 3

function formatEndpoints({ subsets = [] }: Endpoints): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port))),
  )
  if (all.length === 0) return '<none>'
  const shown = all.slice(0, SHOWN).join(',')
  return all.length > SHOWN ? `${shown} + ${all.length - SHOWN} more...` : shown
}

function validate({ subsets = [] }: Endpoints): FieldError[] {
  return subsets.flatMap((subset, i) => {
    const at = `subsets[${i}]`
    const errors: FieldError[] = []
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length) {
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'))
    }
    for (const list of ['addresses', 'notReadyAddresses'] as const) {
      // Loopback addresses too, unlike upstream: it is where the near control plane listens.
      for (const [j, { ip }] of (subset[list] ?? []).entries()) {
        errors.push(...validateIp(`${at}.${list}[${j}].ip`, ip))
      }
    }
    for (const [j, { port = 0 }] of (subset.ports ?? []).entries()) {
      if (!isPort(port)) {
        errors.push(invalid(`${at}.ports[${j}].port`, port, 'must be between 1 and 65535, inclusive'))
      }
    }
    return errors
  })
}

/** pkg/apis/core/v1/defaults.go SetDefaults_Endpoints. */
function defaultEndpoints(endpoints: Fields): void {
  each(endpoints['subsets'], (subset) => each(subset['ports'], (port) => fill(port, { protocol: 'TCP' })))
}

export const endpointsKind = defineKind<Endpoints>({
  resource: endpoints,
  type: 'core/v1.Endpoints',
  madeByPut: true,
  storedUnder: 'services/endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  defaults: defaultEndpoints,
  shortNames: ['ep'],
  warnings: ({ subsets = [] }) =>
    subsets.flatMap((subset, i) =>
      (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
        (subset[list] ?? []).flatMap(({ ip }, j) => ipWarnings(`subsets[${i}].${list}[${j}].ip`, ip)),
      ),
    ),
  columns: [nameColumn, { name: 'Endpoints', type: 'string', cell: formatEndpoints }, ageColumn],
  validate,
})
