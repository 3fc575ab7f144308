// Owns the rules for probes and lifecycle hooks. Source: kubernetes pkg/apis/core/validation/validation.go
// (validateProbe, validateHandler, validateLifecycle).
import type { Container, ExecAction, HTTPGetAction, PodSpec, Probe } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { isPort, portNameErrors } from './port-rules.ts'

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
const nonNegative = 'must be greater than or equal to 0'
const HEADER =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"

interface Handler {
  readonly exec?: ExecAction
  readonly httpGet?: HTTPGetAction
  readonly tcpSocket?: { readonly port: number | string }
  readonly grpc?: { readonly port: number }
  readonly sleep?: { readonly seconds: number }
}

/** Findings for the probes and hooks of a container of the pod. */
export function validateProbes(container: Container, path: string, pod: PodSpec): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container
  const { postStart, preStop } = lifecycle ?? {}
  const graceSeconds = pod.terminationGracePeriodSeconds
  return [
    ...(postStart ? validateHandler(postStart, `${path}.lifecycle.postStart`, graceSeconds) : []),
    ...(preStop ? validateHandler(preStop, `${path}.lifecycle.preStop`, graceSeconds) : []),
    ...validateProbe(livenessProbe, `${path}.livenessProbe`),
    ...mustSucceedOnce(livenessProbe, `${path}.livenessProbe`),
    ...validateProbe(readinessProbe, `${path}.readinessProbe`),
    ...(readinessProbe?.terminationGracePeriodSeconds === undefined
      ? []
      : [
          invalid(
            `${path}.readinessProbe.terminationGracePeriodSeconds`,
            readinessProbe.terminationGracePeriodSeconds,
            'must not be set for readinessProbes',
          ),
        ]),
    ...validateProbe(startupProbe, `${path}.startupProbe`),
    ...mustSucceedOnce(startupProbe, `${path}.startupProbe`),
  ]
}

function validateProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe) return []
  const numbers = [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const
  const grace = probe.terminationGracePeriodSeconds
  return [
    ...validateHandler(probe, path),
    ...numbers.flatMap((name) => {
      const value = probe[name] ?? 0
      return value < 0 ? [invalid(`${path}.${name}`, value, nonNegative)] : []
    }),
    ...(grace !== undefined && grace <= 0
      ? [invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')]
      : []),
  ]
}

function mustSucceedOnce(probe: Probe | undefined, path: string): FieldError[] {
  const times = probe?.successThreshold ?? 1
  return times !== 1 ? [invalid(`${path}.successThreshold`, times, 'must be 1')] : []
}

function validateHandler(handler: Handler, path: string, graceSeconds?: number): FieldError[] {
  const [first, ...more] = HANDLERS.filter((name) => handler[name] !== undefined)
  if (first === undefined) return [required(path, 'must specify a handler type')]
  return [
    ...more.map((name) => forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')),
    ...(first === 'exec' && !handler.exec?.command?.length ? [required(`${path}.exec.command`)] : []),
    ...(first === 'httpGet' && handler.httpGet ? validateHttpGet(handler.httpGet, `${path}.httpGet`) : []),
    ...(first === 'tcpSocket' ? validatePort(handler.tcpSocket?.port, `${path}.tcpSocket.port`) : []),
    ...(first === 'sleep' ? validateSleep(handler.sleep?.seconds ?? 0, `${path}.sleep`, graceSeconds) : []),
    ...(first === 'grpc' ? validatePort(handler.grpc?.port, `${path}.grpc.port`) : []),
  ]
}

function validateSleep(seconds: number, field: string, graceSeconds: number | undefined): FieldError[] {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return []
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`
  return [invalid(field, seconds, detail)]
}

function validateHttpGet(
  { path: target, port, scheme, httpHeaders }: HTTPGetAction,
  path: string,
): FieldError[] {
  const schemes = ['HTTP', 'HTTPS']
  return [
    ...(target ? [] : [required(`${path}.path`)]),
    ...validatePort(port, `${path}.port`),
    ...(scheme === undefined || schemes.includes(scheme)
      ? []
      : [unsupported(`${path}.scheme`, scheme, schemes)]),
    ...(httpHeaders ?? []).flatMap(({ name }) =>
      /^[-A-Za-z0-9]+$/.test(name) ? [] : [invalid(`${path}.httpHeaders`, name, HEADER)],
    ),
  ]
}

function validatePort(port: number | string | undefined, field: string): FieldError[] {
  if (typeof port === 'string') return portNameErrors(field, port)
  return isPort(port ?? 0) ? [] : [invalid(field, port ?? 0, 'must be between 1 and 65535, inclusive')]
}
