// Owns REST-JSON (restJson1): operations by method and path, members in path, query and body.
import { AwsError } from '../../base/errors.ts'
import { fromJson, jsonName, toJson } from './json.ts'
import { bodyJson, encodeJsonError, jsonError } from './json-body.ts'
import { decodeText, escapeUri, pathOf, queryOf, type AwsRequest, type AwsResponse } from './message.ts'
import { isLabel, type Member, type Route, type Schema } from './schema.ts'
import { formatSimple, parseSimple, ViolationError } from './values.ts'
import { rowOf, type Exchange, type Wire } from './wire.ts'

function matches(route: Route, method: string, segments: readonly string[]): boolean {
  return (
    route.method === method &&
    route.segments.length === segments.length &&
    route.segments.every((part, index) => (isLabel(part) ? segments[index] !== '' : part === segments[index]))
  )
}

function segmentsOf(request: AwsRequest): readonly string[] {
  const path = pathOf(request)
  return (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).split('/').slice(1)
}

/** The operation of a method and path. */
function operationOf(schema: Schema, request: AwsRequest): string | undefined {
  const segments = segmentsOf(request)
  return schema.routes.find((route) => matches(route, request.method, segments))?.operation
}

function decodeInput(schema: Schema, operation: string, request: AwsRequest): Record<string, unknown> {
  const row = rowOf(schema, operation)
  const shape = schema.shape(row.input)
  const members = shape.kind === 'structure' ? shape.members : []
  const input: Record<string, unknown> = {}
  const template = row.http?.[1].split('/').slice(1) ?? []
  const segments = segmentsOf(request)
  template.forEach((part, index) => {
    if (isLabel(part)) input[part.slice(1, -1)] = decodeText(segments[index] ?? '')
  })
  decodeQuery(schema, { members, request, input })
  const inBody = members.filter((member) => !isBound(member))
  const body = request.body.length > 0 ? bodyJson(request.body) : {}
  const known = new Set(inBody.map(jsonName))
  const unknown = Object.keys(body).find((key) => !known.has(key))
  if (unknown !== undefined) throw new ViolationError({ kind: 'unknown', path: unknown })
  return { ...(fromJson(schema, row.input, body) as object), ...input }
}

function isBound(member: Member): boolean {
  const { httpLabel, httpQuery, httpHeader } = member.traits
  return httpLabel !== undefined || httpQuery !== undefined || httpHeader !== undefined
}

function decodeQuery(
  schema: Schema,
  options: { members: readonly Member[]; request: AwsRequest; input: Record<string, unknown> },
): void {
  const byQuery = new Map(options.members.map((member) => [member.traits.httpQuery, member]))
  for (const [key, text] of queryOf(options.request)) {
    const member = byQuery.get(key)
    if (!member) {
      // What a presigned URL adds is no member.
      if (/^x-amz-/i.test(key)) continue
      throw new ViolationError({ kind: 'unknown', path: key })
    }
    const shape = schema.shape(member.ref)
    if (shape.kind === 'list') {
      const item = schema.shape(shape.item.ref)
      const list = (options.input[member.name] ??= []) as unknown[]
      list.push(item.kind === 'simple' ? parseSimple(item.type, text, key) : text)
    } else if (shape.kind === 'simple') {
      options.input[member.name] = parseSimple(shape.type, text, key)
    }
  }
}

function encodeOutput({ schema, operation, requestId }: Exchange, output: unknown): AwsResponse {
  const row = rowOf(schema, operation)
  return {
    status: row.http?.[2] ?? 200,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
    body: JSON.stringify(toJson(schema, row.output, output ?? {})),
  }
}

function encodeInput(schema: Schema, operation: string, input: object): AwsRequest {
  const row = rowOf(schema, operation)
  const shape = schema.shape(row.input)
  const members = shape.kind === 'structure' ? shape.members : []
  const values = input as Record<string, unknown>
  const path = (row.http?.[1] ?? '/').replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    escapeUri(formatSimple(values[name])),
  )
  const query = members.flatMap((member) => {
    const value = values[member.name]
    if (!member.traits.httpQuery || value === undefined || value === null) return []
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    return items.map((item) => `${escapeUri(member.traits.httpQuery ?? '')}=${escapeUri(formatSimple(item))}`)
  })
  const bound = new Set(members.filter(isBound).map((member) => member.name))
  const body = Object.fromEntries(Object.entries(values).filter(([name]) => !bound.has(name)))
  const hasBody = members.some((member) => !bound.has(member.name))
  return {
    method: row.http?.[0] ?? 'POST',
    url: query.length > 0 ? `${path}?${query.join('&')}` : path,
    headers: hasBody ? { 'content-type': 'application/json' } : {},
    body: Buffer.from(hasBody ? JSON.stringify(toJson(schema, row.input, body)) : ''),
  }
}

/** REST-JSON, as EKS speaks it. */
export const restJson: Wire = {
  operationOf,
  decodeInput,
  encodeOutput,
  encodeInput,
  encodeError: (requestId, error) => {
    const response = encodeJsonError(requestId, error)
    return {
      ...response,
      headers: {
        ...response.headers,
        'content-type': 'application/json',
        'x-amzn-errortype': error.code,
      },
    }
  },
  decodeOutput: (schema, operation, response) =>
    fromJson(schema, rowOf(schema, operation).output, bodyJson(response.body)),
  decodeError: (_, response) => {
    const named = response.headers['x-amzn-errortype']?.split(':')[0]
    const error = jsonError(response)
    return named ? new AwsError(named, error.message, { status: error.status, fields: error.fields }) : error
  },
}
