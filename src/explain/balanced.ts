// Owns why a Service, an Ingress or a Gateway is reached or not: its load balancer, targets and their health; pure.
import type { Condition, Endpoint, Event, Ingress, Service } from '../../generated/kubernetes.d.ts'
import { targetTypeOf } from '../rules/load-balancer/claim.ts'
import type { Gateway } from '../rules/load-balancer/gateway/api.ts'
import type { Cause, Explanation } from './explanation.ts'
import { targetRemedy } from './remedies.ts'

/** A target as ELBv2 tells of it. */
export interface TargetFacts {
  readonly id: string
  readonly port: number
  readonly state: string
  readonly reason?: string
  readonly description?: string
}

export type BalancedObject = Service | Ingress | Gateway

/** The name of its load balancer. */
export function hostnameOf({ status = {} }: BalancedObject): string | undefined {
  if ('loadBalancer' in status) return status.loadBalancer?.ingress?.[0]?.hostname
  return 'addresses' in status ? status.addresses?.[0]?.value : undefined
}

export interface BalancedFacts {
  readonly kind: 'Service' | 'Ingress' | 'Gateway'
  readonly object: BalancedObject
  /** Those of the object, oldest first. */
  readonly events: readonly Event[]
  /** Undefined while it has no load balancer. */
  readonly targets: readonly TargetFacts[] | undefined
  /** Of the Service; none are looked at for an Ingress or a Gateway. */
  readonly endpoints: readonly Endpoint[]
}

/** Explains a Service, an Ingress or a Gateway. */
export function explainBalanced(facts: BalancedFacts): Explanation {
  const { kind, object, targets, endpoints } = facts
  const { namespace = 'default', name } = object.metadata
  const hostname = hostnameOf(object)
  const healthy = (targets ?? []).filter(({ state }) => state === 'healthy').length
  const inside = kind === 'Service' && typeOf(object) !== 'LoadBalancer'
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).length
  const isWell = inside ? ready > 0 || !hasSelector(object) : healthy > 0 && healthy === targets?.length
  return {
    subject: `${kind.toLowerCase()} ${namespace}/${name}`,
    verdict: inside
      ? `is of type ${typeOf(object)}, with ${ready} ready endpoints`
      : verdictOf(hostname, targets, healthy),
    isWell,
    facts: [
      ...(hostname === undefined ? [] : [{ name: 'hostname', text: hostname }]),
      ...(kind === 'Service' && !inside
        ? [{ name: 'targets', text: `type ${targetTypeOf(object.metadata.annotations)}` }]
        : []),
      ...(kind === 'Service' ? [{ name: 'endpoints', text: `${ready} of ${endpoints.length} ready` }] : []),
    ],
    causes: isWell
      ? []
      : [...(inside ? [] : refusals(facts)), ...endpointCauses(facts), ...sick(targets ?? [])],
  }
}

function typeOf({ spec }: BalancedObject): string {
  return spec && 'type' in spec && spec.type !== undefined ? spec.type : 'ClusterIP'
}

function hasSelector({ spec }: BalancedObject): boolean {
  return spec !== undefined && 'selector' in spec && Object.keys(spec.selector ?? {}).length > 0
}

function verdictOf(hostname: string | undefined, targets: BalancedFacts['targets'], healthy: number): string {
  if (hostname === undefined) return 'has no load balancer'
  if (targets === undefined) return 'has the name of a load balancer that does not exist'
  return targets.length === 0
    ? 'has a load balancer without targets'
    : `has ${healthy} of ${targets.length} targets healthy`
}

/** What the controller could not do. */
function refusals({ events, object, kind }: BalancedFacts): readonly Cause[] {
  const last = events.findLast(({ type }) => type === 'Warning')
  if (last) {
    const help = `Correct the ${kind}; the controller tries again by itself.`
    return [{ by: 'AWS Load Balancer Controller', said: `${last.reason}: ${last.message}`, help }]
  }
  const refused = conditionOf(object)
  if (refused) return [refused]
  if (hostnameOf(object) !== undefined || events.length > 0) return []
  const help =
    'See that the controller runs: kubectl -n kube-system get deployment aws-load-balancer-controller. It takes Services of class service.k8s.aws/nlb, Ingresses of class alb, and Gateways whose GatewayClass has the controller gateway.k8s.aws/alb or gateway.k8s.aws/nlb; EKS Auto Mode those of eks.amazonaws.com/nlb and eks.amazonaws.com/alb.'
  return [{ by: 'Kubernetes', said: 'no controller has said anything of it', help }]
}

/** What a Gateway says of itself where the controller has no event for it. */
function conditionOf({ status = {} }: BalancedObject): Cause | undefined {
  if (!('addresses' in status || 'listeners' in status || 'conditions' in status)) return undefined
  const conditions: readonly Condition[] = status.conditions ?? []
  const no = conditions.find(({ type, status: is }) => type === 'Accepted' && is === 'False')
  if (!no) return undefined
  const help = 'Correct the Gateway, its class or its configuration; the controller tries again by itself.'
  return {
    by: 'AWS Load Balancer Controller',
    said: [no.reason, no.message].filter(Boolean).join(': '),
    help,
  }
}

function endpointCauses({ kind, object, endpoints, targets }: BalancedFacts): readonly Cause[] {
  if (kind !== 'Service') return []
  if (endpoints.length === 0 && hasSelector(object)) {
    const help = "Make the Service's selector the labels of the pods: kubectl get pods --show-labels."
    return [{ by: 'Kubernetes', said: 'no pod has the labels of the selector', help }]
  }
  const unready = endpoints.filter(({ conditions }) => conditions?.ready === false)
  const waiting = unready.map(({ targetRef }) => targetRef?.name).filter((name) => name !== undefined)
  const causes: Cause[] = []
  if (waiting.length > 0) {
    const help = `Look at one of them: neargate explain pod/${waiting[0]}`
    causes.push({ by: 'Kubernetes', said: `pods are not ready: ${waiting.join(', ')}`, help })
  }
  const onFargate = endpoints.some(({ nodeName }) => nodeName?.startsWith('fargate-'))
  if (targets !== undefined && onFargate && targetTypeOf(object.metadata.annotations) === 'instance') {
    const help =
      'Set the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip on the Service.'
    causes.push({
      by: 'Elastic Load Balancing',
      said: 'pods on Fargate are no targets of type instance',
      help,
    })
  }
  return causes
}

function sick(targets: readonly TargetFacts[]): readonly Cause[] {
  return targets
    .filter(({ state }) => state !== 'healthy')
    .map(({ id, port, state, reason = '', description = '' }) => ({
      by: 'Elastic Load Balancing',
      said: `target ${id}:${port} is ${state} (${[reason, description].filter(Boolean).join(': ')})`,
      help: targetRemedy(reason),
    }))
}
