// Owns the access log of a Classic Load Balancer: where it goes, and its lines.
// Source: user guide for Classic Load Balancers, "Access logs".
import type { LoadBalancerAttributes } from '@aws-sdk/client-elastic-load-balancing'

import type { AccessEntry } from '../../../network/alb/access-entry.ts'
import type { FlowEntry } from '../../../network/nlb/flow-note.ts'
import type { LogTarget } from '../elbv2/access-logs/delivery.ts'
import { quoted, seconds, stamp } from '../elbv2/access-logs/lines.ts'
import { classicArn, type ClassicElb, type ClassicRecord } from './state.ts'

/** "By default, Elastic Load Balancing publishes logs at a 60-minute interval." */
const USUAL_MINUTES = 60

/** Where it is written; undefined when it is not. */
export function logTargetOf(
  { deps }: Pick<ClassicElb, 'deps'>,
  { name }: Pick<ClassicRecord, 'name'>,
  { AccessLog }: LoadBalancerAttributes,
): LogTarget | undefined {
  if (AccessLog?.Enabled !== true) return undefined
  return {
    log: 'access_logs',
    loadBalancerArn: classicArn(deps, name),
    path: name,
    kind: 'classic',
    bucket: AccessLog.S3BucketName ?? '',
    prefix: AccessLog.S3BucketPrefix ?? '',
    intervalMinutes: AccessLog.EmitInterval ?? USUAL_MINUTES,
  }
}

/** One request. @param name of the load balancer */
export function requestLine(entry: AccessEntry, name: string): string {
  const { tls } = entry
  const isAnswered = entry.targetStatus !== undefined
  return [
    stamp(entry.createdMs),
    name,
    `${entry.clientIp}:${entry.clientPort}`,
    isAnswered ? (entry.target ?? '-') : '-',
    seconds(isAnswered ? entry.requestMs : undefined),
    seconds(isAnswered ? entry.targetMs : undefined),
    seconds(isAnswered ? entry.responseMs : undefined),
    String(entry.status),
    String(entry.targetStatus ?? 0),
    String(entry.receivedBodyBytes),
    String(entry.sentBodyBytes),
    quoted(`${entry.method} ${entry.url} HTTP/${entry.httpVersion}`),
    quoted(entry.userAgent),
    tls?.cipher ?? '-',
    tls?.version ?? '-',
  ].join(' ')
}

/** One connection. @param name of the load balancer */
export function connectionLine(entry: FlowEntry, name: string): string {
  const isCarried = entry.target !== undefined && entry.requestMs !== undefined
  return [
    stamp(entry.createdMs),
    name,
    `${entry.clientIp}:${entry.clientPort}`,
    entry.target ?? '-',
    seconds(isCarried ? entry.requestMs : undefined),
    seconds(isCarried ? entry.connectMs : undefined),
    // What comes from an instance goes on in the same turn.
    seconds(isCarried && entry.sentBytes > 0 ? 0 : undefined),
    '-',
    '-',
    String(entry.receivedBytes),
    String(entry.sentBytes),
    '"- - - "',
    quoted(undefined),
    entry.cipher ?? '-',
    entry.version ?? '-',
  ].join(' ')
}
