// Owns the defaults of Service, Endpoints and EndpointSlice.
import { isObject } from '../../base/json.ts'
import { each, fill, structAt, type Fields } from './default-fill.ts'

/** Three hours, in seconds: how long ClientIP affinity lasts. */
const AFFINITY_SECONDS = 10_800

/** pkg/apis/core/v1/defaults.go SetDefaults_Service; addresses and families are the registry's business. */
export function defaultService(service: Fields): void {
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
  if (spec['type'] === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true })
  structAt(structAt(service, 'status'), 'loadBalancer')
}

/** pkg/apis/core/v1/defaults.go SetDefaults_Endpoints. */
export function defaultEndpoints(endpoints: Fields): void {
  each(endpoints['subsets'], (subset) => each(subset['ports'], (port) => fill(port, { protocol: 'TCP' })))
}

/** pkg/apis/discovery/v1/defaults.go: a port has a name, if an empty one, and a protocol. */
export function defaultEndpointSlice(slice: Fields): void {
  each(slice['ports'], (port) => {
    if (port['name'] === undefined) port['name'] = ''
    fill(port, { protocol: 'TCP' })
  })
  each(slice['endpoints'], (endpoint) => {
    if (!isObject(endpoint['conditions'])) endpoint['conditions'] = {}
  })
}
