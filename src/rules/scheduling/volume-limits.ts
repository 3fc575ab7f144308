// Owns how many volumes of a driver a node can have at once, against what its pods use already. Pure.
// Source: kubernetes pkg/scheduler/framework/plugins/nodevolumelimits/csi.go.
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../generated/kubernetes.d.ts'
import { classNameOf } from '../kubernetes/storage.ts'
import { driverOf, isBound, NO_PROVISIONER } from '../kubernetes/volume-binding.ts'
import { claimNamesOf } from './claim-names.ts'
import type { NodeFilter } from './filters.ts'
import type { StorageLookup } from './storage-lookup.ts'

/** Volumes by a name of their own, each with its driver. */
type Volumes = ReadonlyMap<string, string>

const EXCEEDED = { reasons: ['node(s) exceed max volume count'], isUnresolvable: false }

/** The filter of one pod: nodes on which its volumes would be too many, beside those that are there. */
export function volumeLimits(pod: Pod, storage: StorageLookup): NodeFilter {
  const own = volumesOf(pod, storage)
  if (own.size === 0) return () => undefined
  return ({ node, pods }) => {
    const { name } = node.metadata
    const limits = new Map([...own.values()].map((driver) => [driver, storage.volumeLimit(name, driver)]))
    if ([...limits.values()].every((limit) => limit === undefined)) return undefined
    const all = new Map(own)
    for (const other of pods) for (const [key, driver] of volumesOf(other, storage)) all.set(key, driver)
    for (const volume of storage.attachedTo(name)) add(all, volume)
    const isFull = [...limits].some(([driver, limit]) => limit !== undefined && count(all, driver) > limit)
    return isFull ? EXCEEDED : undefined
  }
}

function count(volumes: Volumes, driver: string): number {
  return [...volumes.values()].filter((each) => each === driver).length
}

function volumesOf(pod: Pod, storage: StorageLookup): Volumes {
  const volumes = new Map<string, string>()
  for (const name of claimNamesOf(pod)) {
    const claim = storage.claim(pod.metadata.namespace ?? '', name)
    if (!claim) continue
    if (isBound(claim)) add(volumes, storage.volume(claim.spec?.volumeName ?? ''))
    else addExpected(volumes, claim, storage)
  }
  return volumes
}

function add(volumes: Map<string, string>, volume: PersistentVolume | undefined): void {
  const csi = volume?.spec?.csi
  if (csi) volumes.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver)
}

// The volume is yet to be made: its driver is known by the class, and it is one more.
function addExpected(
  volumes: Map<string, string>,
  claim: PersistentVolumeClaim,
  storage: StorageLookup,
): void {
  const provisioner = storage.storageClass(classNameOf(claim))?.provisioner
  if (provisioner === undefined || provisioner === NO_PROVISIONER) return
  const driver = driverOf(provisioner)
  volumes.set(`${driver} ${claim.metadata.namespace}/${claim.metadata.name}`, driver)
}
