// Owns what scheduling asks of storage: the interface of whoever knows the claims and volumes of a cluster.
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../../generated/kubernetes.d.ts'

/** What there is of storage; lookups by name, claims by namespace and name. */
export interface StorageLookup {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  storageClass(name: string): StorageClass | undefined
  /** All volumes of a class, for claims that may take any of them. */
  volumesOfClass(name: string): readonly PersistentVolume[]
  /** True when another pod on a node uses the claim. */
  isUsed(namespace: string, name: string, exceptPodUid: string): boolean
  /** How many volumes of a driver a node can have; undefined for any number. */
  volumeLimit(nodeName: string, driver: string): number | undefined
  /** Volumes that are attached to a node, or are about to be. */
  attachedTo(nodeName: string): readonly PersistentVolume[]
}

/** A cluster without claims: whatever a pod names is not there. */
export const NO_STORAGE: StorageLookup = {
  claim: () => undefined,
  volume: () => undefined,
  storageClass: () => undefined,
  volumesOfClass: () => [],
  isUsed: () => false,
  volumeLimit: () => undefined,
  attachedTo: () => [],
}
