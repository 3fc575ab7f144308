// Owns what is accepted of a Service, but not without a warning.
// Source of the rules and words: kubernetes pkg/api/service/warnings.go.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { cidrWarnings, ipWarnings } from './ip-rules.ts'

const HINTS = 'service.kubernetes.io/topology-aware-hints'

/** The warnings for a Service whose values have been validated. */
export function serviceWarnings({ metadata, spec }: Service): string[] {
  const { type, clusterIP, clusterIPs, externalIPs = [], loadBalancerIP, externalName } = spec
  const hasIp = clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None'
  const isHeadless = type === 'ClusterIP' && clusterIP === 'None'
  const ignored = {
    'spec.loadBalancerIP': Boolean(loadBalancerIP),
    'spec.externalIPs': externalIPs.length > 0,
    'spec.SessionAffinity': spec.sessionAffinity !== 'None',
  }
  const isAlias = type === 'ExternalName'
  return [
    ...(metadata.annotations?.[HINTS] === undefined
      ? []
      : [`annotation ${HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
    ...(hasIp ? (clusterIPs ?? []) : []).flatMap((ip, i) => ipWarnings(`spec.clusterIPs[${i}]`, ip)),
    ...Object.entries(ignored).flatMap(([field, isSet]) =>
      isHeadless && isSet ? [`${field} is ignored for headless services`] : [],
    ),
    ...externalIPs.flatMap((ip, i) => ipWarnings(`spec.externalIPs[${i}]`, ip)),
    ...(loadBalancerIP ? ipWarnings('spec.loadBalancerIP', loadBalancerIP) : []),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((block, i) =>
      cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, block.trim()),
    ),
    ...(isAlias && externalIPs.length > 0
      ? ['spec.externalIPs is ignored when spec.type is "ExternalName"']
      : []),
    ...(!isAlias && externalName
      ? ['spec.externalName is ignored when spec.type is not "ExternalName"']
      : []),
    ...(spec.trafficDistribution === 'PreferClose'
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ]
}
