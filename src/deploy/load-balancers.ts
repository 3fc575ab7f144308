// Owns load balancers as a deployment sees them: the hostname, healthy targets, and one fetch of the URL.
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  paginateDescribeLoadBalancers,
  type LoadBalancer,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Endpoint, Service } from '../../generated/kubernetes.d.ts'
import { UserError } from '../base/errors.ts'
import { hostnameOf } from '../explain/balanced.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { endpointSlices, nodes, services } from '../kubernetes/client/resources.ts'
import { isClaimedOnceCreated, targetTypeOf, type ClaimableService } from '../rules/load-balancer/claim.ts'
import type { SourcedObject } from './apply.ts'
import { classicTargets } from './classic-balancers.ts'
import type { Cloud } from './cloud.ts'
import type { DeployContext } from './context.ts'
import { withHostname, type Balanced } from './hostname.ts'
import type { LoadBalancerReport } from './up-result.ts'
import { waitFor } from './wait.ts'

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

const SERVICE: Balanced<Service> = {
  resource: services,
  hostnameOf,
  certificates: 'aws-load-balancer-ssl-cert',
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
  const { object: service, hostname } = await withHostname(SERVICE, { namespace, name }, options)
  const ports = service.spec.ports ?? []
  const web = ports.find(({ protocol = 'TCP' }) => protocol === 'TCP')
  const port = (web ?? ports[0])?.port ?? 80
  const healthyTargets = await targetsHealthy(hostname, { ...options, service })
  const way = await options.web.wayTo(hostname, port)
  const httpStatus = healthyTargets === 0 || !web ? 0 : await options.web.fetchStatus(way.url)
  return { namespace, service: name, hostname, ...way, healthyTargets, httpStatus }
}

async function targetsHealthy(
  hostname: string,
  options: LoadBalancerOptions & { readonly service: Service },
): Promise<number> {
  const { context, timeoutMs, detail, service } = options
  let last: Behind = { isProvisioning: true, isClassic: false, targets: [] }
  return waitFor(
    async () => {
      last = await behind(context, hostname)
      if (last.isProvisioning) {
        detail(`${service.metadata.name}: provisioning`)
        return undefined
      }
      const { targets } = last
      const healthy = targets.filter((target) => target.TargetHealth?.State === 'healthy').length
      const expected = await expectedTargets(service, { ...options, isClassic: last.isClassic })
      detail(`${service.metadata.name}: ${healthy}/${Math.max(targets.length, expected)} targets healthy`)
      // Nodes without a pod of the Service fail their checks for good where traffic may not go on to another node.
      const isSettled = onlyLocal(service) || healthy === targets.length
      return healthy >= expected && isSettled ? healthy : undefined
    },
    {
      clock: context.clock,
      pace: context.pace,
      timeoutMs,
      describe: () => ({ message: `load balancer ${hostname}${describeBehind(last)}` }),
    },
  )
}

function describeBehind({ isProvisioning, targets }: Behind): string {
  return isProvisioning ? ' is still provisioning' : `: ${describeTargets(targets)}`
}

/** What is wrong with targets that are not all healthy. */
export function describeTargets(targets: readonly TargetHealthDescription[]): string {
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
async function expectedTargets(
  service: Service,
  { kubernetes, isClassic }: LoadBalancerOptions & Pick<Behind, 'isClassic'>,
): Promise<number> {
  // TCP and UDP of one number share a listener and its targets.
  // A Classic Load Balancer checks each node once, whatever its listeners.
  const ports = isClassic ? 1 : new Set(service.spec.ports?.map(({ port }) => port)).size || 1
  const ready = await readyEndpoints(service, kubernetes)
  if (targetTypeOf(service.metadata.annotations) === 'ip') return ready.length * ports
  const { items } = await kubernetes.list(nodes, {
    labelSelector: 'eks.amazonaws.com/compute-type!=fargate',
  })
  const withPods = new Set(ready.map(({ nodeName }) => nodeName))
  const serving = onlyLocal(service) ? items.filter(({ metadata }) => withPods.has(metadata.name)) : items
  return serving.length * ports
}

/** The endpoints of a Service that may be targets. */
export async function readyEndpoints(
  {
    metadata: { namespace, name },
  }: { readonly metadata: { readonly namespace?: string; readonly name: string } },
  kubernetes: KubernetesClient,
): Promise<readonly Endpoint[]> {
  const { items } = await kubernetes.list(endpointSlices, {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: `kubernetes.io/service-name=${name}`,
  })
  return items
    .flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
}

/** The targets behind a hostname, without those that are on their way out. @throws UserError when nobody has it */
export async function targetsOf(
  { cloud }: Pick<DeployContext, 'cloud'>,
  hostname: string,
): Promise<readonly TargetHealthDescription[]> {
  return (await behind({ cloud }, hostname)).targets
}

/** A load balancer and what is behind it. */
interface Behind {
  /** AWS takes minutes to bring one up; until then it takes no connections. */
  readonly isProvisioning: boolean
  readonly isClassic: boolean
  readonly targets: readonly TargetHealthDescription[]
}

async function behind({ cloud }: Pick<DeployContext, 'cloud'>, hostname: string): Promise<Behind> {
  const balancer = await findLoadBalancer({ cloud }, hostname)
  const classic = balancer ? undefined : await classicTargets(cloud, hostname)
  if (classic) return { isProvisioning: false, isClassic: true, targets: classic }
  if (!balancer)
    throw new UserError(`no load balancer has the DNS name ${hostname}`, {
      help: 'Somebody has removed it behind its controller. See what that says with: kubectl describe services -A',
    })
  const { TargetGroups = [] } = await cloud.elbv2.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn: balancer.LoadBalancerArn }),
  )
  const health = await Promise.all(
    TargetGroups.map((group) =>
      cloud.elbv2.send(new DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn })),
    ),
  )
  const all = health.flatMap((answer) => answer.TargetHealthDescriptions ?? [])
  return {
    isProvisioning: balancer.State?.Code === 'provisioning',
    isClassic: false,
    targets: all.filter((target) => target.TargetHealth?.State !== 'draining'),
  }
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
