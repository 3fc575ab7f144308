// Owns the environment of a container: literal values, references to other objects, and `$(NAME)` in between.
import type { ConfigMap, Container, EnvVarSource, Pod, Secret } from '../../generated/kubernetes.d.ts'
import { milliCores, parseMilli } from '../base/quantity.ts'

/** A reference that cannot be resolved: the container waits with reason CreateContainerConfigError. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
}

export interface EnvironmentSources {
  readonly pod: Pod
  readonly container: Container
  readonly podIp: string
  readonly hostIp: string
  readonly allocatable: Readonly<Record<string, string>>
  /** Variables of the Services of the namespace. */
  readonly services: Readonly<Record<string, string>>
  /** Undefined when there is none. */
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
}

/**
 * Resolves `envFrom` and `env` in order; later ones win, Service variables lose (pkg/kubelet makeEnvironmentVariables).
 * @throws EnvironmentError when a reference that is not optional points nowhere.
 */
export async function resolveEnvironment(sources: EnvironmentSources): Promise<Record<string, string>> {
  const { container, services } = sources
  const result: Record<string, string> = { ...(await importedVariables(sources)) }
  const declared: Record<string, string> = {}
  for (const { name, value, valueFrom } of container.env ?? []) {
    const resolved = valueFrom
      ? await fromSource(valueFrom, sources)
      : expand(value ?? '', { ...services, ...result, ...declared })
    if (resolved !== undefined) declared[name] = resolved
  }
  return { ...services, ...result, ...declared }
}

/** Replaces `$(NAME)` by the variable where there is one; `$$(NAME)` is the literal text (third_party/forked/golang/expansion). */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (match, escaped: string, name: string | undefined) => {
    if (escaped === '$') return '$'
    return variables[name ?? ''] ?? match
  })
}

async function importedVariables(sources: EnvironmentSources): Promise<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const { prefix = '', configMapRef, secretRef } of sources.container.envFrom ?? []) {
    const data = configMapRef
      ? (await existing(sources, 'configmap', configMapRef))?.data
      : secretRef && decode((await existing(sources, 'secret', secretRef))?.data)
    for (const [key, value] of Object.entries(data ?? {})) result[prefix + key] = value
  }
  return result
}

interface Reference {
  readonly name?: string
  readonly optional?: boolean
}

async function existing(
  sources: EnvironmentSources,
  kind: 'configmap' | 'secret',
  { name = '', optional }: Reference,
): Promise<{ data?: Record<string, string> } | undefined> {
  const found = kind === 'configmap' ? await sources.configMap(name) : await sources.secret(name)
  if (found || optional) return found as { data?: Record<string, string> } | undefined
  throw new EnvironmentError(`${kind} "${name}" not found`)
}

function decode(data: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}

async function fromSource(source: EnvVarSource, sources: EnvironmentSources): Promise<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source
  if (fieldRef) return fieldValue(fieldRef.fieldPath, sources)
  if (resourceFieldRef) {
    const { containerName, resource, divisor } = resourceFieldRef
    const container = containerName
      ? sources.pod.spec.containers.find(({ name }) => name === containerName)
      : sources.container
    return resourceValue({ resource, divisor: divisor ?? '1', container, allocatable: sources.allocatable })
  }
  if (configMapKeyRef) {
    const data = (await existing(sources, 'configmap', configMapKeyRef))?.data
    return keyOfData(data, configMapKeyRef, `configmap ${namespaced(sources, configMapKeyRef)}`, 'ConfigMap')
  }
  if (secretKeyRef) {
    const data = decode((await existing(sources, 'secret', secretKeyRef))?.data)
    return keyOfData(data, secretKeyRef, `secret ${namespaced(sources, secretKeyRef)}`, 'Secret')
  }
  throw new EnvironmentError('fileKeyRef is not supported by Neargate')
}

function namespaced({ pod }: EnvironmentSources, { name }: Reference): string {
  return `${pod.metadata.namespace}/${name}`
}

function keyOfData(
  data: Readonly<Record<string, string>> | undefined,
  { key, optional }: { readonly key: string; readonly optional?: boolean },
  where: string,
  kind: string,
): string | undefined {
  const value = data?.[key]
  if (value !== undefined || optional) return value
  throw new EnvironmentError(`couldn't find key ${key} in ${kind} ${where.split(' ')[1]}`)
}

/** What a field of the pod holds, as text. @throws EnvironmentError when there is no such field. */
export function fieldValue(
  path: string,
  { pod, podIp, hostIp }: Pick<EnvironmentSources, 'pod' | 'podIp' | 'hostIp'>,
): string {
  const { metadata, spec } = pod
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (subscript) return metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? ''
  const values: Record<string, string> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace ?? '',
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'status.hostIP': hostIp,
    'status.hostIPs': hostIp,
    'status.podIP': podIp,
    'status.podIPs': podIp,
  }
  const value = values[path]
  if (value === undefined) throw new EnvironmentError(`unsupported fieldPath: ${path}`)
  return value
}

/** A request or limit of a container in whole units of the divisor. */
export function resourceValue(options: {
  readonly resource: string
  readonly divisor: string
  readonly container: Container | undefined
  readonly allocatable: Readonly<Record<string, string>>
}): string {
  const { resource, container, allocatable } = options
  const [group, name = ''] = resource.split('.')
  const { limits = {}, requests = {} } = container?.resources ?? {}
  // Without a limit, the container may use what the node has (pkg/api/v1/resource MergeContainerResourceLimits).
  const quantity = group === 'limits' ? (limits[name] ?? allocatable[name]) : (requests[name] ?? '0')
  const divisor = options.divisor === '0' ? '1' : options.divisor
  if (name === 'cpu') return String(Math.ceil(milliCores(quantity) / milliCores(divisor)))
  const value = parseMilli(quantity ?? '0')
  const by = parseMilli(divisor)
  return String((value + by - 1n) / by)
}
