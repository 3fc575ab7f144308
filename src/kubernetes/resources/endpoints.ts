// Owns the Endpoints kind.
import { isIP } from 'node:net'

import { hostPort } from '../../base/host-port.ts'
import type { EndpointAddress, EndpointPort, Endpoints } from '../../../generated/kubernetes.d.ts'
import { endpoints } from '../client/resources.ts'
import { each, fill, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { ipWarnings, validateIp } from './ip-rules.ts'
import { choice } from './field-rules.ts'
import { defineKind } from './kind.ts'
import { nameProblems, validateName, validateQualifiedName } from './naming.ts'
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
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }, i) => {
    const at = `subsets[${i}]`
    return [
      ...(addresses.length + notReadyAddresses.length === 0
        ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
        : []),
      ...addresses.flatMap((address, j) => validateAddress(address, `${at}.addresses[${j}]`)),
      ...notReadyAddresses.flatMap((address, j) => validateAddress(address, `${at}.notReadyAddresses[${j}]`)),
      ...ports.flatMap((port, j) => validatePort(port, `${at}.ports[${j}]`, ports.length > 1)),
    ]
  })
}

// Loopback addresses too, unlike upstream: it is where the near control plane listens.
function validateAddress({ ip, hostname, nodeName }: EndpointAddress, at: string): FieldError[] {
  return [
    ...validateIp(`${at}.ip`, ip),
    ...(hostname ? validateName(`${at}.hostname`, hostname, 'label') : []),
    ...(nodeName === undefined
      ? []
      : nameProblems(nodeName, 'subdomain').map((problem) => invalid(`${at}.nodeName`, nodeName, problem))),
    // ValidateEndpointIP says it once more.
    ...(isIP(ip) === 0 ? [invalid(`${at}.ip`, ip, 'must be a valid IP address')] : []),
  ]
}

function validatePort(
  { name, port, protocol, appProtocol }: EndpointPort,
  at: string,
  isOneOfMany: boolean,
): FieldError[] {
  return [
    ...(name || isOneOfMany ? validateName(`${at}.name`, name ?? '', 'label') : []),
    ...(isPort(port) ? [] : [invalid(`${at}.port`, port, 'must be between 1 and 65535, inclusive')]),
    ...choice(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
    ...(appProtocol === undefined ? [] : validateQualifiedName(`${at}.appProtocol`, appProtocol)),
  ]
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
