// Owns what EKS's pod identity webhook does: a pod whose service account names an IAM role gets the means to take it on.
// Source: aws/amazon-eks-pod-identity-webhook (pkg/handler): environment, volume and mount of each container.
import type { Container, EnvVar, Pod, ServiceAccount } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import type { KubernetesClient, KubernetesObject } from '../../kubernetes/client/client.ts'
import { serviceAccounts } from '../../kubernetes/client/resources.ts'
import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'
const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience'
const EXPIRATION_ANNOTATION = 'eks.amazonaws.com/token-expiration'
const SKIP_ANNOTATION = 'eks.amazonaws.com/skip-containers'
const DEFAULT_AUDIENCE = 'sts.amazonaws.com'
const DEFAULT_EXPIRATION_SECONDS = 86_400
const VOLUME = 'aws-iam-token'
const MOUNT_PATH = '/var/run/secrets/eks.amazonaws.com/serviceaccount'

export interface IrsaOptions {
  readonly client: KubernetesClient
  readonly region: string
}

/** Admission of pods: adds role, token file and region where the service account carries `eks.amazonaws.com/role-arn`. */
export function createIrsaAdmission({ client, region }: IrsaOptions): MutatingPlugin {
  return {
    name: 'pod-identity-webhook',
    async admit({ operation, group, resource, subresource, namespace, object }) {
      if (operation !== 'CREATE' || group !== '' || resource !== 'pods' || subresource !== '' || !object)
        return undefined
      // The resource says that it is one.
      const pod = object as KubernetesObject as Pod
      const account = await findAccount(client, namespace, pod.spec.serviceAccountName ?? 'default')
      const roleArn = account?.metadata.annotations?.[ROLE_ANNOTATION]
      return account && roleArn !== undefined ? withRole(pod, account, { roleArn, region }) : undefined
    },
  }
}

async function findAccount(
  client: KubernetesClient,
  namespace: string,
  name: string,
): Promise<ServiceAccount | undefined> {
  try {
    return await client.get(serviceAccounts, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

interface Role {
  readonly roleArn: string
  readonly region: string
}

function withRole(pod: Pod, account: ServiceAccount, role: Role): Pod {
  const skipped = new Set(
    (pod.metadata.annotations?.[SKIP_ANNOTATION] ?? '').split(',').map((name) => name.trim()),
  )
  const extend = (container: Container): Container =>
    skipped.has(container.name) ? container : extended(container, role)
  const { spec } = pod
  const volumes = (spec.volumes ?? []).filter((volume) => volume.name !== VOLUME)
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(extend),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(extend) }),
      volumes: [...volumes, tokenVolume(account)],
    },
  }
}

function extended(container: Container, { roleArn, region }: Role): Container {
  const env = container.env ?? []
  const present = new Set(env.map((entry) => entry.name))
  const wanted: readonly EnvVar[] = [
    { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
    { name: 'AWS_DEFAULT_REGION', value: region },
    { name: 'AWS_REGION', value: region },
    { name: 'AWS_ROLE_ARN', value: roleArn },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${MOUNT_PATH}/token` },
  ]
  const mounts = (container.volumeMounts ?? []).filter((mount) => mount.name !== VOLUME)
  return {
    ...container,
    env: [...env, ...wanted.filter((entry) => !present.has(entry.name))],
    volumeMounts: [...mounts, { name: VOLUME, mountPath: MOUNT_PATH, readOnly: true }],
  }
}

function tokenVolume(account: ServiceAccount): { name: string; projected: object } {
  const annotations = account.metadata.annotations ?? {}
  const expirationSeconds = Number(annotations[EXPIRATION_ANNOTATION] ?? DEFAULT_EXPIRATION_SECONDS)
  const audience = annotations[AUDIENCE_ANNOTATION] ?? DEFAULT_AUDIENCE
  return {
    name: VOLUME,
    projected: {
      defaultMode: 0o644,
      sources: [{ serviceAccountToken: { audience, expirationSeconds, path: 'token' } }],
    },
  }
}
