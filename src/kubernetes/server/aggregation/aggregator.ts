// Owns the groups of the API that extension servers answer for: whose they are, whether they answer, and the way there.
// Source: kube-aggregator pkg/apiserver/handler_proxy.go, pkg/controllers/status/remote.
import type { IncomingMessage } from 'node:http'

import type { APIService } from '../../../../generated/kubernetes.d.ts'
import { hostPort } from '../../../base/host-port.ts'
import { isObject } from '../../../base/json.ts'
import type { Storage } from '../../registry/storage.ts'
import { apiServiceKind } from '../../resources/api-service.ts'
import type { KindTable } from '../../resources/kind-table.ts'
import { textResponse, type ApiRequest, type ApiResponse } from '../http.ts'
import { OutboundError } from '../outbound/go-words.ts'
import type { Outbound, OutboundTarget } from '../outbound/outbound.ts'
import type { EndpointAddress } from '../outbound/resolve-endpoint.ts'
import type { UserInfo } from '../ports.ts'
import type { FrontProxy } from './front-proxy.ts'

export interface AggregatorParts {
  readonly storage: Storage
  readonly kinds: KindTable
  readonly outbound: Outbound
  readonly frontProxy: FrontProxy
}

/** A version of a group that an extension server answers for, as discovery shows it. */
export interface ExtensionVersion {
  readonly group: string
  readonly version: string
  readonly isAvailable: boolean
  /** As its APIResourceList has them; empty until it has been asked. */
  readonly resources: readonly Readonly<Record<string, unknown>>[]
}

const PROBE_SECONDS = 5
const PROBER: UserInfo = { username: 'system:kube-aggregator', groups: ['system:masters'] }
// RFC 9110, 7.6.1: they end with the connection; and those that said who asks, which is said anew.
const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'authorization',
])

/** The extension servers of one API server. */
export class Aggregator {
  readonly #parts: AggregatorParts
  // By name of the APIService: what its server said that it serves.
  readonly #served = new Map<string, ExtensionVersion['resources']>()

  constructor(parts: AggregatorParts) {
    this.#parts = parts
  }

  /** The APIService whose server answers for a version of a group; undefined when this server does, or nobody. */
  find(group: string, version: string): APIService | undefined {
    const found = this.#parts.storage.get(apiServiceKind, { name: `${version}.${group}` })
    return found?.spec.service && !this.#isOwn(found) ? found : undefined
  }

  /** What discovery adds to the groups of this server. */
  versions(): readonly ExtensionVersion[] {
    return this.#parts.storage.list(apiServiceKind).items.flatMap((apiService) => {
      const { metadata, spec } = apiService
      if (!spec.service || this.#isOwn(apiService)) return []
      const { group = '', version = '' } = spec
      const resources = this.#served.get(metadata.name) ?? []
      return [{ group, version, isAvailable: isAvailable(apiService), resources }]
    })
  }

  /** Passes a request on to the server of an APIService, as that of `user`. Never rejects but for an aborted request. */
  async proxy(apiService: APIService, request: ApiRequest, user: UserInfo): Promise<ApiResponse> {
    if (!isAvailable(apiService)) return textResponse(503, 'service unavailable\n')
    let target: OutboundTarget
    try {
      target = this.#targetOf(apiService)
    } catch (error) {
      if (error instanceof OutboundError) return textResponse(503, 'service unavailable\n')
      throw error
    }
    try {
      const { method, url, body, signal } = request
      const headers = { ...passedOn(request), ...identityHeaders(user) }
      return answerOf(await this.#parts.outbound.send(target, { method, path: url, headers, body, signal }))
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error
      return textResponse(503, `${error.message}\n`)
    }
  }

  /**
   * Asks the server of an APIService what it serves, and remembers that.
   * @returns what is wrong; undefined when it answers.
   */
  async probe(apiService: APIService): Promise<string | undefined> {
    if (this.#isOwn(apiService)) return undefined
    const { group, version } = apiService.spec
    const path = `/apis/${group}/${version}`
    let target: OutboundTarget
    try {
      target = { ...this.#targetOf(apiService), insecureSkipTlsVerify: true, caBundle: undefined }
    } catch (error) {
      if (error instanceof OutboundError) return error.message
      throw error
    }
    const url = `https://${target.host}${path}`
    const problem = await this.#ask(apiService.metadata.name, target, path)
    return problem === undefined ? undefined : `failing or missing response from ${url}: ${problem}`
  }

  async #ask(name: string, target: OutboundTarget, path: string): Promise<string | undefined> {
    const url = `https://${target.host}${path}`
    const signal = AbortSignal.timeout(PROBE_SECONDS * 1000)
    try {
      const headers = {
        accept: 'application/json',
        'user-agent': 'Go-http-client/1.1',
        ...identityHeaders(PROBER),
      }
      const answer = await this.#parts.outbound.send(target, { method: 'GET', path, headers, signal })
      const chunks: Buffer[] = []
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
      const { statusCode = 0 } = answer
      if (statusCode < 200 || statusCode >= 300) return `bad status from ${url}: ${statusCode}`
      this.#served.set(name, resourcesOf(Buffer.concat(chunks).toString()))
      return undefined
    } catch (error) {
      const words = signal.aborted
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : Error.isError(error)
          ? error.message
          : String(error)
      return `Get ${JSON.stringify(url)}: ${words}`
    }
  }

  // A kind that is built in answers whatever stands behind the Service.
  #isOwn({ spec: { group = '', version = '' } }: APIService): boolean {
    return this.#parts.kinds.all.some(
      ({ resource }) => resource.group === group && resource.version === version,
    )
  }

  #targetOf({ spec }: APIService): OutboundTarget {
    const { namespace = '', name = '', port = 443 } = spec.service ?? {}
    const endpoint: EndpointAddress = this.#parts.outbound.resolve({ namespace, name, port })
    return {
      host: hostPort(endpoint.ip, endpoint.port),
      endpoint,
      serverName: `${name}.${namespace}.svc`,
      caBundle: spec.caBundle,
      insecureSkipTlsVerify: spec.insecureSkipTLSVerify ?? false,
      certificate: this.#parts.frontProxy.certificate,
    }
  }
}

function isAvailable({ status }: APIService): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value }) => type === 'Available' && value === 'True',
  )
}

function passedOn({ headers }: ApiRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => !DROPPED.has(name) && !name.startsWith('x-remote-') && !name.startsWith('impersonate-'),
  )
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

// client-go transport/round_trippers.go (SetAuthProxyHeaders)
function identityHeaders({
  username,
  uid,
  groups,
  extra = {},
}: UserInfo): Record<string, string | readonly string[]> {
  return {
    'x-remote-user': username,
    ...(uid ? { 'x-remote-uid': uid } : {}),
    'x-remote-group': groups,
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`x-remote-extra-${encodeURIComponent(key)}`, values]),
    ),
  }
}

function answerOf(answer: IncomingMessage): ApiResponse {
  const headers = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
    values === undefined || (DROPPED.has(name) && name !== 'content-length') ? [] : [[name, values] as const],
  )
  return { status: answer.statusCode ?? 502, headers: Object.fromEntries(headers), body: answer }
}

function resourcesOf(text: string): ExtensionVersion['resources'] {
  try {
    const list: unknown = JSON.parse(text)
    if (isObject(list) && Array.isArray(list['resources'])) return list['resources'].filter(isObject)
  } catch {
    // A server that answers with something else serves nothing that could be shown.
  }
  return []
}
