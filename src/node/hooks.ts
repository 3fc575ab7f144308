// Owns the hooks of a container's lifecycle: what is done right after its start, and before it is asked to end.
// Source: kubernetes pkg/kubelet/lifecycle/handlers.go, pkg/kubelet/kuberuntime/kuberuntime_container.go.
import type { Container, LifecycleHandler } from '../../generated/kubernetes.d.ts'
import { aborted } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { hostPort } from '../base/host-port.ts'
import { messageOf } from '../base/errors.ts'
import { sleepUnhindered } from '../base/time-limit.ts'
import type { Dialer } from '../network/dialer.ts'
import { httpGet } from '../network/http-get.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { portNumber } from './probe.ts'

export interface HookTarget {
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
  readonly clock: Clock
  readonly dialer: Dialer
  readonly runtime: Runtime
  /** Gives the hook up. */
  readonly signal: AbortSignal
}

/** Runs a hook to its end. @returns why it has failed, in the kubelet's words; undefined when it has not */
export async function runHook(handler: LifecycleHandler, target: HookTarget): Promise<string | undefined> {
  try {
    if (handler.exec) return await runCommand(handler.exec.command ?? [], target)
    if (handler.httpGet) return await request(handler.httpGet, target)
    // The load balancer controller takes the pod out of its target groups meanwhile, on the same event loop; on AWS a
    // busy node does not hold that up.
    if (handler.sleep) await sleepUnhindered(target.clock, handler.sleep.seconds * 1000, target.signal)
    return undefined
  } catch (error) {
    return target.signal.aborted ? 'context deadline exceeded' : messageOf(error)
  }
}

async function runCommand(
  command: readonly string[],
  { runtime, containerId, signal }: HookTarget,
): Promise<string | undefined> {
  const output: Uint8Array[] = []
  const running = runtime.exec(containerId, {
    command,
    tty: false,
    stdin: undefined,
    signal,
    onOutput: (_, chunk) => void output.push(chunk),
  })
  // Nobody reads what it does after it was given up.
  running.catch(() => undefined)
  const code = await Promise.race([running, aborted(signal)])
  if (code === 0) return undefined
  if (code === undefined) return 'context deadline exceeded'
  const text = Buffer.concat(output).toString().trim()
  return `command '${command.join(' ')}' exited with ${code}: ${text}`
}

async function request(
  { port, host, path = '/', scheme = 'HTTP', httpHeaders = [] }: NonNullable<LifecycleHandler['httpGet']>,
  { container, podIp, dialer, signal }: HookTarget,
): Promise<string | undefined> {
  const number = portNumber(port, container)
  if (number === undefined) return `couldn't find port: ${port}`
  const address = host ?? podIp
  const stream = await dialer.dial(address, number, { from: 'node' })
  // Whatever it answers, it was asked.
  await httpGet(stream, {
    isTls: scheme === 'HTTPS',
    host: hostPort(address, number),
    path: path.startsWith('/') ? path : `/${path}`,
    headers: Object.fromEntries(httpHeaders.map(({ name, value }) => [name.toLowerCase(), value])),
    signal,
  })
  return undefined
}
