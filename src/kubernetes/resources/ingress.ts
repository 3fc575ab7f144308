// Owns the Ingress kind. Source: kubernetes pkg/apis/networking/validation/validation.go.
import { isIP } from 'node:net'

import type { Ingress, IngressBackend } from '../../../generated/kubernetes.d.ts'
import { ingresses } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid, required, unsupported, type FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { validateIngressStatus } from './load-balancer-status-rules.ts'
import { defineKind } from './kind.ts'
import { isPort, portNameErrors } from './port-rules.ts'

type IngressRule = NonNullable<NonNullable<Ingress['spec']>['rules']>[number]
type IngressPath = NonNullable<IngressRule['http']>['paths'][number]

/** How an Ingress named its class before `spec.ingressClassName`. */
export const INGRESS_CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
const FORBIDDEN_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F']
const FORBIDDEN_SUFFIXES = ['/..', '/.']

function validateHost(field: string, host: string): FieldError[] {
  return [
    ...(isIP(host) ? [invalid(field, host, 'must be a DNS name, not an IP address')] : []),
    ...namedBy(field, host, host.includes('*') ? 'wildcard' : 'subdomain'),
  ]
}

function validateBackend(backend: IngressBackend, path: string): FieldError[] {
  const { resource, service } = backend
  if (resource && service) return [invalid(path, '', 'cannot set both resource and service backends')]
  if (resource) return validateReference(resource, `${path}.resource`)
  if (!service) return [invalid(path, '', 'resource or service backend is required')]
  const name = `${path}.service.name`
  return [
    ...(service.name ? namedBy(name, service.name, 'dns1035') : [required(name)]),
    ...validateServicePort(service.port, path),
  ]
}

/** Findings for a reference to an object of the same namespace, of any kind. */
function validateReference(
  { apiGroup, kind, name }: NonNullable<IngressBackend['resource']>,
  path: string,
): FieldError[] {
  return [
    ...(apiGroup === undefined ? [] : namedBy(`${path}.apiGroup`, apiGroup, 'subdomain')),
    ...(kind ? namedBy(`${path}.kind`, kind, 'path') : [required(`${path}.kind`)]),
    ...(name ? namedBy(`${path}.name`, name, 'path') : [required(`${path}.name`)]),
  ]
}

function validateServicePort(
  port: NonNullable<IngressBackend['service']>['port'],
  path: string,
): FieldError[] {
  const { name, number } = port ?? {}
  if (name && number) return [invalid(path, '', 'cannot set both port name & port number')]
  if (name) return portNameErrors(`${path}.service.port.name`, name)
  if (!number) return [required(path, 'port name or number is required')]
  if (isPort(number)) return []
  return [invalid(`${path}.service.port.number`, number, 'must be between 1 and 65535, inclusive')]
}

function validatePath({ path = '', pathType, backend }: IngressPath, at: string): FieldError[] {
  if (!pathType) return [required(`${at}.pathType`, 'pathType must be specified')]
  const field = `${at}.path`
  const errors: FieldError[] = []
  if (!PATH_TYPES.includes(pathType)) {
    errors.push(unsupported(`${at}.pathType`, pathType, PATH_TYPES))
  } else if (!path.startsWith('/') && (path !== '' || pathType !== 'ImplementationSpecific')) {
    errors.push(invalid(field, path, 'must be an absolute path'))
  }
  if (pathType === 'Exact' || pathType === 'Prefix') {
    for (const part of FORBIDDEN_SEQUENCES.filter((sequence) => path.includes(sequence))) {
      errors.push(invalid(field, path, `must not contain '${part}'`))
    }
    for (const end of FORBIDDEN_SUFFIXES.filter((suffix) => path.endsWith(suffix))) {
      errors.push(invalid(field, path, `cannot end with '${end}'`))
    }
  }
  return [...errors, ...validateBackend(backend, `${at}.backend`)]
}

function validateRule({ host, http }: IngressRule, at: string): FieldError[] {
  return [
    ...(host ? validateHost(`${at}.host`, host) : []),
    ...(http && http.paths.length === 0 ? [required(`${at}.http.paths`)] : []),
    ...(http?.paths ?? []).flatMap((path, i) => validatePath(path, `${at}.http.paths[${i}]`)),
  ]
}

function validate({ spec }: Ingress): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec ?? {}
  return [
    ...(rules.length === 0 && !defaultBackend
      ? [invalid('spec', null, 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...(defaultBackend ? validateBackend(defaultBackend, 'spec.defaultBackend') : []),
    ...rules.flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`)),
    ...tls.flatMap(({ hosts = [], secretName }, i) => [
      ...hosts.flatMap((host, j) =>
        namedBy(`spec.tls[${i}].hosts[${j}]`, host, host.includes('*') ? 'wildcard' : 'subdomain'),
      ),
      ...(secretName ? namedBy(`spec.tls[${i}].secretName`, secretName, 'subdomain') : []),
    ]),
    ...(ingressClassName === undefined
      ? []
      : namedBy('spec.ingressClassName', ingressClassName, 'subdomain')),
  ]
}

function validateCreate({ metadata, spec }: Ingress): FieldError[] {
  const annotation = metadata.annotations?.[INGRESS_CLASS_ANNOTATION]
  const name = spec?.ingressClassName
  if (annotation === undefined || name === undefined || annotation === name) return []
  const field = `annotations.${INGRESS_CLASS_ANNOTATION}`
  return [invalid(field, annotation, 'must match `ingressClassName` when both are specified')]
}

const MAXIMUM_HOSTS = 3

// pkg/printers/internalversion/printers.go formatHosts: three hosts and how many more there are.
function formatHosts({ spec }: Ingress): string {
  const hosts = (spec?.rules ?? []).flatMap(({ host }) => (host ? [host] : []))
  if (hosts.length === 0) return '*'
  const shown = hosts.slice(0, MAXIMUM_HOSTS).join(',')
  return hosts.length > MAXIMUM_HOSTS ? `${shown} + ${hosts.length - MAXIMUM_HOSTS} more...` : shown
}

export const ingressKind = defineKind<Ingress>({
  resource: ingresses,
  type: 'networking/v1.Ingress',
  storedUnder: 'ingress',
  shortNames: ['ing'],
  status: true,
  generation: true,
  columns: [
    nameColumn,
    {
      name: 'Class',
      type: 'string',
      cell: ({ spec }) => spec?.ingressClassName ?? '<none>',
    },
    { name: 'Hosts', type: 'string', cell: formatHosts },
    {
      name: 'Address',
      type: 'string',
      cell: ({ status }) =>
        [...new Set((status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || ''))]
          .toSorted()
          .join(','),
    },
    { name: 'Ports', type: 'string', cell: ({ spec }) => (spec?.tls?.length ? '80, 443' : '80') },
    ageColumn,
  ],
  prepareForCreate: (ingress) => ({ ...ingress, status: { loadBalancer: {} } }),
  validate,
  warnings: ({ metadata, spec }, old) =>
    old ||
    metadata.annotations?.[INGRESS_CLASS_ANNOTATION] === undefined ||
    spec?.ingressClassName !== undefined
      ? []
      : [
          `annotation "${INGRESS_CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`,
        ],
  validateCreate,
  validateStatus: validateIngressStatus,
})
