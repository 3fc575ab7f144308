// Owns one call of a webhook: a JSON object posted, a JSON object answered, and the words for everything else.
// Source: apiserver pkg/util/webhook/client.go, client-go rest/request.go (transformResponse),
// apimachinery pkg/api/errors/errors.go (NewGenericServerResponse).
import type { IncomingMessage } from 'node:http'

import { onAbort } from '../../../base/abort.ts'
import { isObject } from '../../../base/json.ts'
import { OutboundError } from './go-words.ts'
import type { Outbound, OutboundTarget } from './outbound.ts'

/** Where a webhook is, as configurations and custom resource definitions say it. */
export interface WebhookClientConfig {
  readonly url?: string
  readonly service?: {
    readonly namespace: string
    readonly name: string
    readonly path?: string
    readonly port?: number
  }
  /** PEMs in base64. */
  readonly caBundle?: string
}

/** What a webhook is sent, and what it is to answer with. */
export interface Review {
  readonly kind: string
  readonly apiVersion: string
  readonly request: object
  readonly response?: object
}

export interface WebhookCall {
  readonly config: WebhookClientConfig
  /** A review of v1 or v1beta1. */
  readonly body: Review
  /** Whole seconds; the webhook is told. */
  readonly timeoutSeconds: number
  /** Ends the call with the request that it is for. */
  readonly signal?: AbortSignal
  /** How the webhook knows the caller. */
  readonly userAgent: string
}

// Go's net/http client follows ten requests at most.
const MAXIMUM_STEPS = 10
/** client-go rest/request.go maxUnstructuredResponseTextBytes */
const MAXIMUM_TEXT_BYTES = 2048

/**
 * Posts to a webhook.
 * @returns what it answered, when that is a JSON object.
 * @throws OutboundError saying what went wrong, as a message of the API server quotes it.
 */
export async function callWebhook(outbound: Outbound, call: WebhookCall): Promise<Record<string, unknown>> {
  const { config, timeoutSeconds } = call
  const limit = AbortSignal.timeout(timeoutSeconds * 1000)
  const signal = call.signal ? AbortSignal.any([limit, call.signal]) : limit
  let step: Step = { method: 'POST', ...placeOf(config, timeoutSeconds) }
  try {
    for (let steps = 1; ; steps += 1) {
      const answer = await take(outbound, step, call, signal)
      const next = redirected(step, answer)
      if (!next) return ofReview(readAnswer(answer, await textOf(answer, signal)), call.body)
      step = next
      if (steps === MAXIMUM_STEPS) throw new OutboundError(`stopped after ${MAXIMUM_STEPS} redirects`)
    }
  } catch (error) {
    if (error instanceof AnswerError) throw error
    const words = signal.aborted
      ? abortWords(limit)
      : error instanceof OutboundError
        ? error.message
        : String(error)
    const { method, target, path } = step
    const verb = method === 'POST' ? 'Post' : 'Get'
    throw new OutboundError(`${verb} ${JSON.stringify(`https://${target.host}${path}`)}: ${words}`)
  }
}

// The client of a webhook knows the kind that it sends, at both versions, and takes what is left out for that.
function ofReview(answer: Record<string, unknown>, sent: Review): Record<string, unknown> {
  const kind = answer['kind'] || sent.kind
  const version = answer['apiVersion'] || sent.apiVersion
  const [group] = sent.apiVersion.split('/')
  const isKnown = kind === sent.kind && (version === `${group}/v1` || version === `${group}/v1beta1`)
  if (isKnown || (kind === 'Status' && version === 'v1')) return answer
  const names = `${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)}`
  throw new AnswerError(`no kind ${names} in scheme "pkg/runtime/scheme.go:111"`)
}

/** One request of a call: the first, or where a redirect leads. */
interface Step extends Place {
  readonly method: 'POST' | 'GET'
}

function take(
  outbound: Outbound,
  { method, target, path }: Step,
  { userAgent, body }: WebhookCall,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = { accept: 'application/json, */*', 'user-agent': userAgent }
  if (method === 'GET') return outbound.send(target, { method, path, headers, signal })
  const typed = { ...headers, 'content-type': 'application/json' }
  return outbound.send(target, { method, path, headers: typed, body: JSON.stringify(body), signal })
}

// Go's net/http client (redirectBehavior): only 307 and 308 post again.
function redirected({ method, target, path }: Step, answer: IncomingMessage): Step | undefined {
  const { statusCode = 0, headers } = answer
  const { location } = headers
  if (![301, 302, 303, 307, 308].includes(statusCode) || !location) return undefined
  answer.resume()
  const here = `https://${target.host}${path}`
  if (!URL.canParse(location, here)) {
    throw new OutboundError(`failed to parse Location header ${JSON.stringify(location)}`)
  }
  const { protocol, host, pathname, search } = new URL(location, here)
  if (protocol !== 'https:') {
    throw new OutboundError(`unsupported protocol scheme ${JSON.stringify(protocol.slice(0, -1))}`)
  }
  return {
    method: statusCode < 307 ? 'GET' : method,
    target: withPort(host) === withPort(target.host) ? target : { host, caBundle: target.caBundle },
    path: pathname + search,
  }
}

// URLs leave the port of their scheme out, and the address of a Service has it.
function withPort(host: string): string {
  return /:\d+$/.test(host) ? host : `${host}:443`
}

/** A complaint about what was answered: it does not name the URL. */
class AnswerError extends OutboundError {}

function abortWords(limit: AbortSignal): string {
  return limit.aborted ? 'context deadline exceeded' : 'context canceled'
}

interface Place {
  readonly target: OutboundTarget
  readonly path: string
}

function placeOf({ url, service, caBundle }: WebhookClientConfig, timeoutSeconds: number): Place {
  const query = `?timeout=${timeoutSeconds}s`
  if (service) {
    const { namespace, name, path = '/', port = 443 } = service
    const serverName = `${name}.${namespace}.svc`
    const target = { host: `${serverName}:${port}`, service: { namespace, name, port }, serverName, caBundle }
    return { target, path: (path.startsWith('/') ? path : `/${path}`) + query }
  }
  if (url === undefined || !URL.canParse(url)) {
    throw new OutboundError('webhook configuration must have either service or URL')
  }
  const { host, pathname } = new URL(url)
  return { target: { host, caBundle }, path: pathname + query }
}

async function textOf(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  const ignore = onAbort(signal, () => answer.destroy())
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  } catch (error) {
    if (signal.aborted) throw error
    throw new AnswerError(
      'unexpected error when reading response body. Please retry. Original error: unexpected EOF',
    )
  } finally {
    ignore()
  }
  return Buffer.concat(chunks).toString()
}

function readAnswer({ statusCode = 0, headers }: IncomingMessage, text: string): Record<string, unknown> {
  if (statusCode < 200 || statusCode > 206) {
    throw new AnswerError(statusWords(statusCode, text, headers['content-type']))
  }
  if (text === '') {
    const type = headers['content-type'] ?? 'application/json'
    throw new AnswerError(`0-length response with status code: ${statusCode} and content type: ${type}`)
  }
  const value = parse(text)
  if (isObject(value)) return value
  throw new AnswerError(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${goTypeOf(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  )
}

// encoding/json says what it met and where it met it.
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const found = text.trimStart()[0]
    const why =
      found === undefined
        ? 'unexpected end of JSON input'
        : `invalid character '${found}' looking for beginning of value`
    throw new AnswerError(`couldn't get version/kind; json parse error: ${why}`)
  }
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

const statusTexts: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
}

/** What a client of Kubernetes makes of an HTTP status that comes without a Status object. */
export function statusWords(code: number, body: string, contentType: string | undefined): string {
  const isText = contentType === undefined || contentType.startsWith('text/')
  const said = isText ? body.slice(0, MAXIMUM_TEXT_BYTES).trim() : 'unknown'
  const known = statusTexts[code]
  if (known !== undefined) return known
  if (code === 403 || code === 415) return said
  if (code === 406) {
    const silent = said === '' || said === 'unknown'
    return silent ? 'the server was unable to respond with a content type that the client supports' : said
  }
  if (code >= 500) {
    return `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`
  }
  return `the server responded with the status code ${code} but did not return more information`
}
