// Owns REST-XML as S3 speaks it: operations by method, path and query, members in path, query, headers and body.
import { AwsError } from '../../base/errors.ts'
import { decodeText, escapeUri, headerOf, pathOf, queryOf } from './message.ts'
import type { AwsRequest, AwsResponse } from './message.ts'
import { dechunked, inPathStyle } from './s3-request.ts'
import type { Member, OperationRow, Schema, ShapeRef } from './schema.ts'
import { formatSimple, parseSimple } from './values.ts'
import { rowOf, type Exchange, type Wire } from './wire.ts'
import { childOf, type Element, fromXml, parseXml, textElement, toXml } from './xml.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

function membersOf(schema: Schema, ref: ShapeRef): readonly Member[] {
  const shape = schema.shape(ref)
  return shape.kind === 'structure' ? shape.members : []
}

/** Where the request points: nothing, a bucket, or an object in one. */
interface Place {
  readonly bucket?: string
  readonly key?: string
}

function placeOf(request: AwsRequest): Place {
  const [, bucket = '', ...rest] = pathOf(request).split('/')
  if (bucket === '') return {}
  const key = rest.join('/')
  return { bucket: decodeText(bucket), ...(key === '' ? {} : { key: decodeText(key) }) }
}

/** How well a request fits an operation: the more it names of what the operation needs, the better; 0 for not at all. */
function fit(schema: Schema, row: OperationRow, request: AwsRequest): number {
  const [method, path] = row.http ?? ['', '']
  if (method !== request.method) return 0
  const members = membersOf(schema, row.input)
  const place = placeOf(request)
  const [template = '', literals = ''] = path.split('?')
  if (template.includes('{Key+}') !== (place.key !== undefined)) return 0
  if (members.some(({ name }) => name === 'Bucket') !== (place.bucket !== undefined)) return 0
  const query = new Map(queryOf(request))
  // x-id is what the SDK for JavaScript adds to its own requests.
  const needed = literals.split('&').filter((each) => each !== '' && !each.startsWith('x-id='))
  const isThere = needed.every((each) => {
    const [name = '', value] = each.split('=')
    return value === undefined ? query.has(name) : query.get(name) === value
  })
  if (!isThere) return 0
  const required = members.filter(({ required: isRequired }) => isRequired)
  const queries = required.flatMap(({ traits }) => traits.httpQuery ?? [])
  const headers = required.flatMap(({ traits }) => traits.httpHeader ?? [])
  if (!queries.every((name) => query.has(name))) return 0
  if (!headers.every((name) => headerOf(request, name.toLowerCase()) !== undefined)) return 0
  return 1 + needed.length + queries.length + headers.length
}

function operationOf(schema: Schema, sent: AwsRequest): string | undefined {
  const request = inPathStyle(sent)
  let best: { readonly name: string; readonly rank: number } | undefined
  for (const [name, row] of Object.entries(schema.file.operations)) {
    const rank = fit(schema, row, request)
    if (rank > (best?.rank ?? 0)) best = { name, rank }
  }
  return best?.name
}

function decodeInput(schema: Schema, operation: string, sent: AwsRequest): Record<string, unknown> {
  const request = dechunked(inPathStyle(sent))
  const { bucket, key } = placeOf(request)
  const query = new Map(queryOf(request))
  const input: Record<string, unknown> = {}
  for (const member of membersOf(schema, rowOf(schema, operation).input)) {
    const value = decodeMember(schema, member, { request, query, bucket, key })
    if (value !== undefined) input[member.name] = value
  }
  return input
}

function decodeMember(
  schema: Schema,
  { name, ref, traits }: Member,
  from: {
    readonly request: AwsRequest
    readonly query: ReadonlyMap<string, string>
    readonly bucket: string | undefined
    readonly key: string | undefined
  },
): unknown {
  const { request, query } = from
  const simple = (text: string | undefined): unknown => {
    const shape = schema.shape(ref)
    if (text === undefined) return undefined
    return shape.kind === 'simple' ? parseSimple(shape.type, text, name) : text.split(',')
  }
  if (traits.httpLabel) return name === 'Bucket' ? from.bucket : from.key
  if (traits.httpQuery !== undefined) return simple(query.get(traits.httpQuery))
  if (traits.httpPrefixHeaders !== undefined) return prefixed(request, traits.httpPrefixHeaders)
  if (traits.httpHeader !== undefined) {
    // A presigned URL carries headers of Amazon's own in its query.
    const header = traits.httpHeader.toLowerCase()
    return simple(headerOf(request, header) ?? query.get(traits.httpHeader))
  }
  return traits.httpPayload ? decodePayload(schema, ref, request) : undefined
}

function prefixed(request: AwsRequest, prefix: string): Record<string, string> | undefined {
  const found = Object.entries(request.headers).filter(([name]) => name.startsWith(prefix))
  if (found.length === 0) return undefined
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]))
}

function decodePayload(schema: Schema, ref: ShapeRef, { body }: AwsRequest): unknown {
  const shape = schema.shape(ref)
  if (shape.kind === 'simple') {
    return shape.type === 'blob' ? body : body.length === 0 ? undefined : Buffer.from(body).toString('utf8')
  }
  if (body.length === 0) return undefined
  return fromXml(schema, ref, readXml(body))
}

// "The XML you provided was not well-formed or did not validate against our published schema" (S3, error responses).
function readXml(body: Uint8Array): Element {
  try {
    return parseXml(Buffer.from(body).toString('utf8'))
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
}

function httpDate(value: unknown): string {
  return new Date(value as string | number | Date).toUTCString()
}

function headersOf(schema: Schema, members: readonly Member[], output: Record<string, unknown>) {
  const headers: Record<string, string> = {}
  for (const { name, ref, traits } of members) {
    const value = output[name]
    if (value === undefined || value === null) continue
    if (traits.httpHeader !== undefined) {
      const shape = schema.shape(ref)
      const isDate = shape.kind === 'simple' && shape.type === 'timestamp'
      headers[traits.httpHeader.toLowerCase()] = isDate ? httpDate(value) : formatSimple(value)
    }
    if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, text] of Object.entries(value)) headers[traits.httpPrefixHeaders + key] = String(text)
    }
  }
  return headers
}

function isBound({ traits }: Member): boolean {
  const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders } = traits
  return [httpLabel, httpQuery, httpHeader, httpPrefixHeaders].some((trait) => trait !== undefined)
}

function namespaceOf(schema: Schema): string {
  return schema.file.xmlNamespace ? ` xmlns="${schema.file.xmlNamespace}"` : ''
}

function encodeOutput({ schema, operation, requestId }: Exchange, answer: unknown): AwsResponse {
  const row = rowOf(schema, operation)
  // What a handler answers has the members of the schema.
  const output = (answer ?? {}) as Record<string, unknown>
  const members = membersOf(schema, row.output)
  const headers = { 'x-amz-request-id': requestId, ...headersOf(schema, members, output) }
  const payload = members.find(({ traits }) => traits.httpPayload)
  if (payload) {
    const value = output[payload.name]
    const shape = schema.shape(payload.ref)
    if (shape.kind === 'simple') {
      // A text is a policy.
      const type = shape.type === 'blob' ? {} : { 'content-type': 'application/json' }
      const isPartial = output['ContentRange'] !== undefined
      return {
        status: isPartial ? 206 : (row.http?.[2] ?? 200),
        headers: { ...type, ...headers },
        body: value instanceof Uint8Array ? value : formatSimple(value ?? ''),
      }
    }
    const root = payload.traits.xmlName ?? payload.name
    return xml(headers, `<${root}${namespaceOf(schema)}>${toXml(schema, payload.ref, value ?? {})}</${root}>`)
  }
  const inBody = members.filter((member) => !isBound(member))
  if (inBody.length === 0) return { status: row.http?.[2] ?? 200, headers, body: '' }
  const root = row.xmlName ?? `${operation}Result`
  const body = Object.fromEntries(inBody.map(({ name }) => [name, output[name]]))
  // The location is the content of its element, which no other answer has so.
  const content =
    operation === 'GetBucketLocation'
      ? formatSimple(output['LocationConstraint'] ?? '')
      : toXml(schema, row.output, body)
  return xml(headers, `<${root}${namespaceOf(schema)}>${content}</${root}>`)
}

function xml(headers: Readonly<Record<string, string>>, body: string): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: DECLARATION + body }
}

function encodeInput(schema: Schema, operation: string, input: object): AwsRequest {
  const row = rowOf(schema, operation)
  const values = input as Record<string, unknown>
  const members = membersOf(schema, row.input)
  const [method = 'GET', path = '/'] = row.http ?? []
  const [template = '', literals = ''] = path.split('?')
  const key = formatSimple(values['Key'] ?? '')
  const target = [values['Bucket'] === undefined ? [] : [formatSimple(values['Bucket'])]]
    .flat()
    .concat(template.includes('{Key+}') ? key.split('/') : [])
  const query = members.flatMap(({ name, traits }) => {
    const value = values[name]
    if (traits.httpQuery === undefined || value === undefined || value === null) return []
    return [`${escapeUri(traits.httpQuery)}=${escapeUri(formatSimple(value))}`]
  })
  const search = [...(literals === '' ? [] : [literals]), ...query].join('&')
  const payload = members.find(({ traits }) => traits.httpPayload)
  return {
    method,
    url: `/${target.map(escapeUri).join('/')}${search === '' ? '' : `?${search}`}`,
    headers: headersOf(schema, members, values),
    body: payload ? encodePayload(schema, payload, values[payload.name]) : Buffer.from(''),
  }
}

function encodePayload(schema: Schema, { name, ref, traits }: Member, value: unknown): Uint8Array {
  if (value === undefined || value === null) return Buffer.from('')
  if (value instanceof Uint8Array) return value
  if (schema.shape(ref).kind === 'simple') return Buffer.from(formatSimple(value))
  const root = traits.xmlName ?? name
  return Buffer.from(`<${root}>${toXml(schema, ref, value)}</${root}>`)
}

function bytesOf({ body }: AwsResponse): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body
}

function decodeOutput(schema: Schema, operation: string, response: AwsResponse): Record<string, unknown> {
  const row = rowOf(schema, operation)
  const members = membersOf(schema, row.output)
  const output: Record<string, unknown> = {}
  for (const member of members.filter(isBound)) {
    const { name, ref, traits } = member
    const shape = schema.shape(ref)
    const text = headerOf(response, (traits.httpHeader ?? '').toLowerCase())
    if (text !== undefined && shape.kind === 'simple') output[name] = parseSimple(shape.type, text, name)
  }
  const payload = members.find(({ traits }) => traits.httpPayload)
  const bytes = bytesOf(response)
  if (payload) {
    const value = decodePayload(schema, payload.ref, { method: '', url: '/', headers: {}, body: bytes })
    return { ...output, [payload.name]: value }
  }
  if (bytes.length === 0) return output
  const root = readXml(bytes)
  if (operation === 'GetBucketLocation') return { ...output, LocationConstraint: root.text }
  return { ...output, ...(fromXml(schema, row.output, root) as object) }
}

/** REST-XML, as S3 speaks it. */
export const restXml: Wire = {
  operationOf,
  decodeInput,
  encodeOutput,
  encodeInput,
  encodeError: (requestId, error) => ({
    status: error.status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    body: `${DECLARATION}<Error>${textElement('Code', error.code)}${textElement('Message', error.message)}${textElement('RequestId', requestId)}</Error>`,
  }),
  decodeOutput,
  decodeError: (_, response) => {
    const bytes = bytesOf(response)
    const root = bytes.length === 0 ? undefined : readXml(bytes)
    const code = childOf(root, 'Code')?.text ?? (response.status === 404 ? 'NotFound' : 'UnknownError')
    return new AwsError(code, childOf(root, 'Message')?.text ?? '', { status: response.status })
  },
}
