// Owns what a control plane says of itself in CloudWatch Logs: the five types of EKS, each only while it is enabled.
// Source: EKS user guide, "Send control plane logs to CloudWatch Logs"; the forms of the lines are those of klog,
// kube-apiserver's httplog.go, client-go's event recorder and aws-iam-authenticator.
import type { ClusterAccess } from '../aws/services/eks/index.ts'
import type { Ids } from '../base/ids.ts'
import type { KubernetesObject } from '../kubernetes/client/client.ts'
import { auditEvent } from '../kubernetes/server/audit.ts'
import {
  sourceOf,
  type AnsweredRequest,
  type RequestObserver,
} from '../kubernetes/server/request-observer.ts'
import type { TokenAuthenticator, UserInfo, ValidatingPlugin } from '../kubernetes/server/ports.ts'
import { LogShipper, type LogShipperOptions } from './log-shipper.ts'

const STREAMS = {
  api: 'kube-apiserver',
  audit: 'kube-apiserver-audit',
  authenticator: 'authenticator',
  controllerManager: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
} as const

type LogType = keyof typeof STREAMS

export interface ControlPlaneLogsOptions extends Omit<LogShipperOptions, 'group'> {
  readonly clusterName: string
  readonly clusters: ClusterAccess['clusters']
  readonly ids: Ids
}

export interface ControlPlaneLogs {
  /** For the API server: types `api` and `audit`. */
  readonly requests: RequestObserver
  /** For admission: what the controllers and the scheduler record as events, they log. */
  readonly events: ValidatingPlugin
  /** The authenticator with its own line for each token that it decides on. */
  authenticator(inner: TokenAuthenticator): TokenAuthenticator
  /** Sends what waits. */
  stop(): Promise<void>
}

/** Follows the cluster's record for what is enabled; what is not costs a look into a set. */
export function createControlPlaneLogs(options: ControlPlaneLogsOptions): ControlPlaneLogs {
  const { clusterName, clusters, clock, ids } = options
  const shipper = new LogShipper({ ...options, group: `/aws/eks/${clusterName}/cluster` })
  const suffix = ids.hex(32)
  let enabled = enabledTypes(clusters, clusterName)
  const endWatch = clusters.watch(({ key }) => {
    if (key === clusterName) enabled = enabledTypes(clusters, clusterName)
  })
  const write = (type: LogType, line: () => string | undefined): void => {
    if (!enabled.has(type)) return
    const text = line()
    if (text !== undefined) shipper.write(`${STREAMS[type]}-${suffix}`, text)
  }
  return {
    requests: {
      isWanted: () => enabled.has('api') || enabled.has('audit'),
      answered(request) {
        write('api', () => httpLine(request))
        write('audit', () => JSON.stringify(auditEvent(request)))
      },
    },
    events: {
      name: 'control-plane-logs',
      validate({ resource, operation, object }) {
        if (resource !== 'events' || operation === 'DELETE' || !object) return
        const event = object as RecordedEvent
        const source = event.source?.component ?? event.reportingComponent
        if (source === 'default-scheduler') write('scheduler', () => schedulerLine(event, clock.now()))
        else if (source?.endsWith('-controller')) {
          write('controllerManager', () => controllerLine(event, clock.now()))
        }
      },
    },
    authenticator: (inner) => ({
      async authenticate(token) {
        const user = await inner.authenticate(token)
        if (token.startsWith('k8s-aws-v1.')) write('authenticator', () => grantLine(user, clock.now()))
        return user
      },
    }),
    async stop() {
      endWatch()
      await shipper.flush()
    },
  }
}

function enabledTypes(clusters: ClusterAccess['clusters'], clusterName: string): ReadonlySet<string> {
  const setups = clusters.get(clusterName)?.cluster.logging?.clusterLogging ?? []
  return new Set(setups.flatMap(({ enabled, types = [] }) => (enabled ? types : [])))
}

/** The parts of an Event that lines are made of. */
interface RecordedEvent extends KubernetesObject {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly note?: string
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
  readonly involvedObject?: EventSubject
  readonly regarding?: EventSubject
}

interface EventSubject {
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly apiVersion?: string
}

// klog: severity, month and day, time with microseconds, thread, where in the source.
function klog(severity: 'I' | 'E', nowMs: number, place: string): string {
  const [day = '', time = ''] = new Date(nowMs).toISOString().slice(5, 23).replace('-', '').split('T')
  return `${severity}${day} ${time}000      10 ${place}]`
}

function httpLine({ request, route, response, startedMs, endedMs, auditId }: AnsweredRequest): string {
  const head = klog('I', endedMs, 'httplog.go:134')
  const agent = JSON.stringify(request.headers['user-agent'] ?? '')
  const verb = route.verb.toUpperCase()
  return `${head} "HTTP" verb="${verb}" URI=${JSON.stringify(request.url)} latency="${endedMs - startedMs}ms" userAgent=${agent} audit-ID="${auditId}" srcIP="${sourceOf(request)}" resp=${response.status}`
}

function subjectOf(event: RecordedEvent): { readonly path: string; readonly of: EventSubject } {
  const of = event.involvedObject ?? event.regarding ?? {}
  return { path: [of.namespace, of.name].filter(Boolean).join('/'), of }
}

function controllerLine(event: RecordedEvent, nowMs: number): string {
  const { path, of } = subjectOf(event)
  const text = JSON.stringify(event.message ?? event.note ?? '')
  return `${klog('I', nowMs, 'event.go:389')} "Event occurred" object="${path}" fieldPath="" kind="${of.kind}" apiVersion="${of.apiVersion}" type="${event.type}" reason="${event.reason}" message=${text}`
}

function schedulerLine(event: RecordedEvent, nowMs: number): string {
  const { path } = subjectOf(event)
  const text = event.message ?? event.note ?? ''
  const [, node] = / to (\S+)$/.exec(text) ?? []
  return event.reason === 'Scheduled'
    ? `${klog('I', nowMs, 'schedule_one.go:314')} "Successfully bound pod to node" pod="${path}" node="${node}"`
    : `${klog('I', nowMs, 'schedule_one.go:1069')} "Unable to schedule pod; no fit; waiting" pod="${path}" err=${JSON.stringify(text)}`
}

function grantLine(user: UserInfo | undefined, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z')
  if (!user) {
    return `time="${time}" level=warning msg="access denied" client="127.0.0.1" error="input token was not properly formatted, has expired or is of somebody who is not mapped" method=POST path=/authenticate`
  }
  const { username, uid, groups, extra } = user
  return `time="${time}" level=info msg="access granted" arn="${extra?.['arn']?.[0] ?? ''}" client="127.0.0.1" groups="[${groups.join(' ')}]" method=POST path=/authenticate uid="${uid ?? ''}" username=${JSON.stringify(username)}`
}
