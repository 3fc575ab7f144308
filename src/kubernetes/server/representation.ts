// Owns the choice between an object as it is, as a Table and as metadata alone, from the Accept header.
import { StatusError } from '../../base/errors.ts'
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { ListResult } from '../registry/read.ts'
import type { Call } from './api.ts'
import { jsonResponse, type ApiResponse } from './http.ts'
import { toPartial, toTable, type IncludeObject } from './table.ts'

export type Representation = 'object' | 'table' | 'partial'

/** @throws StatusError NotAcceptable when the client takes nothing that can be sent. */
export function representationOf(accept: string | undefined): Representation {
  for (const clause of (accept || '*/*').split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim())
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3)
    if (as === undefined) return 'object'
    if (parameters.includes('g=meta.k8s.io') && parameters.includes('v=v1')) {
      if (as === 'Table') return 'table'
      if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'partial'
    }
  }
  throw new StatusError(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  )
}

/** For answers that are objects whatever happens. @throws StatusError NotAcceptable. */
export function requireObject(accept: string | undefined): void {
  if (representationOf(accept) === 'object') return
  throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json')
}

/** @throws StatusError for a representation that cannot be sent, or is asked for wrongly. */
export function requireRepresentation({ request, query }: Call): void {
  if (representationOf(request.headers['accept']) === 'table') includeOf(query)
}

function includeOf(query: URLSearchParams): IncludeObject {
  const include = query.get('includeObject') ?? 'Metadata'
  if (include === 'None' || include === 'Metadata' || include === 'Object') return include
  throw new StatusError('BadRequest', `unrecognized includeObject value: ${JSON.stringify(include)}`)
}

/** One object as the client wants it. */
export function objectResponse(call: Call, object: KubernetesObject, status = 200): ApiResponse {
  return jsonResponse(status, eventBody(call, object, true), call.warnings)
}

/** One object as the client wants it, as the body of an answer or of a watch event. */
export function eventBody(call: Call, object: KubernetesObject, isFirst: boolean): object {
  const { kind, query, request, api } = call
  switch (representationOf(request.headers['accept'])) {
    case 'object':
      return object
    case 'partial':
      return toPartial(object)
    case 'table':
      return toTable(kind, [object], {
        nowMs: api.clock.now(),
        include: includeOf(query),
        metadata: { resourceVersion: object.metadata.resourceVersion },
        withColumns: isFirst,
      })
  }
}

/** A list as the client wants it. */
export function listResponse(call: Call, list: ListResult): ApiResponse {
  const { kind, query, request, api } = call
  const { items, ...metadata } = list
  switch (representationOf(request.headers['accept'])) {
    case 'table':
      return jsonResponse(
        200,
        toTable(kind, items, { nowMs: api.clock.now(), include: includeOf(query), metadata }),
        call.warnings,
      )
    case 'partial':
      return jsonResponse(200, {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: items.map(toPartial),
      })
    case 'object':
      return jsonResponse(
        200,
        {
          kind: `${kind.resource.kind}List`,
          apiVersion: groupVersionOf(kind.resource),
          metadata,
          // Items of a typed list leave out what the list says already.
          items: items.map(({ apiVersion: _a, kind: _k, ...item }) => item),
        },
        call.warnings,
      )
  }
}
