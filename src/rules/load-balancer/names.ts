// Owns the names of AWS resources that the AWS Load Balancer Controller makes (pkg/service/model_build_*.go).

import { sha256Hex } from '../../base/sha256.ts'
import { CHART, type Edition } from './edition.ts'

interface ServiceIdentity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface TargetGroupIdentity {
  readonly targetPort: number
  readonly servicePort: number
  readonly targetType: 'ip' | 'instance'
  readonly protocol: string
  readonly healthCheckProtocol: string
  readonly healthCheckInterval: number
}

/** `k8s-<namespace>-<service>-<hash>` of a network load balancer. */
export function loadBalancerName(cluster: string, service: ServiceIdentity, scheme: string): string {
  return named(service, [cluster, service.uid, scheme])
}

/** Name of the target group of one Service port. */
export function targetGroupName(
  cluster: string,
  service: ServiceIdentity,
  group: TargetGroupIdentity,
): string {
  const { targetPort, servicePort, targetType, protocol, healthCheckProtocol, healthCheckInterval } = group
  const parts = [targetPort, servicePort, targetType, protocol, healthCheckProtocol, healthCheckInterval]
  return named(service, [cluster, service.uid, ...parts.map(String)])
}

/** Name of the security group in front of a load balancer. */
export function securityGroupName(cluster: string, service: ServiceIdentity): string {
  return named(service, [cluster, service.name, service.namespace, service.uid])
}

/**
 * Name of the security group that all load balancers of a cluster share (pkg/networking/backend_sg_provider.go). A cluster
 * with the controllers of both editions has two of them.
 */
export function backendSecurityGroupName(cluster: string, edition: Edition = CHART): string {
  const digest = hash(edition === CHART ? [cluster] : [cluster, edition.shared])
  return `k8s-traffic-${alphanumeric(cluster).slice(0, 232)}-${digest}`
}

/** Name of the load balancer of Ingresses, and without a scheme that of its security group (pkg/ingress). */
export function ingressGroupName(cluster: string, groupId: string, scheme = ''): string {
  const digest = hash([cluster, groupId, scheme])
  const [namespace = '', name] = groupId.split('/')
  if (name === undefined) return `k8s-${alphanumeric(groupId).slice(0, 17)}-${digest}`
  return `k8s-${alphanumeric(namespace).slice(0, 8)}-${alphanumeric(name).slice(0, 8)}-${digest}`
}

/** Name of the target group of a Service behind an Ingress; `identity` is all that tells it from others. */
export function ingressTargetGroupName(
  cluster: string,
  service: Pick<ServiceIdentity, 'namespace' | 'name'>,
  identity: readonly string[],
): string {
  return named(service, [cluster, ...identity])
}

/** Name of the target group of a backend of a route; `identity` is all that tells it from others (pkg/gateway/model). */
export function targetGroupNameOfRoute(
  cluster: string,
  route: Pick<ServiceIdentity, 'namespace' | 'name'>,
  identity: readonly string[],
): string {
  return named(route, [cluster, ...identity])
}

function named(
  { namespace, name }: Pick<ServiceIdentity, 'namespace' | 'name'>,
  hashed: readonly string[],
): string {
  return `k8s-${alphanumeric(namespace).slice(0, 8)}-${alphanumeric(name).slice(0, 8)}-${hash(hashed)}`
}

function alphanumeric(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '')
}

function hash(parts: readonly string[]): string {
  return sha256Hex(parts.join(''), 10)
}
