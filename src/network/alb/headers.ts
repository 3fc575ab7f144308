// Owns what becomes of headers on their way to a target and back. Source: ALB user guide, "HTTP headers and Application
// Load Balancers"; RFC 9110 7.6.1 for those of one hop.
import { hostPort } from '../../base/host-port.ts'
import type { HttpSettings } from './plan.ts'
import { traceIdOf, type TraceSource } from './trace-id.ts'

/** Names and values by turns, as they came: Node's raw form. */
export type RawHeaders = readonly string[]

/** One header. */
export type Header = readonly [name: string, value: string]

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
const FORWARDED = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port', 'x-amzn-trace-id'])
const VALID_NAME = /^[-A-Za-z0-9]+$/

/** More addresses than this in X-Forwarded-For are refused with 463. */
export const MOST_FORWARDED = 30

/** Pairs out of Node's raw form. */
export function pairsOf(raw: RawHeaders): Header[] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [
    raw[2 * index] ?? '',
    raw[2 * index + 1] ?? '',
  ])
}

/** All values of a header. */
export function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}

/** Where a request came in. */
export interface Arrival {
  readonly settings: HttpSettings
  readonly clientIp: string
  readonly clientPort: number
  readonly isTls: boolean
  readonly port: number
  /** Host, or what HTTP/2 calls authority; undefined when the client named none. */
  readonly host: string | undefined
  readonly dnsName: string
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** What targets are told of the client's certificate. */
  readonly clientCertificate?: readonly Header[]
  /** Headers of TLS that have another name, by their own in lower case. */
  readonly renamed?: Readonly<Record<string, string>>
  readonly trace: TraceSource
}

/** The headers that the target gets, those of the load balancer first; nothing of one hop. */
export function requestHeaders(given: readonly Header[], arrival: Arrival): Header[] {
  const { settings, isTls, port, renamed = {} } = arrival
  const ofTls = tlsHeaders(arrival).map(([name, value]): Header => [
    renamed[name.toLowerCase()] ?? name,
    value,
  ])
  const taken = new Set(Object.values(renamed).map((name) => name.toLowerCase()))
  const nominated = new Set(valuesOf(given, 'connection').flatMap(tokensOf))
  const kept = given.filter(([name]) => {
    const key = name.toLowerCase()
    if (key === 'host' || HOP_BY_HOP.has(key) || nominated.has(key)) return false
    if (settings.isDroppingInvalidHeaders && !VALID_NAME.test(name)) return false
    return !FORWARDED.has(key) && !taken.has(key) && !OF_TLS.some((prefix) => key.startsWith(prefix))
  })
  return [
    ...forwardedFor(given, arrival),
    ['X-Forwarded-Proto', isTls ? 'https' : 'http'],
    ['X-Forwarded-Port', String(port)],
    ['Host', hostFor(arrival)],
    ...tracedBy(given, arrival),
    ...ofTls,
    ...kept,
  ]
}

function tracedBy(given: readonly Header[], { settings, trace }: Arrival): Header[] {
  const there = valuesOf(given, 'x-amzn-trace-id')
  if (settings.hasTraceId === false) return there.map((value) => ['X-Amzn-Trace-Id', value])
  return [['X-Amzn-Trace-Id', traceIdOf(there[0], trace)]]
}

// What clients send under such names would be taken for the load balancer's word.
const OF_TLS = ['x-amzn-tls-', 'x-amzn-mtls-']

function tlsHeaders({ settings, tls, clientCertificate = [] }: Arrival): readonly Header[] {
  if (!settings.hasTlsHeaders || !tls) return clientCertificate
  return [['x-amzn-tls-version', tls.version], ['x-amzn-tls-cipher-suite', tls.cipher], ...clientCertificate]
}

/** How many addresses X-Forwarded-For names. */
export function countForwarded(given: readonly Header[]): number {
  return valuesOf(given, 'x-forwarded-for').flatMap(tokensOf).length
}

function forwardedFor(given: readonly Header[], { settings, clientIp, clientPort }: Arrival): Header[] {
  const name = 'X-Forwarded-For'
  const before = valuesOf(given, 'x-forwarded-for')
  if (settings.forwardedFor === 'remove') return []
  if (settings.forwardedFor === 'preserve') return before.map((value) => [name, value])
  const client = settings.hasClientPort ? hostPort(clientIp, clientPort) : clientIp
  return [[name, [...before, client].join(', ')]]
}

// Without a host, as HTTP/1.0 may come, it is the load balancer's own name. A standard port is left out, another added.
function hostFor({ settings, host, port, isTls, dnsName }: Arrival): string {
  if (host === undefined || host === '') return dnsName
  if (settings.isPreservingHost) return host
  const match = /^(.*?)(?::(\d+))?$/.exec(host)
  const [name = host, given] = [match?.[1], match?.[2]]
  const standard = isTls ? 443 : 80
  if (given === undefined) return port === standard ? host : `${host}:${port}`
  return Number(given) === standard && port === standard ? name : host
}

/** What the client gets of a target's headers: nothing of one hop; those inserted win over the target's. */
export function responseHeaders(
  given: readonly Header[],
  {
    inserted,
    cookies,
  }: { readonly inserted: Readonly<Record<string, string>>; readonly cookies: readonly string[] },
): Header[] {
  const nominated = new Set(valuesOf(given, 'connection').flatMap(tokensOf))
  const overridden = new Set(Object.keys(inserted).map((name) => name.toLowerCase()))
  const kept = given.filter(([name]) => {
    const key = name.toLowerCase()
    return !HOP_BY_HOP.has(key) && !nominated.has(key) && !overridden.has(key)
  })
  return [...kept, ...Object.entries(inserted), ...cookies.map((cookie): Header => ['Set-Cookie', cookie])]
}

function tokensOf(value: string): string[] {
  return value
    .split(',')
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '')
}
