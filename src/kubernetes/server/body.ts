// Owns the reading of request bodies: JSON, YAML and protobuf into decoded objects.
import { StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { groupVersionOf, parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject } from '../client/client.ts'
import { typeMetaOf } from '../registry/selection.ts'
import { decodeObject } from '../schema/decode.ts'
import type { FieldValidation } from '../schema/decoding.ts'
import { apiVersionAndKindOf, typeNameOf } from '../schema/fields.ts'
import { goKind } from '../schema/format-go.ts'
import { parseJson, requireShallow, type ParsedJson } from '../schema/json-text.ts'
import { decodeProtobuf } from '../schema/protobuf.ts'
import type { Call } from './api.ts'
import type { ApiRequest } from './http.ts'
import { readYaml } from './yaml-text.ts'

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
  const { value, complaint } = readYaml(text)
  return { value: requireShallow(value), duplicates: [], yamlComplaint: complaint }
}

/** `fieldValidation` of a request; Warn by default, as the API server does since 1.27. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation')
  return value === 'Ignore' || value === 'Strict' ? value : 'Warn'
}

/** The body as an object of the call's kind. @throws StatusError BadRequest when it is of another. */
export function decodeBody(call: Call): KubernetesObject {
  const parsed = readObject(call)
  checkTypeMeta(typeMetaOf(call.kind), parsed.value)
  return decodeFor(call, parsed)
}

// handlers/rest.go transformDecodeError: of what has no kind that could be named, the beginning is shown.
function readObject({ kind, request }: Call): ParsedJson {
  const refuse = (why: string): StatusError =>
    new StatusError(
      'BadRequest',
      `the object provided is unrecognized (must be of type ${kind.resource.kind}): ${why} (${summaryOf(request)})`,
    )
  if (kind.schema.custom && mediaTypeOf(request) === PROTOBUF) {
    throw new StatusError(
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    )
  }
  let parsed: ParsedJson
  try {
    parsed = parseBody(request)
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'BadRequest') throw error
    throw refuse(error.message)
  }
  if (parsed.value === null) return { ...parsed, value: {} }
  if (isObject(parsed.value)) return parsed
  throw refuse(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(parsed.value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  )
}

const SUMMARY_BYTES = 30

// handlers/rest.go summarizeData: JSON as it stands, everything else in hexadecimal.
function summaryOf({ body = new Uint8Array() }: ApiRequest): string {
  if (body.length === 0) return '<empty>'
  const head = Buffer.from(body).subarray(0, SUMMARY_BYTES)
  const text = head.toString(body[0] === 0x7b ? 'utf8' : 'hex')
  return body.length > SUMMARY_BYTES ? `${text} ...` : text
}

/** Decodes plain data for the call's kind; complaints become warnings. */
export function decodeFor(
  call: Call,
  { value, duplicates, yamlComplaint, order }: ParsedJson,
): KubernetesObject {
  const decoded = decodeObject<KubernetesObject>(call.kind.schema, value, {
    fieldValidation: fieldValidationOf(call.query),
    duplicates,
    yamlComplaint,
    order,
  })
  call.warnings.push(...decoded.warnings)
  const metadata = decoded.object.metadata ?? {}
  return { ...decoded.object, apiVersion: groupVersionOf(call.kind.resource), metadata }
}

/**
 * Plain data as an object of a type that is no kind of its own, such as the body of a subresource. Metadata is there
 * whether it was sent or not. @throws StatusError BadRequest when it is of another kind.
 */
export function decodeAs<T extends { readonly metadata?: object }>(
  type: string,
  value: unknown,
): T & { readonly metadata: NonNullable<T['metadata']> } {
  checkTypeMeta(apiVersionAndKindOf(type), value)
  const { object } = decodeObject<T>(type, value, { fieldValidation: 'Ignore' })
  // What metadata has is optional wherever it is read.
  return { ...object, metadata: object.metadata ?? {} } as T & { metadata: NonNullable<T['metadata']> }
}

interface TypeMeta {
  readonly apiVersion: string
  readonly kind: string
}

function checkTypeMeta(wanted: TypeMeta, value: unknown): void {
  if (!isObject(value)) return
  const apiVersion = text(value['apiVersion']) || wanted.apiVersion
  const kind = text(value['kind']) || wanted.kind
  if (kind === wanted.kind && apiVersion === wanted.apiVersion) return
  const { version } = parseGroupVersion(apiVersion)
  const refuse = (why: string): StatusError =>
    new StatusError(
      'BadRequest',
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${wanted.kind}: ${why}`,
    )
  if (typeNameOf(apiVersion, kind) === undefined) {
    throw refuse(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    )
  }
  if (kind !== wanted.kind) {
    const { group } = parseGroupVersion(wanted.apiVersion)
    const hub = `${group.split('.')[0] || 'core'}.${wanted.kind}`
    throw refuse(`converting (${version}.${kind}) to (${hub}): unknown conversion`)
  }
  throw new StatusError(
    'BadRequest',
    `the API version in the data (${apiVersion}) does not match the expected API version (${wanted.apiVersion})`,
  )
}

// What is no string is the decoder's to refuse.
function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
