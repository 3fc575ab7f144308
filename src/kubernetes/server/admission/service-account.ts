// Owns what every pod gets from its service account: the account's name, pull secrets and a token volume.
// Source: kubernetes plugin/pkg/admission/serviceaccount/admission.go.
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '../../../../generated/kubernetes.d.ts'
import { StatusError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { admittedObject } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { podKind } from '../../resources/pod.ts'
import { serviceAccountKind } from '../../resources/service-account.ts'
import type { MutatingPlugin, ValidatingPlugin } from '../ports.ts'
import { secretRefusal } from './account-secrets.ts'
import { forbiddenBy } from './refusal.ts'

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const VOLUME_PREFIX = 'kube-api-access-'
const MIRROR_POD = 'kubernetes.io/config.mirror'
// One hour and seven seconds: marks tokens whose expiry the server may extend (pod/serviceaccount constants).
const TOKEN_SECONDS = 3607

/** The ServiceAccount plugin. */
export function serviceAccountAdmission(storage: Storage, ids: Ids): MutatingPlugin & ValidatingPlugin {
  return {
    name: 'ServiceAccount',
    admit(request) {
      const { operation, subresource, namespace, name } = request
      const pod = admittedObject(request, podKind)
      if (!pod || operation !== 'CREATE' || subresource !== '') return undefined
      if (isMirror(pod)) return undefined
      const accountName = pod.spec.serviceAccountName || 'default'
      const key = { namespace, name: accountName }
      const account = storage.get(serviceAccountKind, key)
      if (!account) throw missingAccount({ namespace, accountName, podName: name })
      return { ...pod, spec: completeSpec(pod.spec, account, ids) }
    },
    validate(request) {
      const { operation, subresource, namespace } = request
      const pod = admittedObject(request, podKind)
      if (!pod || operation !== 'CREATE' || subresource !== '') return
      const refusal = isMirror(pod) ? mirrorRefusal(pod) : accountRefusal(storage, pod, namespace)
      if (refusal !== undefined) throw forbiddenBy(request, refusal)
    },
  }
}

function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[MIRROR_POD] !== undefined
}

// A mirror pod shows what a node runs by itself: nobody has vouched for its use of the cluster's secrets.
function mirrorRefusal({ spec }: Pod): string | undefined {
  if (spec.serviceAccountName) return 'a mirror pod may not reference service accounts'
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  const usesSecrets =
    (spec.imagePullSecrets ?? []).length > 0 ||
    (spec.volumes ?? []).some(
      ({ secret, projected }) => secret ?? projected?.sources?.some((source) => source.secret),
    ) ||
    containers.some(
      ({ env = [], envFrom = [] }) =>
        env.some(({ valueFrom }) => valueFrom?.secretKeyRef) || envFrom.some(({ secretRef }) => secretRef),
    )
  if (usesSecrets) return 'a mirror pod may not reference secrets'
  const sources = (spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? [])
  if (!sources.some(({ serviceAccountToken }) => serviceAccountToken)) return undefined
  return 'a mirror pod may not use ServiceAccountToken volume projections'
}

function accountRefusal(storage: Storage, pod: Pod, namespace: string): string | undefined {
  const account = storage.get(serviceAccountKind, { namespace, name: pod.spec.serviceAccountName ?? '' })
  return account && secretRefusal(pod, account)
}

function missingAccount(about: { namespace: string; accountName: string; podName: string }): StatusError {
  const { namespace, accountName, podName } = about
  return new StatusError(
    'Forbidden',
    `pods ${JSON.stringify(podName)} is forbidden: error looking up service account ${namespace}/${accountName}: serviceaccount ${JSON.stringify(accountName)} not found`,
    { name: podName, kind: 'pods' },
  )
}

function completeSpec(spec: PodSpec, account: ServiceAccount, ids: Ids): PodSpec {
  const { name } = account.metadata
  const named = {
    ...spec,
    serviceAccountName: name,
    serviceAccount: name,
    ...(spec.imagePullSecrets?.length || !account.imagePullSecrets?.length
      ? {}
      : { imagePullSecrets: account.imagePullSecrets }),
  }
  const mounts = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
  return mounts ? withTokenVolume(named, ids) : named
}

function withTokenVolume(spec: PodSpec, ids: Ids): PodSpec {
  const present = spec.volumes?.find((volume) => volume.name.startsWith(VOLUME_PREFIX))
  const name = present?.name ?? VOLUME_PREFIX + ids.suffix(5)
  let isUsed = false
  const withMount = (container: Container): Container => {
    if (container.volumeMounts?.some((mount) => mount.mountPath === MOUNT_PATH)) return container
    isUsed = true
    const mount = { name, readOnly: true, mountPath: MOUNT_PATH }
    return { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] }
  }
  const containers = spec.containers.map(withMount)
  const initContainers = spec.initContainers?.map(withMount)
  if (!isUsed) return spec
  return {
    ...spec,
    containers,
    ...(initContainers ? { initContainers } : {}),
    volumes: present ? (spec.volumes ?? []) : [...(spec.volumes ?? []), tokenVolume(name)],
  }
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: TOKEN_SECONDS } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  }
}
