// Owns the Available condition of the APIServices that lead to extension servers.
// Source: kube-aggregator pkg/controllers/status/remote/remote_available_controller.go.
import type { APIService, EndpointSlice, Service } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { apiServices, endpointSlices, services } from '../../kubernetes/client/resources.ts'
import type { ExtensionProbe } from '../../kubernetes/server/ports.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { transitionTime } from '../../rules/kubernetes/conditions.ts'

const SERVICE = 'service'
const SERVICE_NAME = 'kubernetes.io/service-name'
const AVAILABLE = 'Available'
/** Its informers are resynced as often. */
const AGAIN_MS = 30_000

interface Verdict {
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** Keeps `Available` true to what the Service and its server say. Keys are names of APIServices. */
export function createApiServiceController(
  context: ControllerContext,
  extensions: ExtensionProbe,
): Controller {
  const { client, clock } = context
  const all = context.informer(apiServices)
  const known = context.informer(services)
  const slices = context.informer(endpointSlices)
  all.addIndex(SERVICE, ({ spec: { service } }) => (service ? [`${service.namespace}/${service.name}`] : []))
  slices.addIndex(SERVICE, (slice) => [serviceOf(slice)])
  const namesOf = (service: string): string[] =>
    all.byIndex(SERVICE, service).map(({ metadata }) => metadata.name)
  return {
    name: 'apiservice-availability',
    sources: [
      all.source(),
      known.source(({ metadata }) => namesOf(`${metadata.namespace}/${metadata.name}`)),
      slices.source((slice) => namesOf(serviceOf(slice))),
    ],
    async reconcile(name) {
      const apiService = all.get(name)
      const reference = apiService?.spec.service
      if (!apiService || !reference) return
      const key = `${reference.namespace}/${reference.name}`
      const service = known.get(key)
      const verdict =
        judge(apiService, { service, slices: slices.byIndex(SERVICE, key) }) ?? (await ask(apiService))
      const current = apiService.status?.conditions?.find(({ type }) => type === AVAILABLE)
      if (current && isSame(current, verdict)) return { requeueAfterMs: AGAIN_MS }
      const lastTransitionTime = transitionTime(current, verdict.status, timestamp(clock))
      const condition = { type: AVAILABLE, ...verdict, lastTransitionTime }
      const others = (apiService.status?.conditions ?? []).filter(({ type }) => type !== AVAILABLE)
      await client.updateStatus(apiServices, {
        ...apiService,
        status: { conditions: [...others, condition] },
      })
      return { requeueAfterMs: AGAIN_MS }
    },
  }

  async function ask(apiService: APIService): Promise<Verdict> {
    const problem = await extensions.probe(apiService)
    return problem === undefined
      ? { status: 'True', reason: 'Passed', message: 'all checks passed' }
      : { status: 'False', reason: 'FailedDiscoveryCheck', message: problem }
  }
}

function serviceOf({ metadata: { namespace, labels } }: EndpointSlice): string {
  return `${namespace}/${labels?.[SERVICE_NAME] ?? ''}`
}

type Condition = NonNullable<NonNullable<APIService['status']>['conditions']>[number]

function isSame(condition: Condition, { status, reason, message }: Verdict): boolean {
  return condition.status === status && condition.reason === reason && condition.message === message
}

/** What the objects say already; undefined when only the server can tell. */
function judge(
  { spec }: APIService,
  { service, slices }: { readonly service: Service | undefined; readonly slices: readonly EndpointSlice[] },
): Verdict | undefined {
  const { namespace = '', name = '', port = 443 } = spec.service ?? {}
  const about = `service/${name} in ${JSON.stringify(namespace)}`
  const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message })
  if (!service) return no('ServiceNotFound', `${about} is not present`)
  if ((service.spec.type ?? 'ClusterIP') !== 'ClusterIP') return undefined
  const served = service.spec.ports?.find((each) => each.port === port)
  if (!served) return no('ServicePortError', `${about} is not listening on port ${port}`)
  if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${about}`)
  const portName = served.name ?? ''
  const isReached = slices.some(
    ({ endpoints, ports }) =>
      (endpoints ?? []).some(({ conditions }) => conditions?.ready ?? true) &&
      (ports ?? []).some((each) => (each.name ?? '') === portName && each.port !== undefined),
  )
  if (isReached) return undefined
  return no(
    'MissingEndpoints',
    `endpointslices for ${about} have no addresses with port name ${JSON.stringify(portName)}`,
  )
}
