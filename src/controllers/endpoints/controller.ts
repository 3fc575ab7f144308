// Owns the controller of legacy Endpoints objects, which some clients still read.
// Source: kubernetes pkg/controller/endpoint/endpoints_controller.go.
import type { Endpoints, Service } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { endpoints, pods, services } from '../../kubernetes/client/resources.ts'
import { keyOf, splitKey } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { hasManagedEndpoints } from '../objects/service-port.ts'
import { indexServices, servicesOf } from '../objects/services-of-pod.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
import { desiredSubsets } from './subsets.ts'

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
const MANAGER = 'endpoint-controller'
const HEADLESS = 'service.kubernetes.io/headless'

/** The control loop of Endpoints. */
export function createEndpointsController(context: ControllerContext): Controller {
  const all = context.informer(services)
  indexServices(all)
  const everyPod = context.informer(pods)
  const existing = context.informer(endpoints)
  return {
    name: 'endpoints',
    sources: [all.source(), everyPod.source((pod) => servicesOf(all, pod).map(keyOf)), existing.source()],
    concurrency: 5,
    async reconcile(key) {
      const service = all.get(key)
      const current = existing.get(key)
      if (!service) return removeLeftover(context, current)
      if (service.metadata.deletionTimestamp || !hasManagedEndpoints(service)) return
      const subsets = desiredSubsets(service, everyPod.list(service.metadata.namespace))
      await write(context, { current, labels: labelsOf(service), subsets, key })
    },
  }
}

function labelsOf(service: Service): Record<string, string> {
  const { [HEADLESS]: _headless, ...labels } = service.metadata.labels ?? {}
  const headless = service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}
  return { ...labels, ...headless, [MANAGED_BY]: MANAGER }
}

async function write(
  { client }: ControllerContext,
  desired: {
    readonly current: Endpoints | undefined
    readonly labels: Record<string, string>
    readonly subsets: NonNullable<Endpoints['subsets']>
    readonly key: string
  },
): Promise<void> {
  const { current, labels, key } = desired
  const subsets = desired.subsets.length > 0 ? { subsets: desired.subsets } : {}
  if (current) {
    if (deepEqual(current.metadata.labels, labels) && deepEqual(current.subsets ?? [], desired.subsets))
      return
    const { subsets: _old, ...rest } = current
    await client.update(endpoints, { ...rest, metadata: { ...current.metadata, labels }, ...subsets })
    return
  }
  try {
    const metadata = { ...splitKey(key), labels }
    await client.create(endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata, ...subsets })
  } catch (error) {
    // Made by an earlier pass: its event wakes this loop again.
    if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
  }
}

// Endpoints have no owner reference: they go by name with their service, unless somebody else keeps them.
async function removeLeftover({ client }: ControllerContext, current: Endpoints | undefined): Promise<void> {
  if (current?.metadata.labels?.[MANAGED_BY] !== MANAGER) return
  const { name, namespace = '' } = current.metadata
  try {
    await client.delete(endpoints, { namespace, name })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
