// Owns the figures that the API server keeps of itself, and their text for Prometheus. Only what is measured is there.
// Source of names and labels: apiserver pkg/endpoints/metrics/metrics.go; exposition format 0.0.4.
import { versionParts } from './version.ts'

/** One request that has been answered. */
export interface RequestFigures {
  /** `LIST`, `POST`, `APPLY`, … */
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly scope: '' | 'cluster' | 'namespace' | 'resource'
  readonly dryRun: string
  readonly code: number
  readonly seconds: number
  /** Watches and streams: their time says nothing of the server. */
  readonly isLongRunning: boolean
}

type Labels = Readonly<Record<string, string>>

// apiserver: the buckets of apiserver_request_duration_seconds.
const BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
]

interface Histogram {
  readonly labels: Labels
  readonly counts: number[]
  sum: number
}

/** Counts requests. */
export class RequestMetrics {
  readonly #totals = new Map<string, { readonly labels: Labels; count: number }>()
  readonly #durations = new Map<string, Histogram>()
  readonly #inFlight = { mutating: 0, readOnly: 0 }
  readonly #longRunning = new Map<string, { readonly labels: Labels; count: number }>()

  /** A request that is not long-running has begun. @returns a function to be called at its end. */
  begin(kind: 'mutating' | 'readOnly'): () => void {
    this.#inFlight[kind] += 1
    return () => void (this.#inFlight[kind] -= 1)
  }

  /** A watch or another stream has begun. @returns a function to be called at its end. */
  beginLongRunning(
    figures: Omit<RequestFigures, 'code' | 'seconds' | 'dryRun' | 'isLongRunning'>,
  ): () => void {
    const entry = entryOf(this.#longRunning, keyOf(figures), () => ({
      labels: resourceLabels(figures),
      count: 0,
    }))
    entry.count += 1
    return () => void (entry.count -= 1)
  }

  /** A request has been answered. */
  observe(figures: RequestFigures): void {
    const { code, dryRun, seconds } = figures
    const key = `${keyOf(figures)} ${dryRun}`
    entryOf(this.#totals, `${key} ${code}`, () => ({
      labels: { ...resourceLabels(figures), code: String(code), dry_run: dryRun },
      count: 0,
    })).count += 1
    if (figures.isLongRunning) return
    const histogram = entryOf(this.#durations, key, () => ({
      labels: { ...resourceLabels(figures), dry_run: dryRun },
      counts: BUCKETS.map(() => 0).concat(0),
      sum: 0,
    }))
    const at = BUCKETS.findIndex((bound) => seconds <= bound)
    const index = at < 0 ? BUCKETS.length : at
    histogram.counts[index] = (histogram.counts[index] ?? 0) + 1
    histogram.sum += seconds
  }

  /**
   * The text of all figures.
   * @param objects how many objects there are of each resource (`deployments.apps`)
   */
  text({
    gitVersion,
    objects,
  }: {
    readonly gitVersion: string
    readonly objects: ReadonlyMap<string, number>
  }): string {
    const { mutating, readOnly } = this.#inFlight
    return [
      ...family('apiserver_current_inflight_requests', 'gauge', [
        sample({ request_kind: 'mutating' }, mutating),
        sample({ request_kind: 'readOnly' }, readOnly),
      ]),
      ...family('apiserver_longrunning_requests', 'gauge', [...this.#longRunning.values()].map(asSample)),
      ...family(
        'apiserver_request_duration_seconds',
        'histogram',
        [...this.#durations.values()].flatMap(histogramSamples),
      ),
      ...family('apiserver_request_total', 'counter', [...this.#totals.values()].map(asSample)),
      ...family(
        'apiserver_resource_objects',
        'gauge',
        [...objects].map(([name, count]) => sample(resourceOf(name), count)),
      ),
      ...family('kubernetes_build_info', 'gauge', [sample(buildLabels(gitVersion), 1)]),
      ...processFamilies(),
      '',
    ].join('\n')
  }
}

function entryOf<T>(entries: Map<string, T>, key: string, make: () => T): T {
  const known = entries.get(key)
  if (known) return known
  const made = make()
  entries.set(key, made)
  return made
}

type Resource = Pick<RequestFigures, 'group' | 'resource' | 'scope' | 'subresource' | 'verb' | 'version'>

// No part has a space but a path that is served, and those have none either.
function keyOf({ verb, group, version, resource, subresource, scope }: Resource): string {
  return `${verb} ${group} ${version} ${resource} ${subresource} ${scope}`
}

function resourceLabels(figures: Resource): Labels {
  const { group, resource, scope, subresource, verb, version } = figures
  return { component: 'apiserver', group, resource, scope, subresource, verb, version }
}

function resourceOf(qualified: string): Labels {
  const [resource = '', ...group] = qualified.split('.')
  return { group: group.join('.'), resource }
}

function buildLabels(gitVersion: string): Labels {
  const { major, minor, commit } = versionParts(gitVersion)
  return { git_commit: commit, git_version: gitVersion, major, minor, platform: 'linux/amd64' }
}

const HELP: Readonly<Record<string, string>> = {
  apiserver_current_inflight_requests:
    'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
  apiserver_longrunning_requests:
    'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
  apiserver_request_duration_seconds:
    'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
  apiserver_request_total:
    'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
  apiserver_resource_objects:
    'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
  kubernetes_build_info:
    "A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
  kubernetes_healthcheck: 'This metric records the result of a single healthcheck.',
  process_cpu_seconds_total: 'Total user and system CPU time spent in seconds.',
  process_resident_memory_bytes: 'Resident memory size in bytes.',
  process_start_time_seconds: 'Start time of the process since unix epoch in seconds.',
}

function family(name: string, type: 'counter' | 'gauge' | 'histogram', samples: readonly string[]): string[] {
  if (samples.length === 0) return []
  const stability = name.startsWith('process_') ? '' : '[STABLE] '
  const lines = samples.map((line) => `${name}${line}`)
  return [`# HELP ${name} ${stability}${HELP[name] ?? ''}`, `# TYPE ${name} ${type}`, ...lines]
}

function sample(labels: Labels, value: number): string {
  const pairs = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `${key}="${text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
  return `${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

function asSample({ labels, count }: { readonly labels: Labels; readonly count: number }): string {
  return sample(labels, count)
}

function histogramSamples({ labels, counts, sum }: Histogram): string[] {
  let running = 0
  const buckets = counts.map((count, index) => {
    running += count
    const bound = BUCKETS[index]
    return `_bucket${sample({ ...labels, le: bound === undefined ? '+Inf' : String(bound) }, running)}`
  })
  return [...buckets, `_sum${sample(labels, sum)}`, `_count${sample(labels, running)}`]
}

// Of the whole region: the API servers of its clusters are one process.
function processFamilies(): string[] {
  const { user, system } = process.cpuUsage()
  const startedAt = performance.timeOrigin / 1000
  return [
    ...family('process_cpu_seconds_total', 'counter', [sample({}, (user + system) / 1e6)]),
    ...family('process_resident_memory_bytes', 'gauge', [sample({}, process.memoryUsage.rss())]),
    ...family('process_start_time_seconds', 'gauge', [sample({}, startedAt)]),
  ]
}

/** The text of `/metrics/slis`: how each health check stands. */
export function healthMetrics(checks: Readonly<Record<string, readonly string[]>>): string {
  const samples = Object.entries(checks).flatMap(([root, names]) =>
    names.map((name) => sample({ name, type: root.slice(1) }, 1)),
  )
  return [...family('kubernetes_healthcheck', 'gauge', samples), ''].join('\n')
}
