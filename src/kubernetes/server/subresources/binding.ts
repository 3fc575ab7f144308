// Owns pods/binding: how a scheduler puts a pod on a node.
// Source: kubernetes pkg/registry/core/pod/storage/storage.go (BindingREST, setPodHostAndAnnotations).
import type { Binding, Pod, PodCondition } from '../../../../generated/kubernetes.d.ts'
import { timestamp, type Clock } from '../../../base/clock.ts'
import { StatusError } from '../../../base/errors.ts'
import type { KubernetesObject, ObjectKey } from '../../client/client.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Registry } from '../../registry/registry.ts'
import { podKind } from '../../resources/pod.ts'
import { decodeAs } from '../body.ts'

/** The resource that bound pods before they had a subresource for it; its objects are stored nowhere. */
export const bindings = { group: '', version: 'v1', plural: 'bindings', kind: 'Binding', namespaced: true }

/** Binds a pod. @returns the Status that answers it. */
export async function bindPod(
  { registry, clock }: { registry: Registry; clock: Clock },
  { key, body, context }: { readonly key: ObjectKey; readonly body: unknown; readonly context: WriteContext },
): Promise<object> {
  const { target, metadata } = decodeAs<Binding>('core/v1.Binding', body)
  if (!target?.name) {
    throw new StatusError(
      'Invalid',
      `Binding ${JSON.stringify(key.name)} is invalid: target.name: Required value`,
    )
  }
  await registry.update(podKind, key, {
    ...context,
    subresource: 'binding',
    change: (current) => bound(current, { nodeName: target.name ?? '', metadata, clock }),
  })
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
}

function bound(
  pod: Pod,
  {
    nodeName,
    metadata,
    clock,
  }: { nodeName: string; metadata: Binding['metadata'] | undefined; clock: Clock },
): KubernetesObject {
  const { name } = pod.metadata
  const refuse = (why: string): StatusError =>
    new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on pods/binding ${JSON.stringify(name)}: ${why}`,
      { name, kind: 'pods/binding' },
    )
  if (metadata?.uid && metadata.uid !== pod.metadata.uid) {
    throw refuse(
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
    )
  }
  if (pod.metadata.deletionTimestamp) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
  }
  if (pod.spec.nodeName) {
    throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`)
  }
  if (pod.spec.schedulingGates?.length) {
    throw refuse(`pod ${name} has non-empty .spec.schedulingGates`)
  }
  const scheduled: PodCondition = {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: timestamp(clock),
  }
  const others = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled')
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...pod.metadata.annotations, ...metadata?.annotations },
      labels: { ...pod.metadata.labels, ...metadata?.labels },
    },
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  } as KubernetesObject
}
