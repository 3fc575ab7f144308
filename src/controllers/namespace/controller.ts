// Owns the end of namespaces: empties those that are being deleted, then lets them go.
// Source: kubernetes pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
import type { Namespace, NamespaceCondition } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { namespaces } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, ReconcileResult } from '../../reconcile/controller.ts'
import { namespaceConditions } from './conditions.ts'
import type { Remains } from './conditions.ts'
import { transitionTime } from '../../rules/kubernetes/conditions.ts'

const FINALIZER = 'kubernetes'
// Contents with finalizers or a grace period are looked for again this soon; upstream estimates it from pods.
const RECHECK_MS = 200

export interface NamespaceControllerOptions {
  /** The namespaced resources of the cluster, read anew for each pass: custom ones may come. */
  readonly resources: () => readonly Resource[]
}

/** The control loop of namespaces that are being deleted. */
export function createNamespaceController(
  context: ControllerContext,
  { resources }: NamespaceControllerOptions,
): Controller {
  const all = context.informer(namespaces)
  return {
    name: 'namespace',
    sources: [all.source((namespace) => (isGoing(namespace) ? [namespace.metadata.name] : []))],
    concurrency: 5,
    async reconcile(name): Promise<ReconcileResult | void> {
      const known = all.get(name)
      if (!known || !isGoing(known)) return
      const namespace = await ensureTerminating(context, known)
      const remains = await deleteContents(context, name, resources())
      await writeConditions(context, namespace, remains)
      if (remains.contents.length > 0 || remains.failures.length > 0) return { requeueAfterMs: RECHECK_MS }
      await finalize(context, namespace)
    },
  }
}

function isGoing(namespace: Namespace): boolean {
  return (
    namespace.metadata.deletionTimestamp !== undefined &&
    (namespace.spec?.finalizers ?? []).includes(FINALIZER)
  )
}

async function ensureTerminating(context: ControllerContext, namespace: Namespace): Promise<Namespace> {
  if (namespace.status?.phase === 'Terminating') return namespace
  return context.client.updateStatus(namespaces, {
    ...namespace,
    status: { ...namespace.status, phase: 'Terminating' },
  })
}

/** Asks for everything to be deleted and tells what is still there afterwards. */
async function deleteContents(
  context: ControllerContext,
  namespace: string,
  resources: readonly Resource[],
): Promise<Remains> {
  // Pods first, so that none runs on without the policies and secrets that are made for it.
  const isOfPods = ({ group, plural }: Resource): boolean => group === '' && plural === 'pods'
  const remains = await deleteAll(context, namespace, resources.filter(isOfPods))
  if (remains.contents.length > 0) return remains
  return deleteAll(context, namespace, resources)
}

async function deleteAll(
  context: ControllerContext,
  namespace: string,
  resources: readonly Resource[],
): Promise<Remains> {
  const contents: { resource: Resource; objects: readonly KubernetesObject[] }[] = []
  const failures: string[] = []
  for (const resource of resources) {
    try {
      const { items } = await context.client.list(resource, { namespace })
      for (const object of items) await deleteOne(context, resource, object)
      const left = items.length === 0 ? items : (await context.client.list(resource, { namespace })).items
      if (left.length > 0) contents.push({ resource, objects: left })
    } catch (error) {
      // A resource that is served no more has nothing in this namespace.
      if (!isNotFound(error)) failures.push(messageOf(error))
    }
  }
  return { contents, failures }
}

async function deleteOne(
  { client }: ControllerContext,
  resource: Resource,
  { metadata }: KubernetesObject,
): Promise<void> {
  if (metadata.deletionTimestamp) return
  const { name, namespace = '' } = metadata
  try {
    await client.delete(resource, { namespace, name }, { propagationPolicy: 'Background' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function writeConditions(
  context: ControllerContext,
  namespace: Namespace,
  remains: Remains,
): Promise<void> {
  const before = namespace.status?.conditions ?? []
  const conditions = namespaceConditions(remains).map((condition): NamespaceCondition => {
    const current = before.find(({ type }) => type === condition.type)
    const now = timestamp(context.clock)
    return { ...condition, lastTransitionTime: transitionTime(current, condition.status, now) }
  })
  if (deepEqual(conditions, before)) return
  await context.client.patch(
    namespaces,
    { name: namespace.metadata.name },
    { status: { conditions } },
    { type: 'merge', subresource: 'status' },
  )
}

async function finalize({ client }: ControllerContext, namespace: Namespace): Promise<void> {
  const finalizers = (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER)
  const { name, uid } = namespace.metadata
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid }, spec: { finalizers } }
  try {
    await client.createSubresource(namespaces, { name }, 'finalize', body)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
