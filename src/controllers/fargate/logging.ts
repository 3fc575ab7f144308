// Owns what a Fargate pod is told about its log router, in its annotation and in its first event.
// Source: Amazon EKS User Guide, "Start AWS Fargate logging for your cluster"; published describes of pods.
import type { ConfigMap } from '../../../generated/kubernetes.d.ts'
import type { Informer } from '../../reconcile/controller.ts'

export type LoggingConfigMaps = Pick<Informer<ConfigMap>, 'get'>

/** Where Fargate looks for the configuration of its log router: `namespace/name`. */
const LOGGING_CONFIG = 'aws-observability/aws-logging'
export const LOGGING_ANNOTATION = 'Logging'

export interface LoggingEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/**
 * The annotation `Logging` of a new pod; none when the log router is configured, because there is no log router
 * near, and neither does AWS publish a code for that nor would `LoggingEnabled` be true.
 */
export function loggingAnnotation(configMaps: LoggingConfigMaps): string | undefined {
  return configMaps.get(LOGGING_CONFIG) ? undefined : 'LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND'
}

/** The event that comes before all others of a pod on Fargate. */
export function loggingEvent(configMaps: LoggingConfigMaps): LoggingEvent {
  const message = configMaps.get(LOGGING_CONFIG)
    ? // Our own words: AWS would enable it here.
      'Disabled logging for pod because Neargate does not emulate the Fargate log router.'
    : 'Disabled logging because aws-logging configmap was not found. configmap "aws-logging" not found'
  return { type: 'Warning', reason: 'LoggingDisabled', message }
}
