// Owns load balancers as a deployment sees them: the hostname, healthy targets, and one fetch of the URL.
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  paginateDescribeLoadBalancers,
  type LoadBalancer,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Endpoint, Event, Service } from '../../generated/kubernetes.d.ts'
import { UserError } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { endpointSlices, events, nodes, services } from '../kubernetes/client/resources.ts'
import { isClaimedOnceCreated, targetTypeOf, type ClaimableService } from '../rules/load-balancer/claim.ts'
import { FIELD_MANAGER, type SourcedObject } from './apply.ts'
import type { Cloud } from './cloud.ts'
import type { DeployContext } from './context.ts'
import { waitFor } from './wait.ts'

export interface LoadBalancerReport {
  readonly namespace: string
  readonly service: string
  readonly hostname: string
  readonly url: string
  /** `127.66.3.9:80`, for clients that carry no host name; absent where there is none. */
  readonly address?: string
  readonly healthyTargets: number
  /** Status of one GET of the URL; 0 when nothing answered. */
  readonly httpStatus: number
}

/** How to reach a load balancer from here, and what one GET of it says. */
export interface WebAccess {
  wayTo(hostname: string, port: number): Promise<Pick<LoadBalancerReport, 'url' | 'address'>>
  /** @returns the HTTP status, 0 when there was no answer. */
  fetchStatus(url: string): Promise<number>
}

export interface LoadBalancerOptions {
  readonly context: DeployContext
  readonly kubernetes: KubernetesClient
  readonly web: WebAccess
  readonly timeoutMs: number
  readonly detail: (text: string) => void
}

/** The manifests of Services that the load balancer controller will make a load balancer for. */
export function loadBalancerServices(manifests: readonly SourcedObject[]): readonly SourcedObject[] {
  return manifests.filter(
    // A manifest is not validated yet: spec may be anything, which the rule allows for.
    ({ object }) => object.kind === 'Service' && isClaimedOnceCreated(object as ClaimableService),
  )
}

/**
 * Waits until the Service has a hostname and every target behind it is healthy, then fetches it once.
 * A load balancer without any target is reported as it is: there is nothing to wait for.
 */
export async function loadBalancerReady(
  manifest: SourcedObject,
  options: LoadBalancerOptions,
): Promise<LoadBalancerReport> {
  const { name, namespace = 'default' } = manifest.object.metadata
  const service = await withHostname({ namespace, name }, options)
  const hostname = hostnameOf(service) ?? ''
  const port = service.spec.ports?.[0]?.port ?? 80
  const healthyTargets = await targetsHealthy(hostname, { ...options, service })
  const way = await options.web.wayTo(hostname, port)
  const httpStatus = healthyTargets === 0 ? 0 : await options.web.fetchStatus(way.url)
  return { namespace, service: name, hostname, ...way, healthyTargets, httpStatus }
}

function hostnameOf(service: Service): string | undefined {
  return service.status?.loadBalancer?.ingress?.[0]?.hostname
}

// The controller tries again at once, so that what it refers to may still be in the making.
const FAILED_BUILD_GRACE_MS = 5_000

async function withHostname(
  key: { readonly namespace: string; readonly name: string },
  { context, kubernetes, timeoutMs, detail }: LoadBalancerOptions,
): Promise<Service> {
  let lastEvent = ''
  let failedSinceMs: number | undefined
  return waitFor(
    async () => {
      const service = await kubernetes.get(services, key)
      if (hostnameOf(service) !== undefined) return service
      const happened = await eventsOf(kubernetes, service)
      const latest = happened.at(-1)
      if (latest) lastEvent = `; last event: ${latest.reason}: ${latest.message}`
      detail(`${key.name}: waiting for a hostname${lastEvent}`)
      if (!latest || !isHopeless(latest)) failedSinceMs = undefined
      else if (context.clock.now() - (failedSinceMs ??= context.clock.now()) >= FAILED_BUILD_GRACE_MS) {
        throw new UserError(`service ${key.namespace}/${key.name} gets no load balancer: ${latest.message}`, {
          help: helpFor(latest),
        })
      }
      return undefined
    },
    {
      clock: context.clock,
      timeoutMs,
      describe: () => ({
        message: `service ${key.namespace}/${key.name} has no load balancer${lastEvent}`,
        help: `Look closer with: kubectl -n ${key.namespace} describe service ${key.name}`,
      }),
    },
  )
}

/** What trying again does not mend: a Service that is wrong, or a certificate that nobody has made. */
function isHopeless({ reason, message = '' }: Event): boolean {
  return reason === 'FailedBuildModel' || (reason === 'FailedDeployModel' && NO_CERTIFICATE.test(message))
}

const NO_CERTIFICATE = /Certificate '[^']*' not found/

function helpFor({ message = '' }: Event): string {
  return NO_CERTIFICATE.test(message)
    ? 'Make the certificate that aws-load-balancer-ssl-cert names, by aws acm request-certificate or import-certificate, and run the same command again.'
    : 'Correct the Service and run the same command again.'
}

// Events of the Service as it is now, oldest first: those of an earlier mistake stay for an hour.
async function eventsOf(kubernetes: KubernetesClient, service: Service): Promise<readonly Event[]> {
  const { name, namespace = 'default' } = service.metadata
  const { items } = await kubernetes.list(events, {
    namespace,
    fieldSelector: `involvedObject.name=${name},involvedObject.kind=Service`,
  })
  const changedAtMs = changedAt(service)
  return items.filter((event) => timeOf(event) >= changedAtMs).toSorted((a, b) => timeOf(a) - timeOf(b))
}

// Server-side apply keeps the time of the last change of what was applied, to the second.
function changedAt({ metadata }: Service): number {
  const applied = metadata.managedFields?.find(({ manager }) => manager === FIELD_MANAGER)
  return Date.parse(applied?.time ?? metadata.creationTimestamp)
}

function timeOf(event: Event): number {
  const { lastTimestamp, eventTime, firstTimestamp, metadata } = event
  return Date.parse(lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp)
}

async function targetsHealthy(
  hostname: string,
  options: LoadBalancerOptions & { readonly service: Service },
): Promise<number> {
  const { context, timeoutMs, detail, service } = options
  let last: readonly TargetHealthDescription[] = []
  return waitFor(
    async () => {
      last = await targetsOf(context, hostname)
      const healthy = last.filter((target) => target.TargetHealth?.State === 'healthy').length
      const expected = await expectedTargets(service, options)
      detail(`${service.metadata.name}: ${healthy}/${Math.max(last.length, expected)} targets healthy`)
      // Nodes without a pod of the Service fail their checks for good where traffic may not go on to another node.
      const isSettled = onlyLocal(service) || healthy === last.length
      return healthy >= expected && isSettled ? healthy : undefined
    },
    {
      clock: context.clock,
      timeoutMs,
      describe: () => ({ message: `load balancer ${hostname}: ${describeTargets(last)}` }),
    },
  )
}

function describeTargets(targets: readonly TargetHealthDescription[]): string {
  if (targets.length === 0) return 'no targets were registered'
  const sick = targets.filter((target) => target.TargetHealth?.State !== 'healthy')
  return sick
    .map(
      ({ Target, TargetHealth }) =>
        `${Target?.Id}:${Target?.Port} is ${TargetHealth?.State} (${TargetHealth?.Reason ?? ''} ${TargetHealth?.Description ?? ''})`,
    )
    .join(', ')
}

/** Whether only nodes with a pod of the Service are healthy targets. */
function onlyLocal({ metadata, spec }: Service): boolean {
  return targetTypeOf(metadata.annotations) === 'instance' && spec.externalTrafficPolicy === 'Local'
}

// With target type ip each ready endpoint is a target. With instance each node is, but Fargate nodes never are
// (the controller's defaultTrafficProxyNodeLabelSelector).
async function expectedTargets(service: Service, { kubernetes }: LoadBalancerOptions): Promise<number> {
  const ports = service.spec.ports?.length ?? 1
  const ready = await readyEndpoints(service, kubernetes)
  if (targetTypeOf(service.metadata.annotations) === 'ip') return ready.length * ports
  const { items } = await kubernetes.list(nodes, {
    labelSelector: 'eks.amazonaws.com/compute-type!=fargate',
  })
  const withPods = new Set(ready.map(({ nodeName }) => nodeName))
  const serving = onlyLocal(service) ? items.filter(({ metadata }) => withPods.has(metadata.name)) : items
  return serving.length * ports
}

async function readyEndpoints(service: Service, kubernetes: KubernetesClient): Promise<readonly Endpoint[]> {
  const { namespace, name } = service.metadata
  const { items } = await kubernetes.list(endpointSlices, {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: `kubernetes.io/service-name=${name}`,
  })
  return items
    .flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
}

async function targetsOf(
  { cloud }: DeployContext,
  hostname: string,
): Promise<readonly TargetHealthDescription[]> {
  const balancer = await findLoadBalancer({ cloud }, hostname)
  if (!balancer) throw new UserError(`no load balancer has the DNS name ${hostname}`)
  const { TargetGroups = [] } = await cloud.elbv2.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn: balancer.LoadBalancerArn }),
  )
  const health = await Promise.all(
    TargetGroups.map((group) =>
      cloud.elbv2.send(new DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn })),
    ),
  )
  const all = health.flatMap((answer) => answer.TargetHealthDescriptions ?? [])
  return all.filter((target) => target.TargetHealth?.State !== 'draining')
}

async function findLoadBalancer(
  { cloud }: Pick<DeployContext, 'cloud'>,
  hostname: string,
): Promise<LoadBalancer | undefined> {
  const balancers = await allLoadBalancers(cloud)
  return balancers.find((balancer) => balancer.DNSName?.toLowerCase() === hostname)
}

/** Every load balancer of the account in the region, all pages of them. */
export async function allLoadBalancers({ elbv2 }: Pick<Cloud, 'elbv2'>): Promise<readonly LoadBalancer[]> {
  const found: LoadBalancer[] = []
  for await (const page of paginateDescribeLoadBalancers({ client: elbv2 }, {})) {
    found.push(...(page.LoadBalancers ?? []))
  }
  return found
}
