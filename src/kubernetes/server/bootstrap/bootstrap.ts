// Owns what a cluster contains before anybody uses it: namespaces, policy, flow control, priorities, its own service.
import { familyOf } from '../../../base/address-range.ts'
import { timestamp, type Clock } from '../../../base/clock.ts'
import { isNotFound } from '../../../base/errors.ts'
import { deepEqual } from '../../../base/json.ts'
import type { Draft, KubernetesClient, KubernetesObject, Resource } from '../../client/client.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  endpoints,
  endpointSlices,
  flowSchemas,
  namespaces,
  priorityClasses,
  priorityLevelConfigurations,
  roleBindings,
  roles,
  serviceCidrs,
  services,
} from '../../client/resources.ts'
import { systemPriorities } from '../../resources/priority-class.ts'
import { bootstrapFlowControl, foundLevel } from './flow-control.ts'
import { bootstrapPolicy, withdrawnSubjects } from './policy.ts'

export interface BootstrapFacts {
  readonly clock: Clock
  /** The range that cluster addresses come from. */
  readonly serviceCidr: string
  /** Address of the `kubernetes` service. */
  readonly serviceIp: string
  /** Where the API server itself is reached. */
  readonly address: { readonly ip: string; readonly port: number }
}

/** Makes what is missing; what is there stays, policy is brought up to date. */
export async function bootstrap(client: KubernetesClient, facts: BootstrapFacts): Promise<void> {
  const names = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
  const policy = bootstrapPolicy()
  await Promise.all(names.map((name) => ensure(client, namespaces, { metadata: { name }, spec: {} })))
  await Promise.all([
    ...Object.entries(systemPriorities).map(([name, value]) =>
      ensure(client, priorityClasses, {
        metadata: { name },
        value,
        description:
          name === 'system-node-critical'
            ? 'Used for system critical pods that must not be moved from their current node.'
            : 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
      }),
    ),
    ...policy.clusterRoles.map((role) => reconcile(client, clusterRoles, role, 'rules')),
    ...policy.clusterRoleBindings.map((one) => reconcile(client, clusterRoleBindings, one, 'subjects')),
    ...policy.roles.map((role) => reconcile(client, roles, role, 'rules')),
    ...policy.roleBindings.map((binding) => reconcile(client, roleBindings, binding, 'subjects')),
    ensureFlowControl(client, facts.clock),
    ensureServiceCidr(client, facts),
  ])
  await withdrawSubjects(client)
  await ensure(client, services, kubernetesService(facts.serviceIp))
  await publishEndpoints(client, facts.address)
}

// The status is written by the server itself in Kubernetes, too, which never queues by these here.
async function ensureFlowControl(client: KubernetesClient, clock: Clock): Promise<void> {
  const { flowSchemas: schemas, priorityLevelConfigurations: levels } = bootstrapFlowControl()
  await Promise.all(levels.map((level) => ensure(client, priorityLevelConfigurations, level)))
  await Promise.all(
    schemas.map(async (schema) => {
      const created = await ensure(client, flowSchemas, schema)
      if (!created) return
      await client.updateStatus(flowSchemas, { ...created, status: foundLevel(created, timestamp(clock)) })
    }),
  )
}

async function ensureServiceCidr(
  client: KubernetesClient,
  { clock, serviceCidr }: BootstrapFacts,
): Promise<void> {
  const created = await ensure(client, serviceCidrs, {
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [serviceCidr] },
  })
  if (!created) return
  const message = 'Kubernetes Service CIDR is ready'
  const ready = { type: 'Ready', status: 'True' as const, reason: '', message }
  const conditions = [{ ...ready, lastTransitionTime: timestamp(clock) }]
  await client.updateStatus(serviceCidrs, { ...created, status: { conditions } })
}

// Asked for first: creating a Service that is there already fails on its address, not on its name.
// Gives what was created, undefined when it was there.
async function ensure<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: Resource<T>,
  draft: Draft<T>,
): Promise<T | undefined> {
  const { name = '', namespace } = draft.metadata
  try {
    await client.get(resource, namespace === undefined ? { name } : { namespace, name })
    return undefined
  } catch (error) {
    if (!isNotFound(error)) throw error
    return client.create(resource, draft)
  }
}

// What an older version of Neargate stored is brought up to date; entries that users added stay.
async function reconcile<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: Resource<T>,
  draft: Draft<T>,
  list: keyof T & string,
): Promise<void> {
  if (await ensure(client, resource, draft)) return
  const { name = '', namespace } = draft.metadata
  const current = await client.get(resource, namespace === undefined ? { name } : { namespace, name })
  if (current.metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false') return
  const wanted = (draft as unknown as Record<string, unknown[]>)[list] ?? []
  const present = ((current as unknown as Record<string, unknown[] | undefined>)[list] ?? []) as unknown[]
  const missing = wanted.filter((item) => !present.some((other) => deepEqual(other, item)))
  if (missing.length > 0) await client.update(resource, { ...current, [list]: [...present, ...missing] })
}

async function withdrawSubjects(client: KubernetesClient): Promise<void> {
  for (const [name, withdrawn] of Object.entries(withdrawnSubjects)) {
    const binding = await client.get(clusterRoleBindings, { name })
    const subjects = (binding.subjects ?? []).filter((subject) => !withdrawn.includes(subject.name))
    if (subjects.length < (binding.subjects ?? []).length) {
      await client.update(clusterRoleBindings, { ...binding, subjects })
    }
  }
}

const labels = { component: 'apiserver', provider: 'kubernetes' }

function kubernetesService(clusterIP: string): Parameters<typeof ensure<ServiceObject>>[2] {
  return {
    metadata: { name: 'kubernetes', namespace: 'default', labels },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }],
    },
  }
}

type ServiceObject = NonNullable<(typeof services)['object']>

/** Points the `kubernetes` service at the address the API server listens on now. */
export async function publishEndpoints(
  client: KubernetesClient,
  { ip, port }: { readonly ip: string; readonly port: number },
): Promise<void> {
  const metadata = { name: 'kubernetes', namespace: 'default' }
  const subsets = [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' as const }] }]
  const mirror = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  if (!(await ensure(client, endpoints, { metadata: { ...metadata, labels: mirror }, subsets }))) {
    await client.patch(endpoints, metadata, { subsets }, { type: 'merge' })
  }
  const slice = {
    addressType: familyOf(ip),
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' as const }],
  }
  const sliceLabels = { 'kubernetes.io/service-name': 'kubernetes' }
  const created = await ensure(client, endpointSlices, {
    metadata: { ...metadata, labels: sliceLabels },
    ...slice,
  })
  if (!created) await client.patch(endpointSlices, metadata, slice, { type: 'merge' })
}
