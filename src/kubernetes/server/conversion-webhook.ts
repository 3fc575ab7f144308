// Owns the webhooks that convert custom resources: what they are asked, and what is taken for an answer.
// Source: apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go.
import { StatusError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { deepEqual, isObject } from '../../base/json.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { ConvertObjects } from '../resources/custom/webhook-conversion.ts'
import { OutboundError } from './outbound/go-words.ts'
import type { Outbound } from './outbound/outbound.ts'
import { callWebhook, type Review } from './outbound/webhook.ts'

/** apiserver pkg/util/webhook defaultRequestTimeout */
const TIMEOUT_SECONDS = 30
const SUPPORTED = ['v1', 'v1beta1']

/** What converts by the webhooks that definitions name. */
export function createWebhookConverter(parts: {
  readonly outbound: Outbound
  readonly ids: Ids
}): ConvertObjects {
  return async ({ spec }, objects, apiVersion) => {
    const { clientConfig: config, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {}
    const refuse = (rest: string): StatusError => failure(objects, rest)
    const reviewVersion = conversionReviewVersions.find((version) => SUPPORTED.includes(version))
    if (!config || reviewVersion === undefined) {
      throw new StatusError('Unknown', 'no supported conversion review versions')
    }
    const asked = { uid: parts.ids.uuid(), apiVersion, reviewVersion }
    let converted: readonly unknown[]
    try {
      const answer = await callWebhook(parts.outbound, {
        config,
        body: reviewOf(objects, asked),
        timeoutSeconds: TIMEOUT_SECONDS,
        userAgent: 'kube-apiserver-admission',
      })
      converted = convertedOf(answer, asked)
    } catch (error) {
      if (error instanceof OutboundError) throw refuse(`failed: ${error.message}`)
      throw error
    }
    if (converted.length !== objects.length) {
      throw refuse(`returned ${converted.length} objects, expected ${objects.length}`)
    }
    return objects.map((object, index) => taken(object, converted[index], { apiVersion, index, refuse }))
  }
}

function failure([first]: readonly KubernetesObject[], rest: string): StatusError {
  const { apiVersion = '', kind = '' } = first ?? {}
  return new StatusError('Unknown', `conversion webhook for ${apiVersion}, Kind=${kind} ${rest}`)
}

interface Asked {
  readonly uid: string
  readonly apiVersion: string
  readonly reviewVersion: string
}

function reviewOf(objects: readonly KubernetesObject[], { uid, apiVersion, reviewVersion }: Asked): Review {
  return {
    kind: 'ConversionReview',
    apiVersion: `apiextensions.k8s.io/${reviewVersion}`,
    request: { uid, desiredAPIVersion: apiVersion, objects: objects.map(unversioned) },
    response: { uid: '', convertedObjects: null, result: { metadata: {} } },
  }
}

// Conversion comes before an object that is read has its version, and after one that is written has lost it.
function unversioned({ metadata, ...rest }: KubernetesObject): object {
  const { resourceVersion: _r, ...sent } = metadata
  return { ...rest, metadata: sent }
}

/** @throws OutboundError */
function convertedOf(answer: Record<string, unknown>, { uid, reviewVersion }: Asked): readonly unknown[] {
  const { apiVersion = '', kind = '', response } = answer
  if (reviewVersion === 'v1' && (apiVersion !== 'apiextensions.k8s.io/v1' || kind !== 'ConversionReview')) {
    const got = `${String(apiVersion) || '/'}, Kind=${String(kind)}`
    throw new OutboundError(
      `expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got ${got}`,
    )
  }
  if (!isObject(response)) throw new OutboundError('no response provided')
  const given = typeof response['uid'] === 'string' ? response['uid'] : ''
  if (reviewVersion === 'v1' && given !== uid) {
    throw new OutboundError(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`)
  }
  const { status = '', message = '' } = isObject(response['result']) ? response['result'] : {}
  if (status !== 'Success') {
    const said = String(message)
    throw new OutboundError(said || `response.result.status was '${String(status)}', not 'Success'`)
  }
  const { convertedObjects } = response
  return Array.isArray(convertedObjects) ? (convertedObjects as unknown[]) : []
}

interface Expected {
  readonly apiVersion: string
  readonly index: number
  readonly refuse: (rest: string) => StatusError
}

/** What is taken of a converted object: everything but its metadata, and of that labels and annotations. */
function taken(
  original: KubernetesObject,
  converted: unknown,
  { apiVersion, index, refuse }: Expected,
): KubernetesObject {
  const wrong = (why: string): StatusError => refuse(`returned invalid object at index ${index}: ${why}`)
  const { apiVersion: version, kind, metadata } = isObject(converted) ? converted : {}
  if (version !== apiVersion) {
    throw wrong(`invalid groupVersion (expected ${apiVersion}, received ${textOf(version)})`)
  }
  if (kind !== original.kind) {
    throw wrong(`invalid kind (expected ${original.kind}, received ${textOf(kind)})`)
  }
  const given = isObject(metadata) ? metadata : {}
  const whats = { name: 'name', namespace: 'namespace', uid: 'UID' } as const
  for (const [field, what] of Object.entries(whats)) {
    const [before, after] = [original.metadata[field as keyof typeof whats] ?? '', given[field] ?? '']
    if (!deepEqual(before, after)) {
      throw refuse(`returned invalid object: must have the same ${what}: ${before} != ${textOf(after)}`)
    }
  }
  if (!isObject(metadata)) {
    throw refuse('returned invalid metadata: missing metadata in converted object')
  }
  const { labels: _l, annotations: _a, ...kept } = original.metadata
  const restored = {
    ...kept,
    ...textsOf(metadata, 'labels', refuse),
    ...textsOf(metadata, 'annotations', refuse),
  }
  // It has been seen to be of the kind and at the version that were asked for.
  return { ...(converted as object), metadata: restored } as KubernetesObject
}

// What is no text is none to Go either.
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(
  metadata: Record<string, unknown>,
  field: string,
  refuse: Expected['refuse'],
): Record<string, unknown> {
  const found = metadata[field]
  if (found === undefined || found === null) return {}
  const wrong = isObject(found) ? Object.entries(found).find(([, value]) => typeof value !== 'string') : []
  if (!wrong) return { [field]: found }
  const [key] = wrong
  const why =
    key === undefined
      ? `invalid metadata.${field} of type ${goType(found)} in converted object`
      : `metadata.${field}[${key}] must be a string, but is ${goType(wrong[1])} in converted object`
  throw refuse(`returned invalid metadata: ${why}`)
}

function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}
