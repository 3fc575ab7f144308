// Owns the filter kubernetes: what the cluster knows of the pod that a line came from.
// Source: Fluent Bit's manual, "Filters", Kubernetes; EKS User Guide on what of it Fargate fills in itself.
import { readJson } from '../parsers.ts'
import type { LogEvent, LogRecord } from '../record.ts'
import { invalid } from '../refusal.ts'
import type { FilterKind, PodFacts } from './filter.ts'

const OWNED = ['Kube_URL', 'Kube_CA_File', 'Kube_Token_Command', 'Kube_Token_File']
/** How it reaches the API, and how long it remembers what it heard: near, it asks for each line and waits for nothing. */
const HARMLESS = [
  'Buffer_Size',
  'Kube_Meta_Cache_TTL',
  'Kube_Meta_Namespace_Cache_TTL',
  'tls.debug',
  'tls.verify',
  'Use_Kubelet',
  'DNS_Retries',
  'DNS_Wait_Time',
  'Dummy_Meta',
  'Cache_Use_Docker_Id',
]
const EXCLUDE = 'fluentbit.io/exclude'
const PARSER = 'fluentbit.io/parser'

export const kubernetes: FilterKind = (settings, { parsers }) => {
  const owned = OWNED.find((name) => settings.one(name) !== undefined)
  if (owned) throw invalid(`${owned} of ${settings.title} must not be specified`)
  const prefix = settings.one('Kube_Tag_Prefix') ?? 'kube.var.log.containers.'
  const merges = settings.flag('Merge_Log', false)
  const mergeKey = settings.one('Merge_Log_Key')
  const trims = settings.flag('Merge_Log_Trim', true)
  const keeps = settings.flag('Keep_Log', true)
  const labels = settings.flag('Labels', true)
  const annotations = settings.flag('Annotations', true)
  const excludes = settings.flag('K8S-Logging.Exclude', false)
  const choosesParser = settings.flag('K8S-Logging.Parser', false)
  settings.end(HARMLESS)
  const merge = (event: LogEvent, pod: PodFacts): LogEvent => {
    const { log } = event.record
    if (!merges || typeof log !== 'string') return event
    const named = choosesParser ? parsers.get(pod.annotations[PARSER] ?? '') : undefined
    const parsed = named?.parse(log) ?? { record: readJson(trims ? log.trim() : log), timeMs: undefined }
    if (!parsed.record) return event
    const { log: _, ...rest } = event.record
    const merged = mergeKey === undefined ? parsed.record : { [mergeKey]: parsed.record }
    const record = { ...(keeps ? event.record : rest), ...merged }
    return { ...event, timeMs: parsed.timeMs ?? event.timeMs, record }
  }
  return (world) => (event) => {
    const origin = originOf(event.tag, prefix)
    if (!origin) return { event }
    const pod = world.pod()
    if (excludes && pod.annotations[EXCLUDE] === 'true') return {}
    const merged = merge(event, pod)
    const described = describe(pod, origin, { labels, annotations })
    return { event: { ...merged, record: { ...merged.record, kubernetes: described } } }
  }
}

interface Origin {
  readonly container: string
  readonly containerId: string
}

/** `kube.var.log.containers.POD_NAMESPACE_CONTAINER-ID.log` */
function originOf(tag: string, prefix: string): Origin | undefined {
  if (!tag.startsWith(prefix)) return undefined
  const [, container, containerId] = /^[^_]+_[^_]+_(.+)-([^-]+)\.log$/.exec(tag.slice(prefix.length)) ?? []
  return container === undefined || containerId === undefined ? undefined : { container, containerId }
}

function describe(
  pod: PodFacts,
  { container, containerId }: Origin,
  shows: { readonly labels: boolean; readonly annotations: boolean },
): LogRecord {
  const { image = '', id = '' } = pod.images[container] ?? {}
  const isAnnotated = Object.keys(pod.annotations).length > 0
  return {
    pod_name: pod.name,
    namespace_name: pod.namespace,
    pod_id: pod.uid,
    ...(shows.labels && Object.keys(pod.labels).length > 0 ? { labels: pod.labels } : {}),
    ...(shows.annotations && isAnnotated ? { annotations: pod.annotations } : {}),
    host: pod.node,
    container_name: container,
    docker_id: containerId,
    container_hash: id,
    container_image: image,
  }
}
