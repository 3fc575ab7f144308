// Owns the problem of load balancers in front of nothing: their Service selects no pods that the files make.
import { isObject } from '../base/json.ts'
import type { Manifest } from '../config/manifest.ts'
import { problem, type Problem } from '../config/problem.ts'
import { selectsLabels } from '../rules/scheduling/label-selector.ts'
import { nameOf, type PlanFacts } from './checks.ts'
import type { LoadBalancerService } from './service.ts'

/** Reports Services that get a load balancer and select no pods, with those that are probably meant. */
export function checkServicePods(facts: PlanFacts): Problem[] {
  return facts.services.flatMap((service) => {
    const { namespace, name, selector, manifest } = service
    // Without a selector somebody else says where it leads.
    if (Object.keys(selector).length === 0) return []
    if (facts.manifests.some((each) => makesPodsFor(each, service))) return []
    const message = `Service ${namespace}/${name} selects no pods of the files (${textOf(selector)}): its load balancer has no healthy target`
    return [
      problem('service-without-pods', message, manifest.locate(['spec', 'selector']), meant(service, facts)),
    ]
  })
}

// Any kind with a pod template: Argo's Rollouts are like Deployments.
function makesPodsFor({ object }: Manifest, { namespace, selector }: LoadBalancerService): boolean {
  if ((object.metadata.namespace ?? 'default') !== namespace) return false
  return podMetadata(object).some(
    (metadata) => isObject(metadata) && selectsLabels(selector, labelsOf(metadata)),
  )
}

function podMetadata({ kind, metadata, spec }: Manifest['object']): unknown[] {
  if (kind === 'Pod') return [metadata]
  const template = isObject(spec) ? (inner(spec['jobTemplate']) ?? spec)['template'] : undefined
  return isObject(template) ? [template['metadata']] : []
}

function inner(value: unknown): Record<string, unknown> | undefined {
  return isObject(value) && isObject(value['spec']) ? value['spec'] : undefined
}

function labelsOf({ labels }: Readonly<Record<string, unknown>>): Record<string, string> {
  // Someone's text: what is no label is equal to none.
  return isObject(labels) ? (labels as Record<string, string>) : {}
}

/** The workloads that are nearest: with the labels in another namespace, or with other labels in this one. */
function meant({ namespace, selector }: LoadBalancerService, { placed }: PlanFacts): string | undefined {
  const elsewhere = placed.find(({ workload }) => selectsLabels(selector, workload.pod.metadata.labels))
  if (elsewhere) return `${nameOf(elsewhere)} has these labels; a Service selects in its own namespace.`
  const [only, ...others] = placed.filter(({ workload }) => workload.namespace === namespace)
  if (!only || others.length > 0) return undefined
  const labels = only.workload.pod.metadata.labels ?? {}
  return Object.keys(labels).length === 0
    ? `The pods of ${nameOf(only)} have no labels.`
    : `The pods of ${nameOf(only)} have ${textOf(labels)}.`
}

function textOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')
}
