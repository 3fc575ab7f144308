// Owns what nodes may write: their own object, lease and pods' status, and mirror pods.
// Source: kubernetes plugin/pkg/admission/noderestriction/admission.go (rules and wording).
import type { Pod, TokenRequest } from '../../../../generated/kubernetes.d.ts'
import { deepEqual, own } from '../../../base/json.ts'
import { qualifiedResource } from '../../../rules/kubernetes/resource-names.ts'
import { admittedObject, replacedObject } from '../../registry/admission.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Storage } from '../../registry/storage.ts'
import { nodeKind } from '../../resources/node.ts'
import { podKind } from '../../resources/pod.ts'
import { forbiddenResource } from '../authorization.ts'
import { nodeNameOf, referencesOf } from '../node-identity.ts'
import type { MutatingPlugin, AdmissionRequest, UserInfo } from '../ports.ts'

const MIRROR_POD = 'kubernetes.io/config.mirror'
const LEASE_NAMESPACE = 'kube-node-lease'

/** The NodeRestriction plugin: it looks at users of the group `system:nodes` alone. */
export function nodeRestriction(storage: Storage): MutatingPlugin {
  return {
    name: 'NodeRestriction',
    admit(request) {
      const node = nodeNameOf(request.user)
      if (node === undefined) return undefined
      const why = node
        ? problemOf(storage, node, request)
        : `could not determine node from user ${JSON.stringify(request.user.username)}`
      if (why !== undefined) throw forbiddenResource(request, why)
      return undefined
    },
  }
}

function problemOf(storage: Storage, node: string, request: AdmissionRequest): string | undefined {
  const { group, resource } = request
  switch (qualifiedResource({ plural: resource, group })) {
    case 'pods':
      if (request.subresource === 'eviction') return evictionProblem(storage, node, request)
      return request.subresource === 'status'
        ? podStatusProblem(node, request)
        : podProblem(storage, node, request)
    case 'nodes':
      return nodeProblem(node, request)
    case 'persistentvolumeclaims':
      return request.subresource === 'status' ? undefined : 'may only update PVC status'
    case 'leases.coordination.k8s.io':
      return leaseProblem(node, request)
    case 'csinodes.storage.k8s.io':
      return request.name === node
        ? undefined
        : 'can only access CSINode with the same name as the requesting node'
    default:
      return undefined
  }
}

function evictionProblem(storage: Storage, node: string, request: AdmissionRequest): string | undefined {
  const { operation, namespace, name } = request
  if (operation !== 'CREATE') return `unexpected operation ${operation}`
  const pod = storage.get(podKind, { namespace, name })
  // A pod that is not there is answered as such by the eviction itself.
  return pod && pod.spec.nodeName !== node
    ? `node ${JSON.stringify(node)} can only evict pods with spec.nodeName set to itself`
    : undefined
}

function podProblem(storage: Storage, node: string, request: AdmissionRequest): string | undefined {
  const { operation } = request
  const name = JSON.stringify(node)
  if (operation === 'DELETE') {
    const isOwn = replacedObject(request, podKind)?.spec.nodeName === node
    return isOwn ? undefined : `node ${name} can only delete pods with spec.nodeName set to itself`
  }
  const pod = admittedObject(request, podKind)
  if (pod && operation === 'CREATE') return mirrorProblem(storage, node, pod)
  return `unexpected operation ${JSON.stringify(operation)}, node ${name} can only create and delete mirror pods`
}

function mirrorProblem(storage: Storage, node: string, { metadata, spec }: Pod): string | undefined {
  const name = JSON.stringify(node)
  if (metadata.annotations?.[MIRROR_POD] === undefined) {
    return `pod does not have ${JSON.stringify(MIRROR_POD)} annotation, node ${name} can only create mirror pods`
  }
  if (spec.nodeName !== node) return `node ${name} can only create pods with spec.nodeName set to itself`
  const owner = ownerProblem(storage, node, metadata.ownerReferences ?? [])
  if (owner !== undefined) return owner
  const used = referencesOf({ spec })
  const may = (what: string): string => `node ${name} can not create pods that reference ${what}`
  if (used.serviceaccounts.size > 0) return may('a service account')
  if (used.secrets.size > 0) return may('secrets')
  if (used.configmaps.size > 0) return may('configmaps')
  return used.persistentvolumeclaims.size > 0 ? may('persistentvolumeclaims') : undefined
}

function ownerProblem(
  storage: Storage,
  node: string,
  owners: NonNullable<Pod['metadata']['ownerReferences']>,
): string | undefined {
  const only = `node ${JSON.stringify(node)} can only create pods with`
  if (owners.length > 1) return `${only} a single owner reference set to itself`
  const [owner] = owners
  if (!owner || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return `${only} an owner reference set to itself`
  }
  if (!owner.controller) return `${only} a controller owner reference set to itself`
  if (owner.blockOwnerDeletion) {
    return `node ${JSON.stringify(node)} must not set blockOwnerDeletion on an owner reference`
  }
  const uid = storage.get(nodeKind, { name: node })?.metadata.uid ?? ''
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`
}

function podStatusProblem(node: string, request: AdmissionRequest): string | undefined {
  const { operation, object, oldObject } = request
  if (operation !== 'UPDATE') return `unexpected operation ${JSON.stringify(operation)}`
  const name = JSON.stringify(node)
  if (replacedObject(request, podKind)?.spec.nodeName !== node) {
    return `node ${name} can only update pod status for pods with spec.nodeName set to itself`
  }
  return deepEqual(object?.metadata.labels ?? {}, oldObject?.metadata.labels ?? {})
    ? undefined
    : `node ${name} cannot update labels through pod status`
}

function nodeProblem(node: string, request: AdmissionRequest): string | undefined {
  const name = JSON.stringify(node)
  if (request.name !== node)
    return `node ${name} is not allowed to modify node ${JSON.stringify(request.name)}`
  const next = admittedObject(request, nodeKind)
  const old = replacedObject(request, nodeKind)
  if (!next) return undefined
  const labels = forbiddenLabels(next.metadata.labels ?? {}, old?.metadata.labels ?? {})
  if (!old) {
    if (labels.length === 0) return undefined
    return `node ${name} is not allowed to set the following labels: ${labels.join(', ')}`
  }
  if (!deepEqual(next.spec.taints ?? [], old.spec.taints ?? [])) {
    return `node ${name} is not allowed to modify taints`
  }
  return labels.length > 0 ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined
}

type Labels = Readonly<Record<string, string>>

function forbiddenLabels(next: Labels, old: Labels): string[] {
  const keys = new Set([...Object.keys(next), ...Object.keys(old)])
  return [...keys].filter((key) => own(next, key) !== own(old, key) && isRestricted(key)).toSorted()
}

// k8s.io/kubelet pkg/apis/well_known_labels.go
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/windows-build',
])

function isRestricted(key: string): boolean {
  const namespace = key.includes('/') ? key.slice(0, key.indexOf('/')) : ''
  const isIn = (...domains: string[]): boolean =>
    domains.some((domain) => namespace === domain || namespace.endsWith(`.${domain}`))
  if (isIn('node-restriction.kubernetes.io')) return true
  if (!isIn('kubernetes.io', 'k8s.io')) return false
  return !KUBELET_LABELS.has(key) && !isIn('kubelet.kubernetes.io', 'node.kubernetes.io')
}

function leaseProblem(node: string, { namespace, name }: AdmissionRequest): string | undefined {
  if (namespace !== LEASE_NAMESPACE) {
    return `can only access leases in the ${JSON.stringify(LEASE_NAMESPACE)} system namespace`
  }
  return name === node ? undefined : 'can only access node lease with the same name as the requesting node'
}

/** Why a node may not have the token that it asks for; undefined when it may, and for everybody who is no node. */
export function nodeTokenProblem(
  registry: Pick<Registry, 'find'>,
  user: UserInfo,
  asked: {
    readonly namespace: string
    readonly reference: NonNullable<TokenRequest['spec']>['boundObjectRef']
  },
): string | undefined {
  const node = nodeNameOf(user)
  if (node === undefined) return undefined
  const { namespace, reference } = asked
  if (reference?.apiVersion !== 'v1' || reference.kind !== 'Pod' || !reference.name) {
    return 'node requested token not bound to a pod'
  }
  if (!reference.uid) return 'node requested token with a pod binding without a uid'
  const pod = registry.find(podKind, { namespace, name: reference.name })
  if (pod && pod.metadata.uid !== reference.uid) {
    return `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`
  }
  // A pod that is not there is answered as such by the token request itself.
  return pod && pod.spec.nodeName !== node
    ? 'node requested token bound to a pod scheduled on a different node'
    : undefined
}
