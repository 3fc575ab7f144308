// Owns which node a user is, and which objects a node has to do with.
// Source: kubernetes pkg/auth/nodeidentifier/default.go, plugin/pkg/auth/authorizer/node/graph.go.
import type { Pod, Volume } from '../../../generated/kubernetes.d.ts'
import type { Storage } from '../registry/storage.ts'
import { podKind } from '../resources/pod.ts'
import type { UserInfo } from './ports.ts'

const USER_PREFIX = 'system:node:'
const NODES = 'system:nodes'

/** Name of the node that a user is; undefined for everybody else. */
export function nodeNameOf({ username, groups }: UserInfo): string | undefined {
  if (!username.startsWith(USER_PREFIX) || !groups.includes(NODES)) return undefined
  return username.slice(USER_PREFIX.length)
}

/** Pods that are bound to a node, of one namespace or all. */
export function podsOfNode(storage: Storage, nodeName: string, namespace = ''): readonly Pod[] {
  const { items } = storage.list(podKind, namespace ? { namespace } : {})
  return items.filter((pod) => pod.spec.nodeName === nodeName)
}

/** What a pod refers to, by the plural of its resource. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>
  readonly configmaps: ReadonlySet<string>
  readonly persistentvolumeclaims: ReadonlySet<string>
  readonly serviceaccounts: ReadonlySet<string>
}

/** Names of the objects of its own namespace that a pod uses (VisitPodSecretNames and its siblings). */
export function referencesOf({ spec }: Pick<Pod, 'spec'>): PodReferences {
  const secrets = new Set<string>()
  const configmaps = new Set<string>()
  const claims = new Set<string>()
  const add = (to: Set<string>, name: string | undefined): void => {
    if (name) to.add(name)
  }
  for (const { name } of spec.imagePullSecrets ?? []) add(secrets, name)
  const containers = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]
  for (const { env = [], envFrom = [] } of containers) {
    for (const { valueFrom } of env) {
      add(secrets, valueFrom?.secretKeyRef?.name)
      add(configmaps, valueFrom?.configMapKeyRef?.name)
    }
    for (const { secretRef, configMapRef } of envFrom) {
      add(secrets, secretRef?.name)
      add(configmaps, configMapRef?.name)
    }
  }
  for (const volume of spec.volumes ?? []) {
    for (const name of secretsOf(volume)) add(secrets, name)
    add(configmaps, volume.configMap?.name)
    add(claims, volume.persistentVolumeClaim?.claimName)
    for (const { secret, configMap } of volume.projected?.sources ?? []) {
      add(secrets, secret?.name)
      add(configmaps, configMap?.name)
    }
  }
  const accounts = new Set(spec.serviceAccountName ? [spec.serviceAccountName] : [])
  return { secrets, configmaps, persistentvolumeclaims: claims, serviceaccounts: accounts }
}

function secretsOf(volume: Volume): (string | undefined)[] {
  return [
    volume.secret?.secretName,
    volume.azureFile?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.flexVolume?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.scaleIO?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.storageos?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
  ]
}
