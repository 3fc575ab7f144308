// Owns reading the applications of a cluster into manifests: what people wrote, without what the cluster added.
import { isNotFound, StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import * as resources from '../../kubernetes/client/resources.ts'

/** Manifests by namespace, in the order in which they are applied. */
export interface ImportedManifests {
  readonly byNamespace: ReadonlyMap<string, readonly object[]>
  readonly notes: readonly string[]
}

// In this order: what others refer to comes first. Secrets are left where they are.
const KINDS: readonly Resource<KubernetesObject>[] = [
  resources.serviceAccounts,
  resources.roles,
  resources.roleBindings,
  resources.limitRanges,
  resources.resourceQuotas,
  resources.networkPolicies,
  resources.configMaps,
  resources.persistentVolumeClaims,
  resources.deployments,
  resources.statefulSets,
  resources.daemonSets,
  resources.cronJobs,
  resources.jobs,
  resources.pods,
  resources.services,
  resources.ingresses,
  resources.horizontalPodAutoscalers,
  resources.podDisruptionBudgets,
]
/** Namespaces of the cluster itself and of what AWS puts into it. */
const SYSTEM = /^(kube-|amazon-|aws-)/
// What every namespace has.
const EVERYWHERE = new Set(['ConfigMap/kube-root-ca.crt', 'ServiceAccount/default'])
const METADATA_KEPT = ['name', 'namespace', 'labels', 'annotations']
const ANNOTATION_OF_CLUSTER =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/|deprecated\.daemonset|pv\.kubernetes\.io\/|volume\.(beta\.)?kubernetes\.io\/|neargate\.dev\/|CapacityProvisioned|Logging)/
const LABEL_OF_CLUSTER =
  /^(kubernetes\.io\/metadata\.name|batch\.kubernetes\.io\/|controller-uid|job-name|eks\.amazonaws\.com\/fargate-profile)/

/** Reads them. @param accountsMade `namespace/name` of service accounts that the ClusterConfig makes */
export async function importManifests(
  kubernetes: KubernetesClient,
  accountsMade: ReadonlySet<string>,
): Promise<ImportedManifests> {
  const namespaces = (await kubernetes.list(resources.namespaces)).items.filter(
    ({ metadata }) => !SYSTEM.test(metadata.name),
  )
  const byNamespace = new Map<string, object[]>()
  for (const namespace of namespaces) {
    const { name } = namespace.metadata
    byNamespace.set(name, name === 'default' ? [] : [cleaned(resources.namespaces, namespace)])
  }
  const system: string[] = []
  const refused: string[] = []
  for (const resource of KINDS) {
    for (const object of await listed(kubernetes, resource, refused)) {
      const { namespace = '', name } = object.metadata
      if (!isWritten(resource, object) || accountsMade.has(accountKey(resource, object))) continue
      const objects = byNamespace.get(namespace)
      if (objects) objects.push(cleaned(resource, object))
      else if (['Deployment', 'StatefulSet', 'DaemonSet'].includes(resource.kind))
        system.push(`${namespace}/${name}`)
    }
  }
  for (const [name, objects] of byNamespace) if (objects.length === 0) byNamespace.delete(name)
  const secrets = await listed(kubernetes, resources.secrets, refused)
  return { byNamespace, notes: notesOf({ system, refused, secrets: secrets.filter(isUsers) }) }
}

function accountKey({ kind }: Resource<KubernetesObject>, { metadata }: KubernetesObject): string {
  return kind === 'ServiceAccount' ? `${metadata.namespace}/${metadata.name}` : ''
}

async function listed(
  kubernetes: KubernetesClient,
  resource: Resource<KubernetesObject>,
  refused: string[],
): Promise<readonly KubernetesObject[]> {
  try {
    return (await kubernetes.list(resource)).items
  } catch (error) {
    const isForbidden = error instanceof StatusError && error.reason === 'Forbidden'
    if (!isNotFound(error) && !isForbidden) throw error
    refused.push(resource.plural)
    return []
  }
}

function isUsers({ metadata, ...rest }: KubernetesObject): boolean {
  const type = 'type' in rest ? rest.type : undefined
  return !SYSTEM.test(metadata.namespace ?? '') && type !== 'kubernetes.io/service-account-token'
}

// What a controller made is made again by it.
function isWritten({ kind }: Resource<KubernetesObject>, { metadata }: KubernetesObject): boolean {
  if ((metadata.ownerReferences ?? []).length > 0) return false
  if (kind === 'Service' && metadata.name === 'kubernetes' && metadata.namespace === 'default') return false
  return !EVERYWHERE.has(`${kind}/${metadata.name}`)
}

function cleaned(resource: Resource<KubernetesObject>, object: KubernetesObject): object {
  // Every kind is read as plain data here: which of them has a spec is seen.
  const {
    apiVersion: _version,
    kind: _kind,
    metadata,
    status: _status,
    spec,
    ...rest
  } = object as KubernetesObject & Record<string, unknown>
  const kept = Object.entries(metadata).filter(([key]) => METADATA_KEPT.includes(key))
  const { labels, annotations, ...names } = Object.fromEntries(kept)
  const cleanSpec = isObject(spec) ? cleanedSpec(resource, spec) : {}
  return {
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: {
      ...names,
      ...without('labels', labels, LABEL_OF_CLUSTER),
      ...without('annotations', annotations, ANNOTATION_OF_CLUSTER),
    },
    ...(Object.keys(cleanSpec).length === 0 ? {} : { spec: cleanSpec }),
    ...rest,
  }
}

function without(name: string, values: unknown, pattern: RegExp): object {
  if (!isObject(values)) return {}
  const kept = Object.entries(values).filter(([key]) => !pattern.test(key))
  return kept.length === 0 ? {} : { [name]: Object.fromEntries(kept) }
}

// What the cluster chose by itself, and would choose anew.
const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  Namespace: ['finalizers'],
  Service: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'],
  PersistentVolumeClaim: ['volumeName'],
  Pod: ['nodeName', 'serviceAccount', 'tolerations', 'enableServiceLinks', 'preemptionPolicy', 'priority'],
  Job: ['selector', 'manualSelector'],
}

function cleanedSpec({ kind }: Resource<KubernetesObject>, spec: Record<string, unknown>): object {
  const chosen = CHOSEN[kind] ?? []
  const kept = Object.fromEntries(Object.entries(spec).filter(([key]) => !chosen.includes(key)))
  if (kind === 'Service') return withoutNodePorts(kept)
  if (kind === 'Job') return withoutJobLabels(kept)
  return kind === 'Pod' ? withoutTokens(kept) : kept
}

function withoutNodePorts(spec: Record<string, unknown>): object {
  const { ports } = spec
  if (!Array.isArray(ports) || spec['type'] === 'NodePort') return spec
  return {
    ...spec,
    ports: ports.map((port: unknown) => {
      if (!isObject(port)) return port
      const { nodePort: _, ...rest } = port
      return rest
    }),
  }
}

function withoutJobLabels(spec: Record<string, unknown>): object {
  const { template } = spec
  if (!isObject(template) || !isObject(template['metadata'])) return spec
  const { labels, ...metadata } = template['metadata']
  return {
    ...spec,
    template: { ...template, metadata: { ...metadata, ...without('labels', labels, LABEL_OF_CLUSTER) } },
  }
}

// Each pod gets the volume of its token from admission.
function withoutTokens(spec: Record<string, unknown>): object {
  const isToken = (value: unknown): boolean =>
    isObject(value) && typeof value['name'] === 'string' && value['name'].startsWith('kube-api-access-')
  const { volumes, containers } = spec
  return {
    ...spec,
    ...(Array.isArray(volumes) ? { volumes: volumes.filter((volume) => !isToken(volume)) } : {}),
    ...(Array.isArray(containers)
      ? {
          containers: containers.map((container: unknown) =>
            isObject(container) && Array.isArray(container['volumeMounts'])
              ? { ...container, volumeMounts: container['volumeMounts'].filter((mount) => !isToken(mount)) }
              : container,
          ),
        }
      : {}),
  }
}

interface Left {
  readonly system: readonly string[]
  readonly refused: readonly string[]
  readonly secrets: readonly KubernetesObject[]
}

function notesOf({ system, refused, secrets }: Left): readonly string[] {
  const names = secrets.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  return [
    ...(system.length > 0 ? [`left to add-ons and charts: ${system.join(', ')}`] : []),
    ...(names.length > 0 ? [`secrets are not read; applications may need: ${names.join(', ')}`] : []),
    ...(refused.length > 0 ? [`not to be seen with these rights: ${refused.join(', ')}`] : []),
  ]
}
