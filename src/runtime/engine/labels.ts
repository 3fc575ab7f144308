// Owns the labels by which Neargate knows what is its own in a container engine; nothing without them is ever touched.
import type { ContainerSpec, SandboxSpec } from '../runtime.ts'

const OWNER = 'neargate.dev/owner'
const POD_UID = 'io.kubernetes.pod.uid'
const POD_NAME = 'io.kubernetes.pod.name'
const POD_NAMESPACE = 'io.kubernetes.pod.namespace'
const CONTAINER_NAME = 'io.kubernetes.container.name'
const NODE = 'neargate.dev/node'
const IP = 'neargate.dev/ip'
const ATTEMPT = 'neargate.dev/attempt'
const IMAGE = 'neargate.dev/image-name'
const KIND = 'neargate.dev/kind'

/** A sandbox's pause container, or a container of a pod. */
export type ContainerKind = 'sandbox' | 'container'

export type Labels = Readonly<Record<string, string>>

/** What the labels of one of our containers say. */
export interface Identity {
  readonly kind: ContainerKind
  readonly sandboxId: string
  readonly name: string
  readonly image: string
  readonly node: string
  readonly ip: string
  readonly attempt: number
}

/** @param owner who the containers belong to: a cluster of a region of an account in a data directory */
export function sandboxLabels(owner: string, { id, namespace, name, ip, node }: SandboxSpec): Labels {
  return {
    [OWNER]: owner,
    [KIND]: 'sandbox',
    [POD_UID]: id,
    [POD_NAMESPACE]: namespace,
    [POD_NAME]: name,
    [NODE]: node,
    [IP]: ip,
  }
}

export function containerLabels(
  owner: string,
  sandbox: Labels,
  { name, image, attempt }: ContainerSpec,
): Labels {
  return {
    ...sandbox,
    [OWNER]: owner,
    [KIND]: 'container',
    [CONTAINER_NAME]: name,
    [IMAGE]: image,
    [ATTEMPT]: String(attempt),
  }
}

/** What the labels of a container say; undefined for one that is not ours. */
export function identityOf(labels: Labels = {}): Identity | undefined {
  const kind = labels[KIND]
  if (kind !== 'sandbox' && kind !== 'container') return undefined
  return {
    kind,
    sandboxId: labels[POD_UID] ?? '',
    name: labels[CONTAINER_NAME] ?? '',
    image: labels[IMAGE] ?? '',
    node: labels[NODE] ?? '',
    ip: labels[IP] ?? '',
    attempt: Number(labels[ATTEMPT] ?? 0),
  }
}

/** The labels of the container that a VPC's way out leads through. @param owner the region's, before any cluster's name */
export function uplinkLabels(owner: string, vpcId: string): Labels {
  // No cluster has an empty name.
  return { [OWNER]: `${owner}//${vpcId}`, [KIND]: 'uplink' }
}

/** The engine's filter for that container. */
export function uplinkFilter(owner: string, vpcId: string): string {
  return JSON.stringify({ label: Object.entries(uplinkLabels(owner, vpcId)).map((pair) => pair.join('=')) })
}

/** The engine's filter for everything of an owner, or for the part of it that is of a sandbox or of a kind. */
export function ownFilter(
  owner: string,
  { sandboxId, kind }: { readonly sandboxId?: string; readonly kind?: ContainerKind } = {},
): string {
  const label = [
    `${OWNER}=${owner}`,
    ...(sandboxId === undefined ? [] : [`${POD_UID}=${sandboxId}`]),
    ...(kind === undefined ? [] : [`${KIND}=${kind}`]),
  ]
  return JSON.stringify({ label })
}
