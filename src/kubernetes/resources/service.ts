// Owns the Service kind; addresses and node ports are given out by the registry.
import type { Service, ServicePort, ServiceSpec } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { services } from '../client/resources.ts'
import { each, fill, structAt, type Fields } from '../schema/default-fill.ts'
import { serviceWarnings } from './service-warnings.ts'
import { ageColumn, formatPairs, nameColumn } from './columns.ts'
import { duplicate, forbidden, invalid, required, type FieldError } from './field-error.ts'
import { validateServiceStatus } from './load-balancer-status-rules.ts'
import { defineKind } from './kind.ts'
import { validateCidr, validateEndpointIp, validateIp } from './ip-rules.ts'
import { nameProblems, validateLabels, validateQualifiedName } from './naming.ts'
import { choice } from './field-rules.ts'
import { isPort, portNameErrors } from './port-rules.ts'
import { withoutFieldsOfOldType } from './service-type-change.ts'

const MAXIMUM_AFFINITY_SECONDS = 86_400
const portRange = 'must be between 1 and 65535, inclusive'

function validate(service: Service): FieldError[] {
  const { spec } = service
  const ports = spec.ports ?? []
  const headless = spec.clusterIP === 'None'
  const external = spec.type === 'ExternalName'
  return [
    ...choice('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...choice('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...validateLabels('spec.selector', spec.selector),
    ...(ports.length === 0 && !headless && !external ? [required('spec.ports')] : []),
    ...ports.flatMap((port, i) => validatePort(port, `spec.ports[${i}]`, ports.length > 1)),
    ...duplicatePorts(ports),
    ...validateType(spec),
    ...validateTraffic(spec),
    ...validateAddresses(spec),
  ]
}

function validateType(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = []
  if (spec.type === 'ExternalName') {
    const text = 'may not be set for ExternalName services'
    if (spec.clusterIP || spec.clusterIPs?.length) errors.push(forbidden('spec.clusterIPs', text))
    if (spec.ipFamilies?.length) errors.push(forbidden('spec.ipFamilies', text))
    if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', text))
    if (!spec.externalName) errors.push(required('spec.externalName'))
    else {
      const problems = nameProblems(spec.externalName.replace(/\.$/, ''), 'subdomain')
      errors.push(...problems.map((problem) => invalid('spec.externalName', spec.externalName, problem)))
    }
  }
  if (spec.clusterIP === 'None' && (spec.type === 'NodePort' || spec.type === 'LoadBalancer')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`))
  }
  if (spec.type !== 'LoadBalancer' && spec.loadBalancerClass !== undefined) {
    errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"))
  }
  if (spec.type === 'LoadBalancer' && spec.loadBalancerClass !== undefined) {
    errors.push(...validateQualifiedName('spec.loadBalancerClass', spec.loadBalancerClass))
  }
  if (spec.type !== 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(
      forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"),
    )
  }
  if (spec.healthCheckNodePort && !needsHealthCheckPort(spec)) {
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, text))
  }
  return errors
}

/** Whether nodes are asked if they have a pod of the service: where traffic may not go on to another node. */
export function needsHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
}

/** Whether endpoints, which somebody else writes, may be of families that the cluster does not have. */
export function isOfAnyFamily({ clusterIP, selector = {} }: ServiceSpec): boolean {
  return clusterIP === 'None' && Object.keys(selector).length === 0
}

// Which families the cluster has, and so which a Service may ask for, the registry knows.
function validateAddresses(spec: ServiceSpec): FieldError[] {
  const { externalIPs = [], ports = [], type } = spec
  const isInternal = (type ?? 'ClusterIP') === 'ClusterIP'
  return [
    ...(type === 'ExternalName' ? [] : clusterAddressErrors(spec)),
    ...externalIPs.flatMap((ip, i) => validateEndpointIp(`spec.externalIPs[${i}]`, ip)),
    ...ports.flatMap(({ nodePort }, i) =>
      nodePort && isInternal
        ? [forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")]
        : [],
    ),
  ]
}

// ValidateServiceClusterIPsRelatedFields; which addresses there are to give, the registry knows.
function clusterAddressErrors({ clusterIP, clusterIPs = [], ...spec }: ServiceSpec): FieldError[] {
  const { ipFamilies = [], ipFamilyPolicy } = spec
  const field = 'spec.clusterIPs'
  const errors: FieldError[] = []
  if (clusterIP && clusterIPs[0] !== undefined && clusterIPs[0] !== clusterIP) {
    errors.push(invalid(field, clusterIPs, 'first value must match `clusterIP`'))
  }
  if (!clusterIP && clusterIPs.length > 0)
    errors.push(invalid(field, clusterIPs, 'must be empty when `clusterIP` is not specified'))
  errors.push(
    ...ipFamilies.flatMap((family, i) => [
      ...choice(`spec.ipFamilies[${i}]`, family, ['IPv4', 'IPv6']),
      ...(ipFamilies.indexOf(family) < i ? [duplicate(`spec.ipFamilies[${i}]`, family)] : []),
    ]),
    ...choice('spec.ipFamilyPolicy', ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']),
    ...clusterIPs.flatMap((ip, i) => {
      if (i > 0 || ip !== 'None') return validateIp(`${field}[${i}]`, ip)
      return clusterIPs.length > 1
        ? [invalid(field, clusterIPs, "'None' must be the first and only value")]
        : []
    }),
  )
  if (clusterIPs.length > 2) errors.push(invalid(field, clusterIPs, 'may only hold up to 2 values'))
  return errors
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy: external, internalTrafficPolicy, trafficDistribution, externalIPs } = spec
  const isBalanced = spec.type === 'LoadBalancer'
  const isExternal = isBalanced || spec.type === 'NodePort' || (externalIPs?.length ?? 0) > 0
  const errors: FieldError[] = []
  if (external !== undefined && !isExternal) {
    const detail = 'may only be set for externally-accessible services'
    errors.push(invalid('spec.externalTrafficPolicy', external, detail))
  } else errors.push(...choice('spec.externalTrafficPolicy', external, ['Cluster', 'Local']))
  errors.push(
    ...choice('spec.internalTrafficPolicy', internalTrafficPolicy, ['Cluster', 'Local']),
    ...choice('spec.trafficDistribution', trafficDistribution, [
      'PreferClose',
      'PreferSameZone',
      'PreferSameNode',
    ]),
  )
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds !== undefined && (seconds <= 0 || seconds > MAXIMUM_AFFINITY_SECONDS)) {
    const detail = `must be greater than 0 and less than ${MAXIMUM_AFFINITY_SECONDS}`
    errors.push(invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, detail))
  }
  // The capital letter is upstream's.
  const ranges = 'spec.LoadBalancerSourceRanges'
  if (spec.loadBalancerSourceRanges?.length && !isBalanced) {
    errors.push(forbidden(ranges, "may only be used when `type` is 'LoadBalancer'"))
  } else {
    errors.push(
      ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, i) =>
        validateCidr(`${ranges}[${i}]`, range.trim()),
      ),
    )
  }
  return errors
}

function validatePort(port: ServicePort, path: string, named: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (named && !port.name) errors.push(required(`${path}.name`))
  if (port.name) {
    errors.push(
      ...nameProblems(port.name, 'label').map((problem) => invalid(`${path}.name`, port.name, problem)),
    )
  }
  // The target of a port that is missing is missing too.
  const { port: number, targetPort = number } = port
  if (!isPort(number)) errors.push(invalid(`${path}.port`, number, portRange))
  errors.push(...choice(`${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']))
  if (typeof targetPort === 'string') errors.push(...portNameErrors(`${path}.targetPort`, targetPort))
  if (port.appProtocol !== undefined)
    errors.push(...validateQualifiedName(`${path}.appProtocol`, port.appProtocol))
  if (typeof targetPort === 'number' && !isPort(targetPort)) {
    errors.push(invalid(`${path}.targetPort`, targetPort, portRange))
  }
  return errors
}

function duplicatePorts(ports: readonly ServicePort[]): FieldError[] {
  const names = new Set<string>()
  const numbers = new Set<string>()
  return ports.flatMap((port, i) => {
    const errors: FieldError[] = []
    if (port.name && names.has(port.name)) errors.push(duplicate(`spec.ports[${i}].name`, port.name))
    names.add(port.name ?? '')
    const key = `${port.protocol ?? 'TCP'}/${port.port}`
    if (numbers.has(key)) {
      errors.push(
        duplicate(`spec.ports[${i}]`, {
          Name: '',
          Protocol: port.protocol ?? 'TCP',
          AppProtocol: null,
          Port: port.port,
          TargetPort: 0,
          NodePort: 0,
        }),
      )
    }
    numbers.add(key)
    return errors
  })
}

function validateUpdate({ spec }: Service, { spec: old }: Service): FieldError[] {
  const errors: FieldError[] = []
  const external = spec.type === 'ExternalName' || old.type === 'ExternalName'
  if (!external && old.clusterIP && spec.clusterIP !== old.clusterIP) {
    errors.push(invalid('spec.clusterIPs[0]', [spec.clusterIP ?? ''], 'may not change once set'))
  }
  const bothBalanced = spec.type === 'LoadBalancer' && old.type === 'LoadBalancer'
  if (bothBalanced && spec.loadBalancerClass !== old.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'))
  }
  const bothChecked = needsHealthCheckPort(spec) && needsHealthCheckPort(old)
  if (bothChecked && old.healthCheckNodePort && spec.healthCheckNodePort !== old.healthCheckNodePort) {
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort ?? 0, 'field is immutable'))
  }
  return errors
}

// A client that replaces a service without naming its address means the one it has (patchAllocatedValues).
function keepClusterIp(service: Service, { spec: old }: Service): Service {
  const { clusterIP, clusterIPs, type } = service.spec
  if (!old.clusterIP || type === 'ExternalName') return service
  // One who changes the address alone means the list, too (NormalizeClusterIPs).
  if (clusterIP && clusterIP !== old.clusterIP && deepEqual(clusterIPs, old.clusterIPs)) {
    return { ...service, spec: { ...service.spec, clusterIPs: [clusterIP] } }
  }
  if (clusterIP) return service
  const kept = { clusterIP: old.clusterIP, ...(old.clusterIPs ? { clusterIPs: old.clusterIPs } : {}) }
  return { ...service, spec: { ...service.spec, ...kept } }
}

// Kept for a client that does not name it, and dropped with what it was needed for although the client still names it.
function settleHealthCheckPort(service: Service, { spec: old }: Service): Service {
  const { healthCheckNodePort, ...rest } = service.spec
  const isNeeded = needsHealthCheckPort(service.spec)
  if (!isNeeded && healthCheckNodePort && healthCheckNodePort === old.healthCheckNodePort) {
    return { ...service, spec: rest }
  }
  if (!isNeeded || healthCheckNodePort || !old.healthCheckNodePort || !needsHealthCheckPort(old))
    return service
  return { ...service, spec: { ...rest, healthCheckNodePort: old.healthCheckNodePort } }
}

// A port's nodePort is shown only where one was given out.
function formatPorts(service: Service): string {
  const parts = (service.spec.ports ?? []).map((port) =>
    port.nodePort
      ? `${port.port}:${port.nodePort}/${port.protocol ?? 'TCP'}`
      : `${port.port}/${port.protocol ?? 'TCP'}`,
  )
  return parts.length === 0 ? '<none>' : parts.join(',')
}

function externalAddress(service: Service): string {
  const { type, externalIPs = [], externalName } = service.spec
  if (type === 'ExternalName') return externalName ?? '<none>'
  if (type === 'LoadBalancer') {
    const ingress = service.status?.loadBalancer?.ingress ?? []
    const addresses = [...ingress.map((item) => item.ip || item.hostname || ''), ...externalIPs]
    return addresses.length === 0 ? '<pending>' : addresses.join(',')
  }
  return externalIPs.length === 0 ? '<none>' : externalIPs.join(',')
}

/** Three hours, in seconds: how long ClientIP affinity lasts. */
const AFFINITY_SECONDS = 10_800

/** pkg/apis/core/v1/defaults.go SetDefaults_Service; addresses and families are the registry's business. */
function defaultService(service: Fields): void {
  const spec = structAt(service, 'spec')
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' })
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig']
  else
    fill(structAt(structAt(spec, 'sessionAffinityConfig'), 'clientIP'), { timeoutSeconds: AFFINITY_SECONDS })
  each(spec['ports'], (port) => {
    fill(port, { protocol: 'TCP' })
    if (port['targetPort'] === undefined || port['targetPort'] === 0 || port['targetPort'] === '') {
      port['targetPort'] = port['port']
    }
  })
  const isNodePort = spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer'
  const hasExternalIPs = Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0
  if (isNodePort || (spec['type'] === 'ClusterIP' && hasExternalIPs))
    fill(spec, { externalTrafficPolicy: 'Cluster' })
  if (isNodePort || spec['type'] === 'ClusterIP') fill(spec, { internalTrafficPolicy: 'Cluster' })
  const balancer = structAt(structAt(service, 'status'), 'loadBalancer')
  if (spec['type'] !== 'LoadBalancer') return
  fill(spec, { allocateLoadBalancerNodePorts: true })
  each(balancer['ingress'], (place) => {
    if (place['ip']) fill(place, { ipMode: 'VIP' })
  })
}

export const serviceKind = defineKind<Service>({
  resource: services,
  type: 'core/v1.Service',
  madeByPut: true,
  storedUnder: 'services/specs',
  warnings: serviceWarnings,
  defaults: defaultService,
  shortNames: ['svc'],
  categories: ['all'],
  nameRule: 'dns1035',
  status: true,
  subresources: [
    {
      name: 'proxy',
      kind: 'ServiceProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
  ],
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', cell: (service) => service.spec.type ?? 'ClusterIP' },
    { name: 'Cluster-IP', type: 'string', cell: (service) => service.spec.clusterIP || '<none>' },
    { name: 'External-IP', type: 'string', cell: externalAddress },
    { name: 'Port(s)', type: 'string', cell: formatPorts },
    ageColumn,
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      cell: (service) => formatPairs(service.spec.selector),
    },
  ],
  fields: (service) => ({
    'spec.clusterIP': service.spec.clusterIP ?? '',
    'spec.type': service.spec.type ?? '',
  }),
  prepareForUpdate: (service, old) =>
    withoutFieldsOfOldType(settleHealthCheckPort(keepClusterIp(service, old), old), old),
  prepareForCreate: (service) => ({ ...service, status: { loadBalancer: {} } }),
  validate,
  validateUpdate,
  validateStatus: validateServiceStatus,
})
