// Owns the scheduler's view of storage, and what it tells claims that wait for a node.
// Source: kubernetes pkg/scheduler/framework/plugins/volumebinding (AssumePodVolumes, BindPodVolumes).
import type {
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  VolumeAttachment,
} from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import {
  csiNodes,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
  volumeAttachments,
} from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { ControllerContext, Informer } from '../../reconcile/controller.ts'
import { attachedVolumes } from '../../rules/kubernetes/csi.ts'
import { classNameOf } from '../../rules/kubernetes/storage.ts'
import { findVolume, SELECTED_NODE } from '../../rules/kubernetes/volume-binding.ts'
import type { StorageLookup } from '../../rules/scheduling/storage-lookup.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import { reserve } from '../volume/binding.ts'
import { CLAIMS_OF_POD, claimKeysOf } from '../volume/claims-of-pod.ts'

/** Pods, by key, that a change of storage may let in; `any` for one that may let in any of those that wait. */
export type Users = readonly string[] | 'any'

/** Claims, volumes and classes of one cluster, through its informers. */
export class ClusterStorage implements StorageLookup {
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #volumes: Informer<PersistentVolume>
  readonly #classes: Informer<StorageClass>
  readonly #pods: Informer<Pod>
  readonly #csiNodes: Informer<CSINode>
  readonly #attachments: Informer<VolumeAttachment>

  constructor(context: ControllerContext) {
    this.#claims = context.informer(persistentVolumeClaims)
    this.#volumes = context.informer(persistentVolumes)
    this.#classes = context.informer(storageClasses)
    this.#pods = context.informer(pods)
    this.#csiNodes = context.informer(csiNodes)
    this.#attachments = context.informer(volumeAttachments)
    this.#attachments.addIndex('node', ({ spec }) => [spec.nodeName])
    this.#pods.addIndex(CLAIMS_OF_POD, claimKeysOf)
    this.#volumes.addIndex('class', (volume) => [classNameOf(volume)])
  }

  claim(namespace: string, name: string): PersistentVolumeClaim | undefined {
    return this.#claims.get(`${namespace}/${name}`)
  }

  volume(name: string): PersistentVolume | undefined {
    return this.#volumes.get(name)
  }

  storageClass(name: string): StorageClass | undefined {
    return this.#classes.get(name)
  }

  volumesOfClass(name: string): readonly PersistentVolume[] {
    return this.#volumes.byIndex('class', name)
  }

  isUsed(namespace: string, name: string, exceptPodUid: string): boolean {
    return this.#pods
      .byIndex(CLAIMS_OF_POD, `${namespace}/${name}`)
      .some((pod) => pod.metadata.uid !== exceptPodUid && Boolean(pod.spec.nodeName) && !isPodTerminal(pod))
  }

  volumeLimit(nodeName: string, driver: string): number | undefined {
    const found = this.#csiNodes.get(nodeName)?.spec.drivers.find(({ name }) => name === driver)
    return found?.allocatable?.count
  }

  attachedTo(nodeName: string): readonly PersistentVolume[] {
    return this.#attachments
      .byIndex('node', nodeName)
      .flatMap(attachedVolumes)
      .flatMap((name) => this.#volumes.get(name) ?? [])
  }

  /** Calls back when pods with claims may fit that did not. @returns a function that ends it. */
  onChange(handler: (users: Users) => void): () => void {
    const ends = [
      this.#claims.onChange(({ before, after }) => {
        const claim = after ?? before
        if (claim) handler(this.#pods.byIndex(CLAIMS_OF_POD, keyOf(claim)).map(keyOf))
      }),
      this.#volumes.onChange(({ before, after }) => {
        if (!before || before.status?.phase !== after?.status?.phase) handler('any')
      }),
      this.#classes.onChange(() => handler('any')),
      this.#csiNodes.onChange(() => handler('any')),
      this.#attachments.onChange(({ after }) => {
        if (!after) handler('any')
      }),
    ]
    return () => ends.forEach((end) => end())
  }
}

/** Binds claims that wait to volumes which the node reaches, or asks for volumes there. */
export async function selectNode(
  context: ControllerContext,
  storage: StorageLookup,
  { claims, nodeName }: { readonly claims: readonly PersistentVolumeClaim[]; readonly nodeName: string },
): Promise<void> {
  const node = context.informer(nodes).get(nodeName)
  if (!node) return
  const taken = new Set<string>()
  for (const claim of claims) {
    const free = storage
      .volumesOfClass(classNameOf(claim))
      .filter(({ metadata }) => !taken.has(metadata.name))
    const found = findVolume(claim, free, { node })
    if (found) taken.add(found.metadata.name)
    try {
      await (found ? reserve(context, found, claim) : annotate(context, claim, nodeName))
    } catch (error) {
      // Somebody else wrote first: that wakes the pod again.
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
  }
}

async function annotate(
  { client }: ControllerContext,
  claim: PersistentVolumeClaim,
  nodeName: string,
): Promise<void> {
  const { annotations = {} } = claim.metadata
  if (annotations[SELECTED_NODE] === nodeName) return
  const metadata = { ...claim.metadata, annotations: { ...annotations, [SELECTED_NODE]: nodeName } }
  await client.update(persistentVolumeClaims, { ...claim, metadata })
}
