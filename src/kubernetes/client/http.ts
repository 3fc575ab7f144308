// Owns the client that reaches a Kubernetes API over HTTPS: a near cluster's, or EKS itself.
import { Agent, request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'

import {
  messageOf,
  statusCodes,
  isNotFound,
  StatusError,
  type StatusDetails,
  type StatusReason,
} from '../../base/errors.ts'
import type { Scale } from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { apiRoot, groupVersionOf, parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import type {
  DeleteOptions,
  Draft,
  KubernetesClient,
  KubernetesObject,
  ListOptions,
  ObjectKey,
  ObjectList,
  PatchOptions,
  PatchType,
  Resource,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'

export interface HttpClientOptions {
  /** `https://127.0.0.1:6443` */
  readonly url: string
  /** PEM of the certificate authority; the system's when absent. */
  readonly ca?: string
  /** A bearer token, asked for before each request; keep it cheap. */
  token?(): Promise<string>
  /** Names the writer in managedFields. */
  readonly fieldManager: string
}

/**
 * kube-apiserver ends idle connections after 90 s (secure_serving.go): ended here long before, none is used that the other side has
 * just ended, which a request that makes something could not be repeated after.
 */
const IDLE_MS = 30_000

const patchTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

interface Call {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly signal?: AbortSignal
}

/** A client over HTTPS. `close` ends idle connections. */
export class HttpClient implements KubernetesClient {
  readonly #options: HttpClientOptions
  readonly #agent: Agent

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#agent = new Agent({ keepAlive: true, timeout: IDLE_MS, ...(options.ca ? { ca: options.ca } : {}) })
  }

  close(): void {
    this.#agent.destroy()
  }

  async get<T extends KubernetesObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    return (await this.#json({ method: 'GET', path: pathOf(resource, key) })) as T
  }

  async list<T extends KubernetesObject>(
    resource: Resource<T>,
    options: ListOptions = {},
  ): Promise<ObjectList<T>> {
    const { namespace, ...query } = options
    const answer = (await this.#json({
      method: 'GET',
      path: pathOf(resource, namespace ? { namespace } : {}),
      query,
    })) as { items?: T[]; metadata: { resourceVersion: string; continue?: string } }
    const apiVersion = groupVersionOf(resource)
    // Items of a list don't say what they are; callers of this interface may rely on it.
    const items = (answer.items ?? []).map((item) => ({ ...item, apiVersion, kind: resource.kind }))
    const { resourceVersion, continue: next } = answer.metadata
    return { items, resourceVersion, ...(next ? { continue: next } : {}) }
  }

  async *watch<T extends KubernetesObject>(
    resource: Resource<T>,
    { namespace, signal, ...query }: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const call = {
      method: 'GET',
      path: pathOf(resource, namespace ? { namespace } : {}),
      query: { ...query, watch: true, allowWatchBookmarks: true },
      signal,
    }
    try {
      const response = await this.#send(call)
      if ((response.statusCode ?? 500) >= 400)
        throw toError(response.statusCode ?? 500, await readAll(response))
      for await (const line of lines(response)) {
        // The API server writes watch events, one a line.
        const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: unknown }
        if (event.type === 'ERROR') throw statusError(500, event.object)
        yield event
      }
    } catch (error) {
      if (error instanceof StatusError) throw error
      if (!isEnd(error, signal)) throw unreachable(this.#options.url, error)
    }
  }

  /** The resources of a group version, by discovery; undefined when the server has no such group version. */
  async resourcesOf(groupVersion: string): Promise<readonly Resource[] | undefined> {
    const named = parseGroupVersion(groupVersion)
    try {
      const path = apiRoot(named)
      const { resources = [] } = (await this.#json({ method: 'GET', path })) as {
        resources?: { name: string; kind: string; namespaced: boolean }[]
      }
      return resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name: plural, kind, namespaced }) => ({ ...named, plural, kind, namespaced }))
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async create<T extends KubernetesObject>(
    resource: Resource<T>,
    draft: Draft<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const { namespace } = draft.metadata
    const path = pathOf(resource, namespace ? { namespace } : {})
    const body = withType(resource, draft)
    return (await this.#json({ method: 'POST', path, query: this.#writeQuery(options), body })) as T
  }

  async update<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = pathOf(resource, object.metadata)
    const body = withType(resource, object)
    return (await this.#json({ method: 'PUT', path, query: this.#writeQuery(options), body })) as T
  }

  async updateStatus<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = `${pathOf(resource, object.metadata)}/status`
    const body = withType(resource, object)
    return (await this.#json({ method: 'PUT', path, query: this.#writeQuery(options), body })) as T
  }

  async patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    body: unknown,
    options: PatchOptions,
  ): Promise<T> {
    const { type, subresource, force } = options
    const suffix = subresource ? `/${subresource}` : ''
    return (await this.#json({
      method: 'PATCH',
      path: pathOf(resource, key) + suffix,
      query: { ...this.#writeQuery(options), ...(type === 'apply' ? { force: force ?? false } : {}) },
      body: type === 'apply' && isObject(body) ? withType(resource, body) : body,
      contentType: patchTypes[type],
    })) as T
  }

  async delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
    await this.#json({ method: 'DELETE', path: pathOf(resource, key), body })
  }

  createSubresource(
    resource: Resource,
    key: ObjectKey,
    subresource: string,
    body: unknown,
  ): Promise<unknown> {
    const path = `${pathOf(resource, key)}/${subresource}`
    // Finalizing is the one that replaces instead of adding.
    return this.#json({ method: subresource === 'finalize' ? 'PUT' : 'POST', path, body })
  }

  async getScale(resource: Resource, key: ObjectKey): Promise<Scale> {
    return (await this.#json({ method: 'GET', path: `${pathOf(resource, key)}/scale` })) as Scale
  }

  async updateScale(resource: Resource, key: ObjectKey, scale: Scale): Promise<Scale> {
    const body = { ...scale, apiVersion: 'autoscaling/v1', kind: 'Scale' }
    const call = { method: 'PUT', path: `${pathOf(resource, key)}/scale`, query: this.#writeQuery({}), body }
    return (await this.#json(call)) as Scale
  }

  #writeQuery({ fieldManager, dryRun }: WriteOptions): Record<string, string> {
    return {
      fieldManager: fieldManager ?? this.#options.fieldManager,
      fieldValidation: 'Strict',
      ...(dryRun ? { dryRun: 'All' } : {}),
    }
  }

  async #json(call: Call): Promise<unknown> {
    const response = await this.#send(call).catch((error: unknown) => {
      throw unreachable(this.#options.url, error)
    })
    const text = await readAll(response)
    const status = response.statusCode ?? 500
    if (status >= 400) throw toError(status, text)
    return JSON.parse(text)
  }

  async #send(call: Call): Promise<IncomingMessage> {
    const token = await this.#options.token?.()
    const url = new URL(call.path, this.#options.url)
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    const headers = {
      accept: 'application/json',
      'user-agent': this.#options.fieldManager,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined
        ? {}
        : {
            'content-type': call.contentType ?? 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
    }
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(
        url,
        {
          method: call.method,
          headers,
          agent: this.#agent,
          ...(call.signal ? { signal: call.signal } : {}),
        },
        resolve,
      )
      outgoing.on('error', (error) => {
        // The server may end an idle connection just as it is used again.
        const isStale = outgoing.reusedSocket && 'code' in error && LOST.has(error.code)
        if (isStale && isRepeatable(call) && !call.signal?.aborted) resolve(this.#send(call))
        else reject(error)
      })
      outgoing.end(body)
    })
  }
}

// What the operating system says of a connection that is gone, to who reads and to who writes.
const LOST = new Set<unknown>(['ECONNRESET', 'EPIPE'])
const IDEMPOTENT = new Set(['GET', 'PUT', 'DELETE'])

/**
 * Whether a request may be sent again when nobody knows if it was carried out (RFC 9110 9.2.2). What is applied comes to the
 * same end, and what names a revision is refused as a conflict, which its caller looks at anyway.
 */
function isRepeatable({ method, contentType }: Call): boolean {
  return IDEMPOTENT.has(method) || contentType === patchTypes.apply
}

function pathOf(resource: Resource, { namespace, name }: Partial<ObjectKey>): string {
  const { plural, namespaced } = resource
  const root = apiRoot(resource)
  const scope = namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${plural}${name ? `/${encodeURIComponent(name)}` : ''}`
}

function withType(resource: Resource, body: object): object {
  const apiVersion = groupVersionOf(resource)
  return { ...body, apiVersion, kind: resource.kind }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8')
  let rest = ''
  for await (const chunk of response as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) if (part !== '') yield part
  }
}

// A watch ends like this when the signal aborts or the server goes away.
function isEnd(error: unknown, signal: AbortSignal): boolean {
  const code = isObject(error) || Error.isError(error) ? (error as { code?: unknown }).code : undefined
  return signal.aborted || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function toError(status: number, text: string): StatusError {
  try {
    return statusError(status, JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return statusError(status, { message: text.trim() })
    throw error
  }
}

function statusError(httpStatus: number, body: unknown): StatusError {
  const { reason, message, details } = (isObject(body) ? body : {}) as {
    reason?: string
    message?: string
    details?: StatusDetails
  }
  const known =
    reason !== undefined && reason in statusCodes ? (reason as StatusReason) : reasonOf(httpStatus)
  return new StatusError(known, message ?? `HTTP status ${httpStatus}`, details ?? {})
}

function reasonOf(httpStatus: number): StatusReason {
  const found = Object.entries(statusCodes).find(([, code]) => code === httpStatus)?.[0]
  return found === undefined ? 'InternalError' : (found as StatusReason)
}

function unreachable(url: string, error: unknown): StatusError {
  return new StatusError(
    'ServiceUnavailable',
    `cannot reach the Kubernetes API at ${url}: ${messageOf(error)}`,
  )
}
