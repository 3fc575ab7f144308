// Owns the mirroring of Endpoints without a selector: what reads slices alone finds those addresses too.
// Source: kubernetes pkg/controller/endpointslicemirroring.
import type { Endpoints, EndpointSlice, Service } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { endpoints, endpointSlices, services } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { planSlices, type SlicePlan } from '../endpointslice/desired.ts'
import { controllerReference } from '../objects/owner.ts'
import { nameSuffix } from '../objects/template.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
import { mirroredGroups } from './desired.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const MANAGER = 'endpointslicemirroring-controller.k8s.io'
const SKIP = 'endpointslice.kubernetes.io/skip-mirror'
const LEADER = 'control-plane.alpha.kubernetes.io/leader'
const BY_SERVICE = 'endpointslicemirroring/service'
// What says something of the Endpoints object alone is not copied.
const OWN_ANNOTATIONS = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
]

interface Parts {
  readonly context: ControllerContext
  readonly endpoints: Informer<Endpoints>
  readonly services: Informer<Service>
  readonly slices: Informer<EndpointSlice>
}

/** The control loop of mirrored endpoint slices. Keys are those of the Endpoints and of the Service of their name. */
export function createEndpointSliceMirroringController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    endpoints: context.informer(endpoints),
    services: context.informer(services),
    slices: context.informer(endpointSlices),
  }
  parts.slices.addIndex(BY_SERVICE, mirroredFor)
  return {
    name: 'endpointslicemirroring',
    sources: [parts.endpoints.source(), parts.services.source(), parts.slices.source(mirroredFor)],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

function mirroredFor({ metadata: { namespace, labels } }: EndpointSlice): string[] {
  const name = labels?.[SERVICE_NAME]
  return name !== undefined && labels?.[MANAGED_BY] === MANAGER ? [`${namespace}/${name}`] : []
}

async function reconcile(parts: Parts, key: string): Promise<void> {
  const { context } = parts
  const source = parts.endpoints.get(key)
  const existing = parts.slices.byIndex(BY_SERVICE, key).filter((slice) => !slice.metadata.deletionTimestamp)
  if (!source || !isMirrored(source, parts.services.get(key))) {
    for (const slice of existing) await deleteSlice(context, slice)
    return
  }
  const { groups, invalid, skipped } = mirroredGroups(source)
  tellSkipped(context, source, { invalid, skipped })
  const { plans, surplus } = planSlices(groups, existing)
  const taken = new Set(existing.map((slice) => slice.metadata.name))
  for (const plan of plans) await writeSlice(context, source, { plan, taken })
  for (const slice of surplus) await deleteSlice(context, slice)
}

function isMirrored({ metadata }: Endpoints, service: Service | undefined): boolean {
  if (metadata.labels?.[SKIP] === 'true' || metadata.annotations?.[LEADER] !== undefined) return false
  return service !== undefined && service.spec.selector === undefined && !metadata.deletionTimestamp
}

function tellSkipped(
  context: ControllerContext,
  source: Endpoints,
  { invalid, skipped }: { readonly invalid: number; readonly skipped: number },
): void {
  const tell = (reason: string, message: string): void =>
    context.event(source, { type: 'Warning', reason, message, from: 'endpoint-slice-mirroring-controller' })
  if (invalid > 0) {
    tell('InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`)
  }
  if (skipped > invalid) {
    tell(
      'TooManyAddressesToMirror',
      `A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`,
    )
  }
}

async function writeSlice(
  { client }: ControllerContext,
  source: Endpoints,
  { plan, taken }: { readonly plan: SlicePlan; readonly taken: Set<string> },
): Promise<void> {
  const { name: sourceName, namespace = '', uid } = source.metadata
  const labels = { ...source.metadata.labels, [SERVICE_NAME]: sourceName, [MANAGED_BY]: MANAGER }
  const copied = Object.entries(source.metadata.annotations ?? {})
  const annotations = Object.fromEntries(copied.filter(([name]) => !OWN_ANNOTATIONS.includes(name)))
  const content = { endpoints: [...plan.endpoints], ports: [...plan.ports] }
  const { slice } = plan
  if (slice) {
    const isSame =
      deepEqual(slice.endpoints ?? [], content.endpoints) &&
      deepEqual(slice.metadata.labels, labels) &&
      deepEqual(slice.metadata.annotations ?? {}, annotations) &&
      deepEqual(slice.ports ?? [], content.ports)
    if (isSame) return
    const metadata = { ...slice.metadata, labels, annotations }
    return unlessOvertaken(() => client.update(endpointSlices, { ...slice, ...content, metadata }))
  }
  // The name follows from the owner and the number of the slice, so that a late informer doubles none.
  const nameAt = (index: number): string =>
    `${sourceName}-${nameSuffix(`${uid}/${plan.addressType}/${index}`, 5)}`
  let index = 0
  while (taken.has(nameAt(index))) index += 1
  const name = nameAt(index)
  taken.add(name)
  await unlessOvertaken(() =>
    client.create(endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name,
        generateName: `${sourceName}-`,
        namespace,
        labels,
        annotations,
        ownerReferences: [controllerReference(source)],
      },
      addressType: plan.addressType,
      ...content,
    }),
  )
}

function deleteSlice({ client }: ControllerContext, { metadata }: EndpointSlice): Promise<void> {
  const { name, namespace = '', uid } = metadata
  return unlessOvertaken(() => client.delete(endpointSlices, { namespace, name }, { preconditions: { uid } }))
}

// Whoever wrote in between wakes this loop again.
async function unlessOvertaken(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    const isHarmless = [isAlreadyExists, isConflict, isNotFound, isNamespaceTerminating].some((is) =>
      is(error),
    )
    if (!isHarmless) throw error
  }
}
