// Owns what EKS's pod identity webhook does: a pod whose service account has an IAM role, by a pod identity association
// or by an annotation, gets the means to take it on.
// Source: aws/amazon-eks-pod-identity-webhook (pkg/handler): environment, volume and mount of each container.
import type { Container, EnvVar, Pod, ServiceAccount } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import type { KubernetesClient, KubernetesObject } from '../../kubernetes/client/client.ts'
import { serviceAccounts } from '../../kubernetes/client/resources.ts'
import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'
const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience'
const EXPIRATION_ANNOTATION = 'eks.amazonaws.com/token-expiration'
const REGIONAL_ANNOTATION = 'eks.amazonaws.com/sts-regional-endpoints'
const SKIP_ANNOTATION = 'eks.amazonaws.com/skip-containers'
const SKIP_LABEL = 'eks.amazonaws.com/skip-pod-identity-webhook'
const DEFAULT_EXPIRATION_SECONDS = 86_400
const MIN_EXPIRATION_SECONDS = 600

/** Where the agents of EKS Pod Identity answer on every node that has one. */
export const POD_IDENTITY_URL = 'http://169.254.170.23/v1/credentials'
export const POD_IDENTITY_AUDIENCE = 'pods.eks.amazonaws.com'

export interface IrsaOptions {
  readonly client: KubernetesClient
  readonly region: string
  /** True for a service account that a pod identity association gives a role. */
  hasAssociation(namespace: string, serviceAccount: string): boolean
}

/** What a pod gets so that it can take on a role. */
interface Means {
  readonly volume: string
  readonly mountPath: string
  readonly token: { readonly path: string; readonly audience: string; readonly expirationSeconds: number }
  /** Groups of variables: one whose variable a container sets itself is left out as a whole. */
  readonly environment: readonly (readonly EnvVar[])[]
}

/** Admission of pods: adds what their SDK finds their service account's role by. */
export function createIrsaAdmission(options: IrsaOptions): MutatingPlugin {
  return {
    name: 'pod-identity-webhook',
    async admit({ operation, group, resource, subresource, namespace, object }) {
      if (operation !== 'CREATE' || group !== '' || resource !== 'pods' || subresource !== '' || !object)
        return undefined
      // The resource says that it is one.
      const pod = object as KubernetesObject as Pod
      if (pod.metadata.labels?.[SKIP_LABEL] !== undefined) return undefined
      const name = pod.spec.serviceAccountName ?? 'default'
      // An association wins over the annotation.
      if (options.hasAssociation(namespace, name)) return withMeans(pod, byAssociation(pod, options.region))
      const account = await findAccount(options.client, namespace, name)
      const roleArn = account?.metadata.annotations?.[ROLE_ANNOTATION]
      if (!account || roleArn === undefined) return undefined
      return withMeans(pod, byAnnotation(pod, account, { roleArn, region: options.region }))
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

function byAssociation(pod: Pod, region: string): Means {
  const mountPath = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount'
  const path = 'eks-pod-identity-token'
  return {
    volume: path,
    mountPath,
    token: { path, audience: POD_IDENTITY_AUDIENCE, expirationSeconds: expirationOf(pod) },
    environment: [
      regionVariables(region),
      [
        { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: POD_IDENTITY_URL },
        { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: `${mountPath}/${path}` },
      ],
    ],
  }
}

function byAnnotation(
  pod: Pod,
  account: ServiceAccount,
  { roleArn, region }: { readonly roleArn: string; readonly region: string },
): Means {
  const annotations = account.metadata.annotations ?? {}
  const mountPath = '/var/run/secrets/eks.amazonaws.com/serviceaccount'
  const isRegional = annotations[REGIONAL_ANNOTATION] !== 'false'
  return {
    volume: 'aws-iam-token',
    mountPath,
    token: {
      path: 'token',
      audience: annotations[AUDIENCE_ANNOTATION] ?? 'sts.amazonaws.com',
      expirationSeconds: expirationOf(pod, account),
    },
    environment: [
      isRegional ? [{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' }] : [],
      regionVariables(region),
      [
        { name: 'AWS_ROLE_ARN', value: roleArn },
        { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${mountPath}/token` },
      ],
    ],
  }
}

function regionVariables(region: string): readonly EnvVar[] {
  return ['AWS_DEFAULT_REGION', 'AWS_REGION'].map((name) => ({ name, value: region }))
}

// The annotation of the pod wins over that of its account; what is too short is raised, what is no number is not there.
function expirationOf(pod: Pod, account?: ServiceAccount): number {
  const given = [pod, account]
    .map((object) => Number.parseInt(object?.metadata.annotations?.[EXPIRATION_ANNOTATION] ?? '', 10))
    .find((seconds) => !Number.isNaN(seconds))
  const seconds = given ?? DEFAULT_EXPIRATION_SECONDS
  return Math.min(Math.max(seconds, MIN_EXPIRATION_SECONDS), DEFAULT_EXPIRATION_SECONDS)
}

function withMeans(pod: Pod, means: Means): Pod {
  const skipped = new Set(
    (pod.metadata.annotations?.[SKIP_ANNOTATION] ?? '').split(',').map((name) => name.trim()),
  )
  const extend = (container: Container): Container =>
    skipped.has(container.name) ? container : extended(container, means)
  const { spec } = pod
  const volumes = (spec.volumes ?? []).filter((volume) => volume.name !== means.volume)
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(extend),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(extend) }),
      volumes: [tokenVolume(means), ...volumes],
    },
  }
}

function extended(container: Container, { volume, mountPath, environment }: Means): Container {
  const env = container.env ?? []
  const present = new Set(env.map((entry) => entry.name))
  const wanted = environment.filter((group) => !group.some(({ name }) => present.has(name))).flat()
  const mounts = (container.volumeMounts ?? []).filter((mount) => mount.name !== volume)
  return {
    ...container,
    env: [...env, ...wanted],
    volumeMounts: [...mounts, { name: volume, mountPath, readOnly: true }],
  }
}

function tokenVolume({ volume, token }: Means): { name: string; projected: object } {
  return { name: volume, projected: { defaultMode: 0o644, sources: [{ serviceAccountToken: token }] } }
}
