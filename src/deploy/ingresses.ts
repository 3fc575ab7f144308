// Owns Ingresses as a deployment sees them: the hostname, targets that have been checked, and one fetch of the URL.
import type { Ingress } from '../../generated/kubernetes.d.ts'
import { hostnameOf } from '../explain/balanced.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { ingressClasses, ingresses } from '../kubernetes/client/resources.ts'
import {
  isIngressClaimed,
  type ClaimableClass,
  type ClaimableIngress,
} from '../rules/load-balancer/ingress/claim.ts'
import type { SourcedObject } from './apply.ts'
import { withHostname, type Balanced } from './hostname.ts'
import { isAnyReady, targetsChecked } from './checked-targets.ts'
import type { LoadBalancerOptions } from './load-balancers.ts'
import type { LoadBalancerReport } from './up-result.ts'

const INGRESS: Balanced<Ingress> = {
  resource: ingresses,
  hostnameOf,
  certificates: 'alb.ingress.kubernetes.io/certificate-arn',
}

/** The manifests of Ingresses that the load balancer controller will make a load balancer for, given these classes. */
export function balancedIngresses(
  manifests: readonly SourcedObject[],
  classes: readonly ClaimableClass[] = classesOf(manifests),
): readonly SourcedObject[] {
  return manifests.filter(
    // A manifest is not validated yet: spec may be anything, which the rule allows for.
    ({ object }) =>
      object.kind === 'Ingress' &&
      object.apiVersion.startsWith('networking.k8s.io/') &&
      isIngressClaimed(object as ClaimableIngress, classes),
  )
}

/** The same by the classes that the cluster has, which may have been there before the files. */
export async function balancedIngressesIn(
  kubernetes: KubernetesClient,
  manifests: readonly SourcedObject[],
): Promise<readonly SourcedObject[]> {
  if (!manifests.some(({ object }) => object.kind === 'Ingress')) return []
  const { items } = await kubernetes.list(ingressClasses)
  return balancedIngresses(manifests, items)
}

function classesOf(manifests: readonly SourcedObject[]): readonly ClaimableClass[] {
  const classes = manifests.filter(({ object }) => object.kind === 'IngressClass')
  // As with Ingresses, the rule allows for any spec.
  return classes.map(({ object }) => object as ClaimableClass)
}

/**
 * Waits until the Ingress has a hostname and its load balancer has checked its targets, then fetches `/` once. Whatever
 * that says is reported: rules may want a host or a path that `/` has not.
 */
export async function ingressReady(
  manifest: SourcedObject,
  options: LoadBalancerOptions,
): Promise<LoadBalancerReport> {
  const { name, namespace = 'default' } = manifest.object.metadata
  const { object, hostname } = await withHostname(INGRESS, { namespace, name }, options)
  const port = object.status?.loadBalancer?.ingress?.[0]?.ports?.[0]?.port ?? 80
  const about = {
    kind: 'ingress',
    namespace,
    name,
    hostname,
    isServed: () => hasEndpoints(object, options.kubernetes),
  }
  const healthyTargets = await targetsChecked(about, options)
  const way = await options.web.wayTo(hostname, port)
  const url = new URL('/', way.url).href
  const httpStatus = await options.web.fetchStatus(url)
  return { namespace, ingress: name, hostname, ...way, url, healthyTargets, httpStatus }
}

async function hasEndpoints({ metadata, spec }: Ingress, kubernetes: KubernetesClient): Promise<boolean> {
  const backends = [
    spec.defaultBackend,
    ...(spec.rules ?? []).flatMap((rule) => rule.http?.paths ?? []).map(({ backend }) => backend),
  ]
  const names = backends.flatMap((backend) => {
    // What an annotation says of may lead anywhere, or nowhere.
    if (!backend?.service || backend.service.port?.name === 'use-annotation') return []
    return backend.service.name
  })
  return await isAnyReady(
    names.map((name) => ({ namespace: metadata.namespace ?? 'default', name })),
    kubernetes,
  )
}
