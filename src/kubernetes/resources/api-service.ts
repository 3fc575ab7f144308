// Owns the APIService kind. Source: kube-aggregator pkg/apis/apiregistration/validation, pkg/registry/apiservice.
import type { APIService } from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { apiServices } from '../client/resources.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid, required, unsupported, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { nameProblems } from './naming.ts'

const MAXIMUM_GROUP_PRIORITY = 20_000
const MAXIMUM_VERSION_PRIORITY = 1000
const STATUSES = ['True', 'False', 'Unknown']

function validate({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum: priority, versionPriority } = spec
  const wanted = `${version}.${group}`
  const errors: FieldError[] = []
  if (metadata.name !== wanted) {
    const detail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`
    errors.push(invalid('metadata.name', metadata.name, detail))
  }
  if (group === '' && version !== 'v1') {
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'))
  }
  const groups = group === '' ? [] : nameProblems(group, 'subdomain')
  errors.push(...groups.map((problem) => invalid('spec.group', group, problem)))
  errors.push(...nameProblems(version, 'dns1035').map((problem) => invalid('spec.version', version, problem)))
  if (!isWithin(priority, MAXIMUM_GROUP_PRIORITY)) {
    const detail = `must be positive and less than ${MAXIMUM_GROUP_PRIORITY}`
    errors.push(invalid('spec.groupPriorityMinimum', priority ?? 0, detail))
  }
  if (!isWithin(versionPriority, MAXIMUM_VERSION_PRIORITY)) {
    const detail = `must be positive and less than ${MAXIMUM_VERSION_PRIORITY}`
    errors.push(invalid('spec.versionPriority', versionPriority ?? 0, detail))
  }
  return [...errors, ...validateService(spec)]
}

function isWithin(value: number | undefined, maximum: number): boolean {
  return value !== undefined && value > 0 && value <= maximum
}

function validateService({
  service,
  caBundle = '',
  insecureSkipTLSVerify = false,
}: APIService['spec'] & object): FieldError[] {
  if (!service) {
    const bytes = Buffer.byteLength(caBundle, 'base64')
    return [
      ...(bytes > 0
        ? [invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle')]
        : []),
      ...(insecureSkipTLSVerify
        ? [
            invalid(
              'spec.insecureSkipTLSVerify',
              true,
              'local APIServices may not have insecureSkipTLSVerify',
            ),
          ]
        : []),
    ]
  }
  const { namespace, name, port = 443 } = service
  const isPort = Number.isInteger(port) && port > 0 && port < 65536
  return [
    ...(namespace ? [] : [required('spec.service.namespace')]),
    ...(name ? [] : [required('spec.service.name')]),
    ...(isPort
      ? []
      : [invalid('spec.service.port', port, 'port is not valid: must be between 1 and 65535, inclusive')]),
    ...(insecureSkipTLSVerify && caBundle !== ''
      ? [invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')]
      : []),
  ]
}

function validateStatus({ status }: APIService): FieldError[] {
  return (status?.conditions ?? []).flatMap((condition, i) =>
    STATUSES.includes(condition.status)
      ? []
      : [unsupported(`status.conditions[${i}].status`, condition.status, STATUSES)],
  )
}

function defaults(apiService: Fields): void {
  const { service } = structAt(apiService, 'spec')
  if (isObject(service)) fill(service, { port: 443 })
}

function availableCell({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available')
  if (!condition) return 'Unknown'
  const { status: value, reason } = condition
  return value === 'True' || !reason ? value : `${value} (${reason})`
}

export const apiServiceKind = defineKind<APIService>({
  resource: apiServices,
  type: 'apiregistration/v1.APIService',
  needsVersion: true,
  storedUnder: 'apiregistration.k8s.io/apiservices',
  nameRule: 'path',
  categories: ['api-extensions'],
  status: true,
  columns: [
    nameColumn,
    {
      name: 'Service',
      type: 'string',
      cell: ({ spec: { service } }) => (service ? `${service.namespace}/${service.name}` : 'Local'),
    },
    { name: 'Available', type: 'string', cell: availableCell },
    ageColumn,
  ],
  defaults,
  prepareForCreate: (apiService) => ({ ...apiService, status: {} }),
  validate,
  validateUpdate: validateStatus,
  validateStatus,
})
