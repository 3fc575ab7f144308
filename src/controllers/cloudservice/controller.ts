// Owns what EKS's cloud controller says of Services that the AWS Load Balancer Controller does not take: on AWS it makes
// them a Classic Load Balancer, which is not emulated.
// Source: kubernetes staging/src/k8s.io/cloud-provider/controllers/service/controller.go (wantsLoadBalancer, the events)
// and cloud-provider-aws pkg/providers/v1/aws.go (isLBExternal).
import type { Service } from '../../../generated/kubernetes.d.ts'
import { services } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, ReconcileResult } from '../../reconcile/controller.ts'

const FROM = 'service-controller'
const TYPE = 'service.beta.kubernetes.io/aws-load-balancer-type'
// With these the cloud controller leaves a Service to the other one.
const EXTERNAL_TYPES: ReadonlySet<string | undefined> = new Set(['external', 'nlb-ip'])
// The longest pause between its attempts (maxRetryDelay).
const RETRY_MS = 300_000
// Neargate's own sentence: on AWS there is no such error.
const NOT_EMULATED =
  'Classic Load Balancers are not emulated by Neargate; install the AWS Load Balancer Controller, then create the Service anew'

/** The control loop of Services that nobody makes a load balancer for. Keys are Services. */
export function createCloudServiceController(context: ControllerContext): Controller {
  const informer = context.informer(services)
  return {
    name: FROM,
    sources: [informer.source((service) => (isLeftToCloud(service) ? [keyOf(service)] : []))],
    reconcile: async (key) => reconcile(context, informer.get(key)),
  }
}

function isLeftToCloud({ metadata, spec, status }: Service): boolean {
  return (
    spec.type === 'LoadBalancer' &&
    spec.loadBalancerClass === undefined &&
    metadata.deletionTimestamp === undefined &&
    !EXTERNAL_TYPES.has(metadata.annotations?.[TYPE]) &&
    (status?.loadBalancer?.ingress ?? []).length === 0
  )
}

function reconcile(context: ControllerContext, service: Service | undefined): ReconcileResult | void {
  if (!service || !isLeftToCloud(service)) return
  context.event(service, {
    type: 'Normal',
    reason: 'EnsuringLoadBalancer',
    message: 'Ensuring load balancer',
    from: FROM,
  })
  context.event(service, {
    type: 'Warning',
    reason: 'SyncLoadBalancerFailed',
    message: `Error syncing load balancer: failed to ensure load balancer: ${NOT_EMULATED}`,
    from: FROM,
  })
  return { requeueAfterMs: RETRY_MS }
}
