// Owns one run of a probe: HTTP, TCP or a command, with the kubelet's verdicts and texts (pkg/probe).
import type { Container, Probe } from '../../generated/kubernetes.d.ts'
import { messageOf } from '../base/errors.ts'
import { DialError, type Dialer } from '../network/dialer.ts'
import { httpGet } from '../network/http-get.ts'
import type { Runtime } from '../runtime/runtime.ts'

export interface ProbeTarget {
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
  readonly dialer: Dialer
  readonly runtime: Runtime
  /** `1.34`, for the user agent. */
  readonly kubeletVersion: string
}

export interface ProbeOutcome {
  /** `unknown`: the probe itself did not work; the kubelet then keeps what it knew. */
  readonly result: 'success' | 'failure' | 'unknown'
  readonly message: string
}

/** Runs a probe once. Never throws. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  try {
    if (probe.httpGet) return await probeHttp(probe.httpGet, target, timeoutMs)
    if (probe.tcpSocket) return await probeTcp(probe.tcpSocket, target, timeoutMs)
    if (probe.exec) return await probeExec(probe.exec.command ?? [], target)
    return { result: 'unknown', message: 'gRPC probes are not supported by Neargate' }
  } catch (error) {
    return { result: 'unknown', message: messageOf(error) }
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
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = portNumber(action.port, target.container)
  if (port === undefined) return { result: 'unknown', message: `couldn't find port: ${action.port}` }
  try {
    const stream = await target.dialer.dial(action.host || target.podIp, port, { timeoutMs })
    stream.destroy()
    return { result: 'success', message: '' }
  } catch (error) {
    return { result: 'failure', message: dialText(error, `${action.host || target.podIp}:${port}`) }
  }
}

async function probeHttp(
  action: NonNullable<Probe['httpGet']>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = portNumber(action.port, target.container)
  if (port === undefined) return { result: 'unknown', message: `couldn't find port: ${action.port}` }
  const host = action.host || target.podIp
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const url = `${scheme}://${host}:${port}${path}`
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const stream = await target.dialer.dial(host, port, { timeoutMs })
    const { status } = await httpGet(stream, {
      isTls: scheme === 'https',
      path,
      ...headersOf(action, `${host}:${port}`, target.kubeletVersion),
      signal,
    })
    if (status >= 200 && status < 400) return { result: 'success', message: '' }
    return { result: 'failure', message: `HTTP probe failed with statuscode: ${status}` }
  } catch (error) {
    return { result: 'failure', message: `Get "${url}": ${httpText(error, `${host}:${port}`, signal)}` }
  }
}

function headersOf(
  action: NonNullable<Probe['httpGet']>,
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

async function probeExec(command: readonly string[], target: ProbeTarget): Promise<ProbeOutcome> {
  const output: Uint8Array[] = []
  const exitCode = await target.runtime.exec(target.containerId, {
    command,
    tty: false,
    stdin: undefined,
    onOutput: (_stream, chunk) => void output.push(chunk),
  })
  const message = Buffer.concat(output).toString('utf8')
  return { result: exitCode === 0 ? 'success' : 'failure', message }
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
