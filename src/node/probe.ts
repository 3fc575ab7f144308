// Owns one run of a probe: HTTP, TCP, gRPC or a command, with the kubelet's verdicts and texts (pkg/probe).
import type { Duplex } from 'node:stream'

import type { Container, Probe } from '../../generated/kubernetes.d.ts'
import { aborted } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { hostPort } from '../base/host-port.ts'
import { messageOf } from '../base/errors.ts'
import { timeLimit } from '../base/time-limit.ts'
import { DialError, type Dialer } from '../network/dialer.ts'
import { httpGet } from '../network/http-get.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { probeGrpc } from './grpc-probe.ts'
import type { ProbeOutcome } from './probe-outcome.ts'

/** Far beyond any time-out of a probe. */
const LONGEST_DIAL_MS = 3_600_000

export interface ProbeTarget {
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
  readonly clock: Clock
  readonly dialer: Dialer
  readonly runtime: Runtime
  /** `1.34`, for the user agent. */
  readonly kubeletVersion: string
}

/**
 * Runs a probe once. Never throws. Its time-out leaves out the time in which this process was held up: a stand-in
 * answers from the same event loop.
 */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const status = probe.httpGet && knownStatus(probe.httpGet, target)
  if (status !== undefined) return verdictOf(status)
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  const limit = timeLimit(target.clock, timeoutMs)
  try {
    if (probe.httpGet) return await probeHttp(probe.httpGet, target, limit.signal)
    if (probe.tcpSocket) return await probeTcp(probe.tcpSocket, target, limit.signal)
    if (probe.exec) return await probeExec(probe.exec.command ?? [], target, limit.signal)
    if (probe.grpc) {
      const { podIp, kubeletVersion } = target
      return await probeGrpc(probe.grpc, {
        podIp,
        kubeletVersion,
        timeoutMs,
        signal: limit.signal,
        dial: (port) => dialWithin(target, { host: podIp, port }, limit.signal),
      })
    }
    // The API takes these four.
    return { result: 'unknown', message: `missing probe handler for ${target.container.name}` }
  } catch (error) {
    return { result: 'unknown', message: messageOf(error) }
  } finally {
    limit.end()
  }
}

/** The number behind a port of a probe; undefined when no port of the container has that name. */
export function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port
  if (/^\d+$/.test(port)) return Number(port)
  return container.ports?.find(({ name }) => name === port)?.containerPort
}

async function probeTcp(
  action: NonNullable<Probe['tcpSocket']>,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const port = portNumber(action.port, target.container)
  if (port === undefined) return { result: 'unknown', message: `couldn't find port: ${action.port}` }
  try {
    const stream = await dialWithin(target, { host: action.host || target.podIp, port }, signal)
    stream.destroy()
    return { result: 'success', message: '' }
  } catch (error) {
    return { result: 'failure', message: dialText(error, hostPort(action.host || target.podIp, port)) }
  }
}

type HttpAction = NonNullable<Probe['httpGet']>

// What answers in this process is asked without a connection.
function knownStatus(action: HttpAction, { container, podIp, dialer }: ProbeTarget): number | undefined {
  const port = portNumber(action.port, container)
  if (port === undefined) return undefined
  const asked = { path: pathOf(action), isTls: schemeOf(action) === 'https' }
  return dialer.statusOf(action.host || podIp, port, asked)
}

function verdictOf(status: number): ProbeOutcome {
  if (status >= 200 && status < 400) return { result: 'success', message: '' }
  return { result: 'failure', message: `HTTP probe failed with statuscode: ${status}` }
}

function schemeOf({ scheme = 'HTTP' }: HttpAction): string {
  return scheme.toLowerCase()
}

function pathOf({ path = '' }: HttpAction): string {
  return path.startsWith('/') ? path : `/${path}`
}

async function probeHttp(
  action: HttpAction,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const port = portNumber(action.port, target.container)
  if (port === undefined) return { result: 'unknown', message: `couldn't find port: ${action.port}` }
  const host = action.host || target.podIp
  const path = pathOf(action)
  const scheme = schemeOf(action)
  const address = hostPort(host, port)
  const url = `${scheme}://${address}${path}`
  try {
    const stream = await dialWithin(target, { host, port }, signal)
    const { status } = await httpGet(stream, {
      isTls: scheme === 'https',
      path,
      ...headersOf(action, address, target.kubeletVersion),
      signal,
    })
    return verdictOf(status)
  } catch (error) {
    return { result: 'failure', message: `Get "${url}": ${httpText(error, address, signal)}` }
  }
}

function headersOf(
  action: HttpAction,
  defaultHost: string,
  version: string,
): { host: string; headers: Record<string, string> } {
  const headers: Record<string, string> = { 'user-agent': `kube-probe/${version}`, accept: '*/*' }
  let host = defaultHost
  for (const { name, value } of action.httpHeaders ?? []) {
    if (name.toLowerCase() === 'host') host = value
    else headers[name.toLowerCase()] = value
  }
  return { host, headers }
}

async function probeExec(
  command: readonly string[],
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const output: Uint8Array[] = []
  const running = target.runtime.exec(target.containerId, {
    command,
    isProbe: true,
    tty: false,
    stdin: undefined,
    signal,
    onOutput: (_stream, chunk) => void output.push(chunk),
  })
  const exitCode = await Promise.race([running, aborted(signal)])
  if (exitCode === undefined) {
    // Nobody reads what it does after that.
    running.catch(() => undefined)
    return { result: 'failure', message: `command "${command.join(' ')}" timed out` }
  }
  const message = Buffer.concat(output).toString('utf8')
  return { result: exitCode === 0 ? 'success' : 'failure', message }
}

// The limit is the probe's own: the dialer's would count the time in which this process was held up.
async function dialWithin(
  { dialer }: ProbeTarget,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const dialing = dialer.dial(host, port, { timeoutMs: LONGEST_DIAL_MS, from: 'node' })
  const stream = await Promise.race([dialing, aborted(signal)])
  if (stream) return stream
  dialing.then(
    (late) => late.destroy(),
    () => undefined,
  )
  throw new DialError('ETIMEDOUT', `connect ETIMEDOUT ${hostPort(host, port)}`)
}

// The words of Go's net package, which is what people search for.
function dialText(error: unknown, address: string): string {
  if (!(error instanceof DialError)) return messageOf(error)
  const reason = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ETIMEDOUT: 'i/o timeout',
  }[error.code]
  return `dial tcp ${address}: ${reason}`
}

function httpText(error: unknown, address: string, signal: AbortSignal): string {
  const isTimeout = signal.aborted || (error instanceof DialError && error.code === 'ETIMEDOUT')
  if (isTimeout) return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
  return dialText(error, address)
}
