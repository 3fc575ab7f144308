// Owns the wait for the targets of load balancers that answer for what stands behind them: those of Ingresses and Gateways.
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { describeTargets, readyEndpoints, targetsOf, type LoadBalancerOptions } from './load-balancers.ts'
import { waitFor } from './wait.ts'

/** Whose load balancer it is. */
export interface CheckedSubject {
  /** As kubectl is given it: `ingress`. */
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly hostname: string
  /** Whether anything behind it could be a target. */
  readonly isServed: () => Promise<boolean>
}

/**
 * Waits until all targets have been checked. Unlike those of a Service, unhealthy ones end the wait: the load balancer is there,
 * and answers for them.
 * @returns how many are healthy
 * @throws UserError when time runs out
 */
export async function targetsChecked(
  { kind, namespace, name, hostname, isServed }: CheckedSubject,
  { context, timeoutMs, detail }: LoadBalancerOptions,
): Promise<number> {
  let last: readonly TargetHealthDescription[] = []
  return waitFor(
    async () => {
      last = await targetsOf(context, hostname)
      const healthy = last.filter((target) => target.TargetHealth?.State === 'healthy').length
      detail(`${name}: ${healthy}/${last.length} targets healthy`)
      if (last.length === 0 && (await isServed())) return undefined
      return isChecked(last) ? healthy : undefined
    },
    {
      clock: context.clock,
      pace: context.pace,
      timeoutMs,
      describe: () => ({
        message: `load balancer ${hostname}: ${last.length === 0 ? 'no targets were registered' : describeTargets(last)}`,
        help: `Look closer with: kubectl -n ${namespace} describe ${kind} ${name}`,
      }),
    },
  )
}

// Targets are unused until their load balancer is active, and those of a zone that it has not are for good.
function isChecked(targets: readonly TargetHealthDescription[]): boolean {
  const states = new Set(targets.map((target) => target.TargetHealth?.State))
  return !states.has('initial') && (!states.has('unused') || states.has('healthy'))
}

/** Whether any of the Services has an endpoint that may be a target. */
export async function isAnyReady(
  services: readonly { readonly namespace: string; readonly name: string }[],
  kubernetes: KubernetesClient,
): Promise<boolean> {
  const distinct = new Map(services.map((metadata) => [`${metadata.namespace}/${metadata.name}`, metadata]))
  const found = await Promise.all(
    [...distinct.values()].map((metadata) => readyEndpoints({ metadata }, kubernetes)),
  )
  return found.some((ready) => ready.length > 0)
}
