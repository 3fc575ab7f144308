// Owns the rules for probes and lifecycle hooks. Source: kubernetes pkg/apis/core/validation/validation.go
// (validateProbe, validateHandler, validateLifecycle).
import type { Container, ExecAction, HTTPGetAction, Probe } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { isPort, portNameErrors } from './port-rules.ts'

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
const nonNegative = 'must be greater than or equal to 0'

interface Handler {
  readonly exec?: ExecAction
  readonly httpGet?: HTTPGetAction
  readonly tcpSocket?: { readonly port: number | string }
  readonly grpc?: { readonly port: number }
  readonly sleep?: object
}

/** Findings for the probes and hooks of a container. */
export function validateProbes(container: Container, path: string): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container
  return [
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
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, `${path}.lifecycle.postStart`) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, `${path}.lifecycle.preStop`) : []),
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
  return [
    ...validateHandler(probe, path),
    ...numbers.flatMap((name) => {
      const value = probe[name] ?? 0
      return value < 0 ? [invalid(`${path}.${name}`, value, nonNegative)] : []
    }),
  ]
}

function mustSucceedOnce(probe: Probe | undefined, path: string): FieldError[] {
  const times = probe?.successThreshold ?? 1
  return times > 1 ? [invalid(`${path}.successThreshold`, times, 'must be 1')] : []
}

function validateHandler(handler: Handler, path: string): FieldError[] {
  const [first, ...more] = HANDLERS.filter((name) => handler[name] !== undefined)
  if (first === undefined) return [required(path, 'must specify a handler type')]
  return [
    ...more.map((name) => forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')),
    ...(first === 'exec' && !handler.exec?.command?.length ? [required(`${path}.exec.command`)] : []),
    ...(first === 'httpGet' && handler.httpGet ? validateHttpGet(handler.httpGet, `${path}.httpGet`) : []),
    ...(first === 'tcpSocket' ? validatePort(handler.tcpSocket?.port, `${path}.tcpSocket.port`) : []),
    ...(first === 'grpc' ? validatePort(handler.grpc?.port, `${path}.grpc.port`) : []),
  ]
}

function validateHttpGet({ path: target, port, scheme }: HTTPGetAction, path: string): FieldError[] {
  const schemes = ['HTTP', 'HTTPS']
  return [
    ...(target ? [] : [required(`${path}.path`)]),
    ...validatePort(port, `${path}.port`),
    ...(scheme === undefined || schemes.includes(scheme)
      ? []
      : [unsupported(`${path}.scheme`, scheme, schemes)]),
  ]
}

function validatePort(port: number | string | undefined, field: string): FieldError[] {
  if (typeof port === 'string') return portNameErrors(field, port)
  return isPort(port ?? 0) ? [] : [invalid(field, port ?? 0, 'must be between 1 and 65535, inclusive')]
}
