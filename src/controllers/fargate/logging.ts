// Owns what a Fargate pod is told about its log router, in its annotation and in its first event.
// Source: Amazon EKS User Guide, "Start AWS Fargate logging for your cluster"; published describes of pods.
import type { ConfigMap, Namespace } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { namespaces, configMaps as configMapKind } from '../../kubernetes/client/resources.ts'
import type { AdmissionRequest, ValidatingPlugin } from '../../kubernetes/server/ports.ts'
import type { ControllerContext, Informer } from '../../reconcile/controller.ts'
import {
  LOGGING_CONFIG_MAP,
  LOGGING_LABEL,
  LOGGING_NAMESPACE,
  readLogRouter,
  type LogRouterData,
  type LogRouterReading,
} from '../../rules/log-router/log-router.ts'

export const LOGGING_ANNOTATION = 'Logging'

/** How pods that start now have their lines collected. */
export type LoggingVerdict =
  | { readonly state: 'missing' }
  | Exclude<LogRouterReading, { readonly state: 'ready' }>
  | { readonly state: 'ready'; readonly data: LogRouterData }

/** Asks the configuration of the moment; a pod keeps the one that it started with. */
export type LoggingConfiguration = () => LoggingVerdict

export interface LoggingEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** @param region that of the cluster */
export function loggingConfiguration(
  context: Pick<ControllerContext, 'informer'>,
  region: string,
): LoggingConfiguration {
  const maps: Pick<Informer<ConfigMap>, 'get'> = context.informer(configMapKind)
  const spaces: Pick<Informer<Namespace>, 'get'> = context.informer(namespaces)
  // Thousands of pods may start by one configuration.
  const verdicts = new WeakMap<ConfigMap, LoggingVerdict>()
  return () => {
    const isLabelled = spaces.get(LOGGING_NAMESPACE)?.metadata.labels?.[LOGGING_LABEL] === 'enabled'
    const map = isLabelled ? maps.get(`${LOGGING_NAMESPACE}/${LOGGING_CONFIG_MAP}`) : undefined
    if (!map) return { state: 'missing' }
    const known = verdicts.get(map)
    if (known) return known
    const verdict = verdictOn(map.data ?? {}, region)
    verdicts.set(map, verdict)
    return verdict
  }
}

function verdictOn(data: LogRouterData, region: string): LoggingVerdict {
  const reading = readLogRouter(data, region)
  return reading.state === 'ready' ? { state: 'ready', data } : reading
}

/**
 * The annotation `Logging` of a new pod; none where AWS publishes no code: for a configuration that is invalid, or is
 * not emulated.
 */
export function loggingAnnotation({ state }: LoggingVerdict): string | undefined {
  if (state === 'missing') return 'LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND'
  return state === 'ready' ? 'LoggingEnabled' : undefined
}

/** The event that comes before all others of a pod on Fargate. */
export function loggingEvent(verdict: LoggingVerdict): LoggingEvent {
  if (verdict.state === 'ready') {
    return { type: 'Normal', reason: 'LoggingEnabled', message: 'Successfully enabled logging for pod' }
  }
  return { type: 'Warning', reason: 'LoggingDisabled', message: disabled(verdict) }
}

function disabled(verdict: Exclude<LoggingVerdict, { readonly state: 'ready' }>): string {
  switch (verdict.state) {
    case 'missing':
      return 'Disabled logging because aws-logging configmap was not found. configmap "aws-logging" not found'
    case 'invalid':
      return `Disabled logging for pod due to invalid configmap. ${faultOf(verdict.message)}`
    case 'notEmulated':
      // Our own words: AWS would enable it here.
      return `Disabled logging for pod because Neargate does not emulate ${verdict.what}.`
  }
}

function faultOf(message: string): string {
  return `${message}. Please fix the logging configmap`
}

const WEBHOOK = '0500-amazon-eks-fargate-configmaps-admission.amazonaws.com'

/** Admission that refuses a configuration of the log router that pods could not start with. */
export function createLoggingAdmission(region: string): ValidatingPlugin {
  return {
    name: WEBHOOK,
    validate(request) {
      const map = newConfiguration(request)
      const reading = map && readLogRouter(map.data ?? {}, region)
      if (reading?.state !== 'invalid') return
      const message = `admission webhook "${WEBHOOK}" denied the request: ${faultOf(reading.message)}`
      throw new StatusError('BadRequest', message)
    },
  }
}

function newConfiguration(request: AdmissionRequest): ConfigMap | undefined {
  const { operation, group, resource, namespace, name, object } = request
  if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined
  if (group !== '' || resource !== 'configmaps' || namespace !== LOGGING_NAMESPACE) return undefined
  // The API server has decoded it as the kind of its resource.
  return name === LOGGING_CONFIG_MAP && object ? (object as ConfigMap) : undefined
}
