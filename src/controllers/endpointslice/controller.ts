// Owns the endpoint slice controller: keeps the slices of every service with a selector.
// Source: kubernetes pkg/controller/endpointslice.
import type { EndpointSlice, Node, Pod, Service } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { endpointSlices, nodes, pods, services } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, Informer, Source } from '../../reconcile/controller.ts'
import { controllerReference } from '../objects/owner.ts'
import { hasManagedEndpoints } from '../objects/service-port.ts'
import { indexServices, servicesOf } from '../objects/services-of-pod.ts'
import { nameSuffix } from '../objects/template.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
import { desiredGroups, planSlices } from './desired.ts'
import type { SlicePlan } from './desired.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const MANAGER = 'endpointslice-controller.k8s.io'
const HEADLESS = 'service.kubernetes.io/headless'
const ZONE = 'topology.kubernetes.io/zone'
const BY_SERVICE = 'endpointslice-controller/service'
const BY_NODE = 'endpointslice-controller/node'

interface Parts {
  readonly context: ControllerContext
  readonly services: Informer<Service>
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  readonly slices: Informer<EndpointSlice>
}

/** The control loop of endpoint slices. */
export function createEndpointSliceController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    services: context.informer(services),
    pods: context.informer(pods),
    nodes: context.informer(nodes),
    slices: context.informer(endpointSlices),
  }
  indexServices(parts.services)
  parts.pods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
  parts.slices.addIndex(BY_SERVICE, (slice) => serviceKeys(slice))
  return {
    name: 'endpointslice',
    sources: [
      parts.services.source(),
      parts.pods.source((pod) => servicesOf(parts.services, pod).map(keyOf)),
      parts.slices.source(serviceKeys),
      zoneChanges(parts),
    ],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

function serviceKeys({ metadata: { namespace, labels } }: EndpointSlice): string[] {
  const name = labels?.[SERVICE_NAME]
  return name !== undefined && labels?.[MANAGED_BY] === MANAGER ? [`${namespace}/${name}`] : []
}

// Endpoints carry the zone of their node, which may become known after the pod.
function zoneChanges({ nodes: all, pods: everyPod, services: everyService }: Parts): Source {
  return {
    subscribe: (enqueue) =>
      all.onChange(({ before, after }) => {
        if (before?.metadata.labels?.[ZONE] === after?.metadata.labels?.[ZONE]) return
        const name = (after ?? before)?.metadata.name ?? ''
        const selecting = everyPod
          .byIndex(BY_NODE, name)
          .flatMap((pod) => servicesOf(everyService, pod).map(keyOf))
        new Set(selecting).forEach(enqueue)
      }),
  }
}

async function reconcile(parts: Parts, key: string): Promise<void> {
  const { context } = parts
  const service = parts.services.get(key)
  // The slices of a service that has gone are garbage, which its collector takes.
  if (!service || service.metadata.deletionTimestamp || !hasManagedEndpoints(service)) return
  const existing = parts.slices.byIndex(BY_SERVICE, key).filter((slice) => !slice.metadata.deletionTimestamp)
  const groups = desiredGroups(service, parts.pods.list(service.metadata.namespace), (name) =>
    parts.nodes.get(name),
  )
  const { plans, surplus } = planSlices(groups, existing)
  const taken = new Set(existing.map((slice) => slice.metadata.name))
  for (const plan of plans) {
    if (plan.slice) await updateSlice(context, service, { ...plan, slice: plan.slice })
    else await createSlice(context, service, { plan, taken })
  }
  for (const slice of surplus) await deleteSlice(context, slice)
}

function sliceLabels(service: Service): Record<string, string> {
  const { [HEADLESS]: _headless, ...labels } = service.metadata.labels ?? {}
  return {
    ...labels,
    ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: MANAGER,
  }
}

async function updateSlice(
  context: ControllerContext,
  service: Service,
  { slice, endpoints, ports }: SlicePlan & { readonly slice: EndpointSlice },
): Promise<void> {
  const labels = sliceLabels(service)
  const isSame =
    deepEqual(slice.endpoints ?? [], endpoints) &&
    deepEqual(slice.ports ?? [], ports) &&
    deepEqual(slice.metadata.labels, labels)
  if (isSame) return
  const metadata = { ...slice.metadata, labels }
  await context.client.update(endpointSlices, {
    ...slice,
    metadata,
    endpoints: [...endpoints],
    ports: [...ports],
  })
}

/**
 * The name looks generated, yet follows from the service and the number of the slice: should the informer not show
 * an earlier creation yet, this one fails instead of doubling the slice.
 */
async function createSlice(
  context: ControllerContext,
  service: Service,
  { plan, taken }: { plan: SlicePlan; taken: Set<string> },
): Promise<void> {
  const { name: serviceName, namespace = '', uid } = service.metadata
  const nameAt = (index: number): string =>
    `${serviceName}-${nameSuffix(`${uid}/${plan.addressType}/${index}`, 5)}`
  let index = 0
  while (taken.has(nameAt(index))) index += 1
  const name = nameAt(index)
  taken.add(name)
  try {
    await context.client.create(endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name,
        generateName: `${serviceName}-`,
        namespace,
        labels: sliceLabels(service),
        ownerReferences: [controllerReference(service)],
      },
      addressType: plan.addressType,
      endpoints: [...plan.endpoints],
      ports: [...plan.ports],
    })
  } catch (error) {
    if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
  }
}

async function deleteSlice(context: ControllerContext, slice: EndpointSlice): Promise<void> {
  const { name, namespace = '', uid } = slice.metadata
  try {
    await context.client.delete(endpointSlices, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
