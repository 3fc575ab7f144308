// Owns whether the volume of a claim is attached to a node, as the kubelet asks the API.
// Source: kubernetes pkg/volume/csi/csi_attacher.go (WaitForAttach).
import type { PersistentVolumeClaim } from '../../generated/kubernetes.d.ts'
import { isNotFound } from '../base/errors.ts'
import type { KubernetesObject, ObjectKey, Resource } from '../kubernetes/client/client.ts'
import { csiDrivers, persistentVolumes, volumeAttachments } from '../kubernetes/client/resources.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { attachmentName, isAttachable } from '../rules/kubernetes/csi.ts'

/** True as well for volumes that need not be attached, and for those of no driver. */
export async function isVolumeAttached(
  { client }: Pick<ControllerContext, 'client'>,
  { spec }: PersistentVolumeClaim,
  nodeName: string,
): Promise<boolean> {
  const find = async <T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
  ): Promise<T | undefined> => {
    try {
      return await client.get(resource, key)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
  const volume = await find(persistentVolumes, { name: spec?.volumeName ?? '' })
  const csi = volume?.spec?.csi
  if (!volume || !csi) return true
  if (!isAttachable(volume, await find(csiDrivers, { name: csi.driver }))) return true
  const name = attachmentName(csi.volumeHandle, csi.driver, nodeName)
  return (await find(volumeAttachments, { name }))?.status?.attached ?? false
}
