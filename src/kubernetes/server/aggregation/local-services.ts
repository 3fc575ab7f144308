// Owns the APIServices of the groups that this server answers for itself.
// Source: kube-aggregator pkg/controllers/autoregister, kubernetes pkg/controlplane/apiserver/aggregator.go.
import type { APIService } from '../../../../generated/kubernetes.d.ts'
import { timestamp, type Clock } from '../../../base/clock.ts'
import { isAlreadyExists, isNotFound } from '../../../base/errors.ts'
import type { KubernetesClient } from '../../client/client.ts'
import { apiServices } from '../../client/resources.ts'
import type { Log } from '../../../base/log.ts'
import type { Kind } from '../../resources/kind.ts'
import type { KindTable } from '../../resources/kind-table.ts'

/** `onstart` for the groups of Kubernetes, `true` for those of custom resources. */
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged'

// Place of a group among the groups, and of its versions among each other.
const priorities: Readonly<Record<string, readonly [number, number]>> = {
  'v1.': [18_000, 1],
  'v1.apps': [17_800, 15],
  'v1.events.k8s.io': [17_750, 15],
  'v1.authentication.k8s.io': [17_700, 15],
  'v1.authorization.k8s.io': [17_600, 15],
  'v1.autoscaling': [17_500, 15],
  'v2.autoscaling': [17_500, 30],
  'v1.batch': [17_400, 15],
  'v1.certificates.k8s.io': [17_300, 15],
  'v1.networking.k8s.io': [17_200, 15],
  'v1.policy': [17_100, 15],
  'v1.rbac.authorization.k8s.io': [17_000, 15],
  'v1.storage.k8s.io': [16_800, 15],
  'v1.admissionregistration.k8s.io': [16_700, 15],
  'v1.apiextensions.k8s.io': [16_700, 15],
  'v1.scheduling.k8s.io': [16_600, 15],
  'v1.coordination.k8s.io': [16_500, 15],
  'v1.node.k8s.io': [16_300, 15],
  'v1.discovery.k8s.io': [16_200, 15],
  'v1.flowcontrol.apiserver.k8s.io': [16_100, 21],
}
// kubernetes pkg/controlplane/controller/crdregistration
const CUSTOM: readonly [number, number] = [1000, 100]

export interface ServedVersion {
  readonly group: string
  readonly version: string
}

/** The versions of groups that have a local APIService: all that this server stores or reviews. */
export function localVersions(
  kinds: readonly Kind[],
  others: readonly ServedVersion[],
): readonly ServedVersion[] {
  const served = [...kinds.filter(({ computed }) => !computed).map(({ resource }) => resource), ...others]
  const byName = new Map(served.map(({ group, version }) => [`${version}.${group}`, { group, version }]))
  // The group of APIServices itself has none.
  return [...byName.values()].filter(({ group }) => group !== 'apiregistration.k8s.io')
}

/**
 * Keeps them true to the kinds from now on: at once, and after each change of the table.
 * @returns what ends that; it resolves when nothing is under way any more.
 */
export async function keepLocalServices(
  {
    client,
    clock,
    kinds,
    log,
  }: {
    readonly client: KubernetesClient
    readonly clock: Clock
    readonly kinds: KindTable
    readonly log: Log
  },
  others: readonly ServedVersion[],
): Promise<() => Promise<void>> {
  const sync = (): Promise<void> => syncLocalServices(client, clock, localVersions(kinds.all, others))
  await sync()
  let last: Promise<void> = Promise.resolve()
  const stop = kinds.onChange(() => {
    // One after the other: two at once would make and remove the same.
    last = last
      .then(sync)
      .catch((error: unknown) => log.warn('APIServices not brought up to date', { error }))
  })
  return async () => {
    stop()
    await last
  }
}

/** Makes what is missing, and takes away what custom groups have left behind. */
async function syncLocalServices(
  client: KubernetesClient,
  clock: Clock,
  wanted: readonly ServedVersion[],
): Promise<void> {
  const { items } = await client.list(apiServices)
  const present = new Map(items.map((item) => [item.metadata.name, item]))
  const names = new Set(wanted.map(({ group, version }) => `${version}.${group}`))
  await Promise.all([
    ...wanted.map((served) => ensure(client, clock, served, present)),
    ...items
      .filter(({ metadata }) => metadata.labels?.[MANAGED] === 'true' && !names.has(metadata.name))
      .map(({ metadata: { name } }) => unless(isNotFound, client.delete(apiServices, { name }))),
  ])
}

async function ensure(
  client: KubernetesClient,
  clock: Clock,
  { group, version }: ServedVersion,
  present: ReadonlyMap<string, APIService>,
): Promise<void> {
  const name = `${version}.${group}`
  const found = present.get(name)
  // One that leads to an extension server is its maker's.
  if (found?.spec.service || found?.status?.conditions?.length) return
  const builtin = priorities[name]
  const [groupPriorityMinimum, versionPriority] = builtin ?? CUSTOM
  const draft = {
    metadata: { name, labels: { [MANAGED]: builtin ? 'onstart' : 'true' } },
    spec: { ...(group ? { group } : {}), version, groupPriorityMinimum, versionPriority },
  }
  const apiService = found ?? (await unless(isAlreadyExists, client.create(apiServices, draft)))
  if (!apiService) return
  const available = {
    type: 'Available',
    status: 'True',
    reason: 'Local',
    message: 'Local APIServices are always available',
    lastTransitionTime: timestamp(clock),
  }
  await client.updateStatus(apiServices, { ...apiService, status: { conditions: [available] } })
}

async function unless<T>(isExpected: (error: unknown) => boolean, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isExpected(error)) return undefined
    throw error
  }
}
