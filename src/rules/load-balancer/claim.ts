// Owns which Services the AWS Load Balancer Controller takes care of.
// Source: aws-load-balancer-controller, pkg/service/service_utils.go and webhooks/core/service_mutator.go.

import { CHART, EDITIONS, type Edition } from './edition.ts'

const TYPE = 'service.beta.kubernetes.io/aws-load-balancer-type'
/** Annotation that says what the targets are: pods (`ip`) or nodes (`instance`). */
export const TARGET_TYPE = 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type'

type Annotations = Readonly<Record<string, string>>

/** What decides; Services of the API have it, and those of files as far as they are well-formed. */
export interface ClaimableService {
  readonly metadata: {
    readonly annotations?: Annotations
    readonly deletionTimestamp?: string
  }
  readonly spec?: { readonly type?: unknown; readonly loadBalancerClass?: unknown } | null
}

/**
 * Whether the controller makes and keeps a network load balancer for a Service as the API has it: by its class, and
 * without one by its annotations, whatever its type. Not while it is being deleted.
 */
export function isClaimed({ metadata, spec }: ClaimableService, edition: Edition = CHART): boolean {
  if (metadata.deletionTimestamp) return false
  const loadBalancerClass = spec?.loadBalancerClass ?? undefined
  if (loadBalancerClass !== undefined) return loadBalancerClass === edition.loadBalancerClass
  return edition.takesAnnotated && isClaimedByType(metadata.annotations ?? {})
}

/**
 * Whether the controller, once it is installed or a part of EKS, will take a Service that is created from this manifest: its
 * webhook gives the class to each new Service of type LoadBalancer that has none. One that another class is given to is
 * somebody else's: nobody plans, prices or awaits a network load balancer for it.
 */
export function isClaimedOnceCreated(service: ClaimableService): boolean {
  return EDITIONS.some((edition) => isClaimed(service, edition)) || getsClass(service)
}

/** Whether the controller's webhook gives its class to the Service on creation. */
export function getsClass({ spec }: ClaimableService): boolean {
  return spec?.type === 'LoadBalancer' && !spec.loadBalancerClass
}

/** What the targets of a Service's load balancer are. Anything but `ip` means instances, the default. */
export function targetTypeOf(annotations: Annotations = {}): 'ip' | 'instance' {
  return annotations[TARGET_TYPE] === 'ip' || annotations[TYPE] === 'nlb-ip' ? 'ip' : 'instance'
}

function isClaimedByType(annotations: Annotations): boolean {
  if (annotations[TYPE] === 'nlb-ip') return true
  const targetType = annotations[TARGET_TYPE]
  return annotations[TYPE] === 'external' && (targetType === 'ip' || targetType === 'instance')
}
