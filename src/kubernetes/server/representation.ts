// Owns the choice between an object as it is, as a Table and as metadata alone, and the media type of the answer.
// Source: apiserver pkg/endpoints/handlers/response.go.
import { StatusError } from '../../base/errors.ts'
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject } from '../client/client.ts'
import { ObjectText, type Pieces } from '../registry/object-text.ts'
import type { ListResult } from '../registry/read.ts'
import type { Kind } from '../resources/kind.ts'
import { typeNameOf } from '../schema/fields.ts'
import { hasProtobuf } from '../schema/protobuf.ts'
import type { Call } from './api.ts'
import { acceptedFor, bytesResponse, encodedResponse, isCompactJson, type Asking } from './encoding.ts'
import type { ApiResponse, LongBody } from './http.ts'
import { jsonItem, jsonOf, jsonPartial, jsonWithList, textsOf } from './json-body.ts'
import { notAcceptable, type Accepted, type Offer } from './negotiation.ts'
import { cellsOf, tableHead, toPartial, toTable, type IncludeObject } from './table.ts'

const COLLECTION_VERBS: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection', 'create'])

/** What the client of a call takes. @throws StatusError NotAcceptable, BadRequest for a Table asked for wrongly. */
export function acceptedOf({ request, kind, query, route }: Call): Accepted {
  const { apiVersion, name } = { apiVersion: groupVersionOf(kind.resource), name: kind.resource.kind }
  const type = typeNameOf(apiVersion, name)
  const offer: Offer = {
    transforms: true,
    protobuf: type !== undefined && hasProtobuf(type),
    streams: COLLECTION_VERBS.has(route.verb),
  }
  const accepted = acceptedFor(request, offer)
  if (accepted.as === 'Table') includeOf(query)
  return accepted
}

/** For answers that are objects whatever happens. @throws StatusError NotAcceptable. */
export function requireObject(request: Asking): Accepted {
  return acceptedFor(request, { transforms: false, protobuf: true })
}

function includeOf(query: URLSearchParams): IncludeObject {
  const include = query.get('includeObject') || 'Metadata'
  if (include === 'None' || include === 'Metadata' || include === 'Object') return include
  throw new StatusError(
    'BadRequest',
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
  )
}

/** One object as the client wants it. */
export function objectResponse(call: Call, object: KubernetesObject, status = 200): ApiResponse {
  const accepted = acceptedOf(call)
  if (accepted.as === 'PartialObjectMetadataList') {
    throw notConvertible(`${accepted.as}, but the requested object is not a list`, call.kind)
  }
  const options = { status, warnings: call.warnings }
  if (accepted.as === undefined && isCompactJson(accepted)) {
    return bytesResponse(accepted, `${jsonOf(textsOf(call)(object), object).join('')}\n`, options)
  }
  const body = eventBody(call, object, { accepted, isFirst: true })
  return encodedResponse(accepted, body, options)
}

/** Another answer than an object of the kind: a Status, a Scale. It is never a row of a table. */
export function otherResponse(call: Call, body: object, status = 200): ApiResponse {
  const { request, warnings } = call
  return encodedResponse(requireObject(request), body, { status, warnings })
}

/** One object as the client wants it, as the body of an answer or of a watch event. */
export function eventBody(
  { kind, query, api }: Call,
  object: KubernetesObject,
  { accepted, isFirst }: { readonly accepted: Accepted; readonly isFirst: boolean },
): object {
  const { as, version = 'v1' } = accepted
  if (as === undefined) return object
  if (as !== 'Table') return toPartial(object, version)
  return toTable(kind, [object], {
    nowMs: api.clock.now(),
    include: includeOf(query),
    version,
    metadata: { resourceVersion: object.metadata.resourceVersion },
    withColumns: isFirst,
  })
}

/** A list as the client wants it. */
export function listResponse(call: Call, list: ListResult): ApiResponse {
  const accepted = acceptedOf(call)
  if (accepted.as === 'PartialObjectMetadata') {
    throw notConvertible(`${accepted.as}, but the requested object is a list`, call.kind, 'List')
  }
  const options = { warnings: call.warnings }
  return isCompactJson(accepted)
    ? bytesResponse(accepted, listJson(call, list, accepted), options)
    : encodedResponse(accepted, listBody(call, list, accepted), options)
}

function listBody({ kind, query, api }: Call, list: ListResult, accepted: Accepted): object {
  const { items, sources: _sources, ...metadata } = list
  const { as, version = 'v1' } = accepted
  if (as === 'Table') {
    return toTable(kind, items, { nowMs: api.clock.now(), include: includeOf(query), version, metadata })
  }
  const head = listHead(kind, metadata, accepted)
  if (as !== undefined) return { ...head, items: items.map((item) => toPartial(item, version)) }
  // Items of a typed list leave out what the list says already.
  return { ...head, items: items.map(({ apiVersion: _a, kind: _k, ...item }) => item) }
}

/** The same in JSON, without the objects in between. */
function listJson(call: Call, list: ListResult, accepted: Accepted): string | LongBody {
  const { kind, query } = call
  const { items: _items, sources: _sources, ...metadata } = list
  const { as, version = 'v1' } = accepted
  if (as !== 'Table') {
    const write: WriteItem = as === undefined ? jsonItem : (text, item) => jsonPartial(text, item, version)
    return jsonWithList(listHead(kind, metadata, accepted), 'items', written(list, write))
  }
  const [include, nowMs] = [includeOf(query), call.api.clock.now()]
  const rows = written(list, (text, item) => {
    const cells = JSON.stringify(cellsOf(kind, item, nowMs))
    if (include === 'None') return ['{"cells":', cells, '}']
    const object = include === 'Object' ? jsonOf(text, item) : jsonPartial(text, item, version)
    return ['{"cells":', cells, ',"object":', ...object, '}']
  })
  return jsonWithList(tableHead(kind, { metadata, version }), 'rows', rows)
}

type WriteItem = (text: ObjectText | undefined, item: KubernetesObject) => Pieces

function* written({ items, sources }: ListResult, write: WriteItem): Generator<Pieces> {
  for (const [index, item] of items.entries()) {
    const source = sources[index]
    yield write(source && ObjectText.of(source), item)
  }
}

function listHead({ resource }: Kind, metadata: object, { as, version = 'v1' }: Accepted): object {
  return as === undefined
    ? { kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata }
    : { kind: as, apiVersion: `meta.k8s.io/${version}`, metadata }
}

// The text names the Go type of what was found.
function notConvertible(what: string, { resource }: Kind, suffix = ''): StatusError {
  const found = `${resource.group.split('.')[0] || 'core'}.${resource.kind}${suffix}`
  return new StatusError('NotAcceptable', `you requested ${what} (*${found})`)
}

/** For a stream, which is JSON or protobuf. @throws StatusError NotAcceptable. */
export function acceptedStream(call: Call): Accepted {
  const accepted = acceptedOf(call)
  if (accepted.type === 'application/yaml') throw notAcceptable()
  return accepted
}
