// Owns what the annotation `mutual-authentication` of an Ingress says of the ports that it listens on.
// Source: aws-load-balancer-controller, pkg/ingress/model_build_listener.go (computeIngressMutualAuthentication).
import { isObject } from '../../../base/json.ts'
import { type IngressAnnotations, wrong } from './annotations.ts'

const SUFFIX = 'mutual-authentication'
const MODES = ['off', 'passthrough', 'verify'] as const

/** What a port does with the certificates of clients. */
export interface MutualModel {
  readonly mode: (typeof MODES)[number]
  /** Name or ARN of the trust store; of the mode `verify`. */
  readonly trustStore?: string
  readonly isIgnoringExpiry?: boolean
  readonly isAdvertising?: boolean
}

interface Given {
  readonly port: number
  readonly mode: string
  readonly trustStore: string
  readonly ignoresExpiry: boolean | undefined
  readonly advertises: string | undefined
}

/** By port; empty without the annotation. @throws BuildError with the controller's text */
export function mutualByPort(annotations: IngressAnnotations): ReadonlyMap<number, MutualModel> {
  const raw = annotations.text(SUFFIX)
  if (raw === undefined) return new Map()
  const entries = annotations.json(SUFFIX)
  if (!Array.isArray(entries) || !entries.every(isObject)) {
    throw wrong(
      SUFFIX,
      `failed to parse mutualAuthentication configuration from ingress annotation: \`${raw}\``,
    )
  }
  if (entries.length === 0) {
    throw wrong(SUFFIX, `empty mutualAuthentication configuration from ingress annotation: \`${raw}\``)
  }
  return new Map(entries.map((entry) => modelOf(read(entry))))
}

// Keys come in lower case.
function read(entry: Readonly<Record<string, unknown>>): Given {
  const text = (key: string): string | undefined => {
    const value = entry[key]
    return typeof value === 'string' ? value : undefined
  }
  const ignores = entry['ignoreclientcertificateexpiry']
  return {
    port: typeof entry['port'] === 'number' ? entry['port'] : 0,
    mode: text('mode') ?? '',
    trustStore: text('truststore') ?? '',
    ignoresExpiry: typeof ignores === 'boolean' ? ignores : undefined,
    advertises: text('advertisetruststorecanames'),
  }
}

function modelOf(given: Given): [number, MutualModel] {
  const { port, trustStore, ignoresExpiry, advertises } = given
  const mode = MODES.find((each) => each === given.mode)
  const problem = problemOf(given)
  if (problem !== undefined || !mode) throw wrong(SUFFIX, problem ?? `unknown mode for port ${port}`)
  if (mode !== 'verify') return [port, { mode }]
  return [
    port,
    { mode, trustStore, isIgnoringExpiry: ignoresExpiry ?? false, isAdvertising: advertises === 'on' },
  ]
}

function problemOf({ port, mode, trustStore, ignoresExpiry, advertises }: Given): string | undefined {
  const known: readonly string[] = MODES
  const lacks = (what: string): string =>
    `Mutual Authentication mode ${mode} does not support ${what} for port ${port}`
  if (port < 1 || port > 65_535) return `listen port must be within [1, 65535]: ${port}`
  if (mode === '') return `mutualAuthentication mode cannot be empty for port ${port}`
  if (!known.includes(mode)) {
    return `mutualAuthentication mode value must be among [${MODES.join(', ')}] for port ${port} : ${mode}`
  }
  if (mode !== 'verify') {
    if (trustStore !== '') return lacks('trustStore')
    if (ignoresExpiry !== undefined) return lacks('ignoring client certificate expiry')
    return advertises === undefined ? undefined : lacks('advertiseTrustStoreCaNames')
  }
  if (trustStore === '')
    return `trustStore is required when mutualAuthentication mode is verify for port ${port}`
  if (advertises === undefined || advertises === 'on' || advertises === 'off') return undefined
  return `advertiseTrustStoreCaNames only supports the values "on" and "off" got value ${advertises} for port ${port}`
}
