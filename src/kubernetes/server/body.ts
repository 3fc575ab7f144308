// Owns the reading of request bodies: JSON, YAML and protobuf into decoded objects.
import { parse, YAMLParseError } from 'yaml'

import { StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { KubernetesObject } from '../client/client.ts'
import { groupVersionOf, type Kind } from '../resources/kind.ts'
import { decodeObject, type FieldValidation } from '../schema/decode.ts'
import { parseJson, type ParsedJson } from '../schema/json-text.ts'
import { decodeProtobuf } from '../schema/protobuf.ts'
import type { Call } from './api.ts'
import type { ApiRequest } from './http.ts'

/** The media type of a request, without parameters; JSON when it says nothing. */
export function mediaTypeOf({ headers }: ApiRequest): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  return type.trim() || 'application/json'
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** A body as plain data. @throws StatusError BadRequest, UnsupportedMediaType. */
export function parseBody(request: ApiRequest): ParsedJson {
  const type = mediaTypeOf(request)
  if (type === PROTOBUF) {
    const { apiVersion, kind, json } = decodeProtobuf(request.body ?? new Uint8Array())
    return { value: { ...json, apiVersion, kind }, duplicates: [] }
  }
  const text = Buffer.from(request.body ?? new Uint8Array()).toString()
  if (type === 'application/json' || type.endsWith('+json')) return parseJson(text)
  if (type === 'application/yaml' || type === 'application/apply-patch+yaml') return parseYaml(text)
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
  )
}

function parseYaml(text: string): ParsedJson {
  // JSON is what clients send under this type too, and JSON.parse is much faster.
  if (text.trimStart().startsWith('{')) return parseJson(text)
  try {
    return { value: parse(text) as unknown, duplicates: [] }
  } catch (error) {
    if (error instanceof YAMLParseError) {
      throw new StatusError('BadRequest', `error parsing YAML: ${error.message}`)
    }
    throw error
  }
}

/** `fieldValidation` of a request; Warn by default, as the API server does since 1.27. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') || 'Warn'
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value
  throw new StatusError(
    'Invalid',
    `CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`,
  )
}

/** The body as an object of the call's kind. @throws StatusError BadRequest when it is of another. */
export function decodeBody(call: Call): KubernetesObject {
  const parsed = parseBody(call.request)
  checkTypeMeta(call.kind, parsed.value)
  return decodeFor(call, parsed)
}

/** Decodes plain data for the call's kind; complaints become warnings. */
export function decodeFor(call: Call, { value, duplicates }: ParsedJson): KubernetesObject {
  const decoded = decodeObject<KubernetesObject>(call.kind.type, value, {
    fieldValidation: fieldValidationOf(call.query),
    duplicates,
  })
  call.warnings.push(...decoded.warnings)
  const metadata = decoded.object.metadata ?? {}
  return { ...decoded.object, apiVersion: groupVersionOf(call.kind.resource), metadata }
}

function checkTypeMeta({ resource }: Kind, value: unknown): void {
  if (!isObject(value)) return
  const expected = groupVersionOf(resource)
  const [apiVersion, kind] = [text(value['apiVersion']), text(value['kind'])]
  if (kind && kind !== resource.kind) {
    throw new StatusError(
      'BadRequest',
      `${kind} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${resource.kind}: converting (${kind}) to (${resource.kind}): unknown conversion`,
    )
  }
  if (apiVersion && apiVersion !== expected) {
    throw new StatusError(
      'BadRequest',
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
}

// What is no string is the decoder's to refuse.
function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
