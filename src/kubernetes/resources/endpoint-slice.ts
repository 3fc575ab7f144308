// Owns the EndpointSlice kind.
import type { EndpointSlice } from '../../../generated/kubernetes.d.ts'
import { endpointSlices } from '../client/resources.ts'
import { isObject } from '../../base/json.ts'
import { each, fill, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, invalid, required, tooMany, unsupported, type FieldError } from './field-error.ts'
import { choice, namedBy } from './field-rules.ts'
import { validateCanonicalIp } from './ip-rules.ts'
import { validateQualifiedName } from './naming.ts'
import { defineKind } from './kind.ts'

const SHOWN = 3

type SliceEndpoint = NonNullable<EndpointSlice['endpoints']>[number]

function abbreviate(values: readonly string[]): string {
  const shown = values.slice(0, SHOWN).join(',')
  if (shown === '') return '<unset>'
  return values.length > SHOWN ? `${shown} + ${values.length - SHOWN} more...` : shown
}

function validate({ addressType, endpoints = [], ports = [] }: EndpointSlice): FieldError[] {
  const types = ['FQDN', 'IPv4', 'IPv6']
  const errors: FieldError[] = []
  if (!addressType) errors.push(required('addressType'))
  else if (!types.includes(addressType)) errors.push(unsupported('addressType', addressType, types))
  for (const [i, endpoint] of endpoints.entries()) {
    const { addresses } = endpoint
    if (!addresses?.length)
      errors.push(required(`endpoints[${i}].addresses`, 'must contain at least 1 address'))
    for (const [j, address] of (addressType === 'FQDN' ? [] : (addresses ?? [])).entries()) {
      errors.push(...validateCanonicalIp(`endpoints[${i}].addresses[${j}]`, address))
    }
    errors.push(...placeErrors(endpoint, `endpoints[${i}]`))
  }
  for (const [i, { name, protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${i}]`
    if (name) errors.push(...namedBy(`${at}.name`, name, 'label'))
    if (ports.findIndex((other) => other.name === name) < i) errors.push(duplicate(`${at}.name`, name ?? ''))
    errors.push(...choice(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']))
    if (appProtocol !== undefined) errors.push(...validateQualifiedName(`${at}.appProtocol`, appProtocol))
  }
  return errors
}

/** Findings for where an endpoint is, and whom it is meant for. */
function placeErrors({ nodeName, hostname, hints }: SliceEndpoint, at: string): FieldError[] {
  const { forZones = [], forNodes = [] } = hints ?? {}
  const zones = forZones.map(({ name }) => name)
  const nodes = forNodes.map(({ name }) => name)
  return [
    ...(nodeName === undefined ? [] : namedBy(`${at}.nodeName`, nodeName, 'subdomain')),
    ...(hostname === undefined ? [] : namedBy(`${at}.hostname`, hostname, 'label')),
    ...hintErrors(zones, `${at}.hints.forZones`, 'value'),
    ...hintErrors(nodes, `${at}.hints.forNodes`, 'subdomain'),
  ]
}

const MOST_HINTS = 8

function hintErrors(names: readonly string[], path: string, rule: 'value' | 'subdomain'): FieldError[] {
  if (names.length > MOST_HINTS) return [tooMany(path, names.length, MOST_HINTS)]
  return names.flatMap((name, i) => {
    const field = `${path}[${i}].name`
    return [...(names.indexOf(name) < i ? [duplicate(field, name)] : []), ...namedBy(field, name, rule)]
  })
}

/** pkg/apis/discovery/v1/defaults.go: a port has a name, if an empty one, and a protocol. */
function defaultEndpointSlice(slice: Fields): void {
  each(slice['ports'], (port) => {
    if (port['name'] === undefined) port['name'] = ''
    fill(port, { protocol: 'TCP' })
  })
  each(slice['endpoints'], (endpoint) => {
    if (!isObject(endpoint['conditions'])) endpoint['conditions'] = {}
  })
}

export const endpointSliceKind = defineKind<EndpointSlice>({
  resource: endpointSlices,
  type: 'discovery/v1.EndpointSlice',
  defaults: defaultEndpointSlice,
  generation: true,
  columns: [
    nameColumn,
    { name: 'AddressType', type: 'string', cell: (slice) => slice.addressType },
    {
      name: 'Ports',
      type: 'string',
      cell: (slice) =>
        abbreviate(
          (slice.ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port))),
        ),
    },
    {
      name: 'Endpoints',
      type: 'string',
      cell: (slice) => abbreviate((slice.endpoints ?? []).flatMap(({ addresses }) => addresses)),
    },
    ageColumn,
  ],
  warnings: ({ addressType }, old) =>
    !old && addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : [],
  validate,
  validateUpdate: (slice, old) =>
    slice.addressType === old.addressType
      ? []
      : [invalid('addressType', slice.addressType, 'field is immutable')],
})
