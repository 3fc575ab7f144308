// Owns when the kubelet gives a pod up for the disk space that it uses, and its words; pure.
// Source: kubernetes pkg/kubelet/eviction (eviction_manager.go localStorageEviction, helpers.go).
import type { Pod } from '../../generated/kubernetes.d.ts'
import { canonicalQuantity } from '../base/canonical-quantity.ts'
import { bytes } from '../base/quantity.ts'
import { podResources } from '../rules/kubernetes/pod-resources.ts'
import type { PodFailure } from './pod-failure.ts'
import type { Machine } from './ports.ts'

const STORAGE = 'ephemeral-storage'
const REASON = 'Evicted'
/** immediateEvictionGracePeriodSeconds */
const GRACE_MS = 1000
/** A node of EKS is low on disk when a tenth is left: the kubelet's default, nodefs.available<10%. */
const LOW_SHARE = 0.1
/** pkg/apis/scheduling: what has it or more is never evicted. */
const SYSTEM_CRITICAL = 2_000_000_000

/** What a pod has on the disk of its node, in bytes. */
export interface StorageUsage {
  /** By name, its emptyDir volumes. */
  readonly volumes: ReadonlyMap<string, { readonly bytes: number; readonly isInMemory: boolean }>
  /** By name, what its containers have written beside volumes, and their logs. */
  readonly containers: ReadonlyMap<string, number>
}

type StorageMachine = Pick<Machine, 'podIpIsNodeIp' | 'capacity'>

/** Whether anything limits what the pod may have on disk: only then is it worth a look. */
export function hasStorageLimit(pod: Pod, machine: StorageMachine): boolean {
  if ((pod.spec.priority ?? 0) >= SYSTEM_CRITICAL) return false
  const isLimited = (pod.spec.volumes ?? []).some(
    ({ emptyDir }) => limitOf(emptyDir?.sizeLimit) !== undefined,
  )
  return isLimited || machine.podIpIsNodeIp || storageLimit(pod) !== undefined
}

/** Why the pod is to go: the first limit that it is over; undefined while it is over none. */
export function evictionOf(pod: Pod, usage: StorageUsage, machine: StorageMachine): PodFailure | undefined {
  const message = volumeText(pod, usage) ?? podText(pod, usage) ?? containerText(pod, usage)
  if (message !== undefined) return { reason: REASON, message, graceMs: GRACE_MS }
  const low = machine.podIpIsNodeIp ? nodeText(pod, usage, machine) : undefined
  return low === undefined
    ? undefined
    : { reason: REASON, message: low, graceMs: GRACE_MS, isDisruption: true }
}

function volumeText({ spec }: Pod, { volumes }: StorageUsage): string | undefined {
  const over = (spec.volumes ?? []).find(({ name, emptyDir }) => {
    const limit = limitOf(emptyDir?.sizeLimit)
    return limit !== undefined && (volumes.get(name)?.bytes ?? 0) > limit
  })
  if (!over) return undefined
  const limit = canonicalQuantity(over.emptyDir?.sizeLimit ?? '')
  return `Usage of EmptyDir volume "${over.name}" exceeds the limit "${limit}". `
}

function podText(pod: Pod, usage: StorageUsage): string | undefined {
  const limit = storageLimit(pod)
  if (limit === undefined || totalOf(usage) <= bytes(limit)) return undefined
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${canonicalQuantity(limit)}. `
}

function containerText({ spec }: Pod, { containers }: StorageUsage): string | undefined {
  for (const { name, resources } of spec.containers) {
    const limit = resources?.limits?.[STORAGE]
    const used = containers.get(name) ?? 0
    if (limit === undefined || bytes(limit) === 0 || used <= bytes(limit)) continue
    return `Container ${name} exceeded its local ephemeral storage limit "${canonicalQuantity(limit)}". `
  }
  return undefined
}

// A micro-node of Fargate has the storage that is paid for, and this pod alone: what is full is the pod's.
function nodeText({ spec }: Pod, usage: StorageUsage, { capacity }: StorageMachine): string | undefined {
  const size = bytes(capacity[STORAGE] ?? '0')
  const threshold = Math.floor(size * LOW_SHARE)
  const available = size - totalOf(usage)
  if (size === 0 || available >= threshold) return undefined
  const users = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ name, resources }) => {
    const used = usage.containers.get(name) ?? 0
    const request = resources?.requests?.[STORAGE] ?? '0'
    if (used <= bytes(request)) return []
    return `Container ${name} was using ${binary(used)}, request is ${canonicalQuantity(request)}, has larger consumption of ${STORAGE}. `
  })
  const met = `Threshold quantity: ${threshold}, available: ${kibibytes(available)}. `
  return `The node was low on resource: ${STORAGE}. ${met}${users.join('')}`
}

/** Volumes in memory count against the memory of the pod. */
function totalOf({ volumes, containers }: StorageUsage): number {
  const onDisk = [...volumes.values()].filter(({ isInMemory }) => !isInMemory)
  const sum = (values: Iterable<number>): number => [...values].reduce((total, each) => total + each, 0)
  return sum(onDisk.map((volume) => volume.bytes)) + sum(containers.values())
}

function storageLimit(pod: Pod): string | undefined {
  return podResources(pod, 'limits')[STORAGE]
}

function limitOf(sizeLimit: string | undefined): number | undefined {
  const limit = sizeLimit === undefined ? 0 : bytes(sizeLimit)
  return limit > 0 ? limit : undefined
}

// As a quantity in binary units prints: by the largest that leaves no fraction.
function binary(amount: number): string {
  return amount > 0 && amount % 1024 === 0 ? canonicalQuantity(`${amount / 1024}Ki`) : String(amount)
}

// The kubelet's statistics of a file system are whole kibibytes.
function kibibytes(amount: number): string {
  return binary(Math.max(0, Math.floor(amount / 1024)) * 1024)
}
