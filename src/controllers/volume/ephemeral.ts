// Owns the claims of ephemeral volumes: made for a pod, owned by it, gone with it.
// Source: kubernetes pkg/controller/volume/ephemeral/controller.go.
import type { PersistentVolumeClaim, Pod } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists } from '../../base/errors.ts'
import { persistentVolumeClaims, pods } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { ephemeralClaimName } from '../../rules/scheduling/claim-names.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'

/** The control loop of pods with ephemeral volumes. Keys are pods. */
export function createEphemeralVolumeController(context: ControllerContext): Controller {
  const all = context.informer(pods)
  const claims = context.informer(persistentVolumeClaims)
  const hasEphemeral = ({ spec }: Pod): boolean => (spec.volumes ?? []).some(({ ephemeral }) => ephemeral)
  return {
    name: 'ephemeral-volume-controller',
    sources: [
      all.source((pod) => (hasEphemeral(pod) ? [keyOf(pod)] : [])),
      // A claim that was deleted is made again.
      claims.source(({ metadata }) =>
        (metadata.ownerReferences ?? [])
          .filter(({ kind, controller }) => kind === 'Pod' && controller)
          .map(({ name }) => `${metadata.namespace}/${name}`),
      ),
    ],
    async reconcile(key) {
      const pod = all.get(key)
      if (!pod || pod.metadata.deletionTimestamp) return
      for (const { name, ephemeral } of pod.spec.volumes ?? []) {
        if (ephemeral?.volumeClaimTemplate) {
          await ensureClaim({ context, claims, pod }, name, ephemeral.volumeClaimTemplate)
        }
      }
    },
  }
}

type Template = NonNullable<
  NonNullable<NonNullable<Pod['spec']['volumes']>[number]['ephemeral']>['volumeClaimTemplate']
>

async function ensureClaim(
  parts: {
    readonly context: ControllerContext
    readonly claims: Informer<PersistentVolumeClaim>
    readonly pod: Pod
  },
  volume: string,
  { metadata, spec }: Template,
): Promise<void> {
  const { context, claims, pod } = parts
  const { namespace = '', uid } = pod.metadata
  const name = ephemeralClaimName(pod, volume)
  const found = claims.get(`${namespace}/${name}`)
  if (found) {
    if ((found.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid)) return
    const message = `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`
    context.event(pod, { type: 'Warning', reason: 'FailedVolumeClaimCreation', message, from: FROM })
    return
  }
  try {
    await context.client.create(persistentVolumeClaims, {
      metadata: {
        name,
        namespace,
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
        ownerReferences: [
          {
            apiVersion: 'v1',
            kind: 'Pod',
            name: pod.metadata.name,
            uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec,
    })
  } catch (error) {
    if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
  }
}

const FROM = 'ephemeral-volume-controller'
