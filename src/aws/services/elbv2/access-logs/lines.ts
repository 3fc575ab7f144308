// Owns the lines and the names of logs that go to buckets.
// Source: ALB user guide, "Access logs for your Application Load Balancer" ("Access log entries", "Access log files") and
// "Connection logs for your Application Load Balancer" (the same of connections).

import type { AccessEntry } from '../../../../network/alb/access-entry.ts'
import type { ConnectionEntry } from '../../../../network/alb/connection-entry.ts'
import type { FlowEntry } from '../../../../network/nlb/flow-note.ts'

/** @param loadBalancer `app/NAME/ID` */
export function accessLine(entry: AccessEntry, loadBalancer: string): string {
  const { tls } = entry
  const isForwarded = entry.requestMs !== undefined
  const target = entry.target ?? '-'
  const status = entry.targetStatus === undefined ? '-' : String(entry.targetStatus)
  return [
    entry.type,
    stamp(entry.endMs),
    loadBalancer,
    `${entry.clientIp}:${entry.clientPort}`,
    target,
    seconds(entry.requestMs),
    seconds(isForwarded ? entry.targetMs : undefined),
    seconds(isForwarded ? entry.responseMs : undefined),
    String(entry.status),
    status,
    String(entry.receivedBytes),
    String(entry.sentBytes),
    quoted(`${entry.method} ${entry.url} HTTP/${entry.httpVersion}`),
    quoted(entry.userAgent),
    tls?.cipher ?? '-',
    tls?.version ?? '-',
    entry.targetGroupArn ?? '-',
    quoted(entry.traceId),
    quoted(tls?.serverName),
    quoted(entry.certificateArn),
    String(entry.rulePriority ?? -1),
    stamp(entry.createdMs),
    quoted(entry.actions.join(',') || undefined),
    quoted(entry.redirectUrl),
    // Reasons are those of Lambda and of authentication, which there is none of.
    quoted(undefined),
    quoted(entry.target),
    quoted(entry.targetStatus === undefined ? undefined : status),
    quoted(entry.classification),
    quoted(entry.classificationReason),
    entry.connectionId,
  ].join(' ')
}

/**
 * One connection to a TLS listener (NLB user guide, "Access logs for your Network Load Balancer").
 * @param certificateArn that was chosen by the server name
 */
export function tlsLine(entry: FlowEntry, loadBalancer: string, certificateArn: string | undefined): string {
  const isSecured = entry.cipher !== undefined
  return [
    'tls',
    '2.0',
    second(entry.endMs),
    loadBalancer,
    entry.listenerArn.slice(entry.listenerArn.lastIndexOf('/') + 1),
    `${entry.clientIp}:${entry.clientPort}`,
    `${entry.destinationIp}:${entry.destinationPort}`,
    String(entry.endMs - entry.createdMs),
    String(entry.handshakeMs ?? '-'),
    String(entry.receivedBytes),
    String(entry.sentBytes),
    '-',
    (isSecured ? certificateArn : undefined) ?? '-',
    '-',
    entry.cipher ?? '-',
    entry.version?.toLowerCase().replace('.', '') ?? '-',
    '-',
    entry.serverName ?? '-',
    entry.alpn ?? '-',
    '-',
    '-',
    second(entry.createdMs),
  ].join(' ')
}

/**
 * The line of a connection to an Application Load Balancer. Node.js does not tell the key exchange.
 * @param loadBalancer `app/NAME/ID`
 * @param ip of the load balancer's node
 */
export function connectionLine(entry: ConnectionEntry, loadBalancer: string, ip: string): string {
  const { tls, certificate, status } = entry
  return [
    stamp(entry.atMs),
    entry.clientIp,
    String(entry.clientPort),
    String(entry.listenerPort),
    tls?.version ?? '-',
    tls?.cipher ?? '-',
    entry.handshakeMs === undefined ? '-' : seconds(entry.handshakeMs),
    quoted(certificate?.subject),
    certificate?.validity ?? '-',
    certificate?.serialNumber ?? '-',
    status === undefined || status === 'Success' ? (status ?? '-') : `Failed:${status}`,
    entry.connectionId,
    '-',
    loadBalancer,
    ip,
  ].join(' ')
}

/** What the attributes of a log begin with. */
export type LogName = 'access_logs' | 'connection_logs'

/** What the names of its files begin with. */
const FILES: Readonly<Record<LogName, string>> = { access_logs: '', connection_logs: 'conn_log_' }

export interface LogFile {
  readonly log: LogName
  readonly prefix: string
  readonly accountId: string
  readonly region: string
  /** `app/NAME/ID`, `net/NAME/ID`, or the name of a Classic Load Balancer. */
  readonly loadBalancer: string
  readonly isCompressed: boolean
  readonly endMs: number
  /** Of the node; only Application Load Balancers name it. */
  readonly ip?: string
  /** 8 characters. */
  readonly random: string
}

/** The key of a log file in its bucket. */
export function logKey(file: LogFile): string {
  const { accountId, region } = file
  const time = new Date(file.endMs).toISOString()
  const [date = ''] = time.split('T')
  const minute = `${time.slice(0, 16).replace(/[-:]/g, '')}Z`
  const name = [
    accountId,
    'elasticloadbalancing',
    region,
    file.loadBalancer.replaceAll('/', '.'),
    minute,
    ...(file.ip === undefined ? [] : [file.ip]),
    file.random,
  ].join('_')
  const folder = `${logFolder(file)}/elasticloadbalancing/${region}/${date.replaceAll('-', '/')}`
  return `${folder}/${FILES[file.log]}${name}.log${file.isCompressed ? '.gz' : ''}`
}

/** `[PREFIX/]AWSLogs/ACCOUNT` */
export function logFolder({ prefix, accountId }: Pick<LogFile, 'prefix' | 'accountId'>): string {
  return `${prefix === '' ? '' : `${prefix}/`}AWSLogs/${accountId}`
}

function second(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19)
}

// AWS writes microseconds; the region's clock has milliseconds.
/** A time as access logs have it. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z')
}

/** Milliseconds as seconds; -1 for what was not reached. */
export function seconds(ms: number | undefined): string {
  return ms === undefined ? '-1' : (ms / 1000).toFixed(3)
}

// A quote in a value would end it.
/** A value in quotes; a hyphen for none. */
export function quoted(text: string | undefined): string {
  return `"${(text ?? '-').replaceAll('"', '\\x22')}"`
}
