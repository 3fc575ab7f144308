// Owns random requests to the AWS endpoint, the same for the same seed: right ones, wrong ones and damaged ones.
import { constraintsOf } from '../protocol/constraints.ts'
import type { AwsRequest } from '../protocol/message.ts'
import { createSchemaLoader, type Member, type Schema, type ShapeRef } from '../protocol/schema.ts'
import type { Members } from '../protocol/service.ts'
import { amzDate } from '../protocol/sigv4.ts'
import { wireOf } from '../protocol/wires.ts'
import { DOCUMENT_MEMBERS, DOCUMENTS, ODD_JSON, ODD_TEXTS } from './fuzz-data.ts'
import { textFor } from './sample.ts'
import type { ServiceTable } from './service-tables.ts'
import { signRequest } from './sign-request.ts'

export interface FuzzSettings {
  readonly random: () => number
  readonly services: readonly ServiceTable[]
  /** Ids, names and ARNs of what there is, for members whose names match. */
  readonly known: readonly (readonly [member: RegExp, value: string])[]
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly region: string
  readonly nowMs: () => number
}

const STRANGERS = ['s3', 'route53', 'sqs', 'lambda', 'constructor', '__proto__', '', 'ssm']
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS']
const load = createSchemaLoader()

function takes({ honours, keeps }: Members, name: string): boolean {
  return [...honours, ...keeps].some((path) => path.split(/[.[]/, 1)[0] === name)
}

/** An endless supply of requests. */
export class AwsFuzzer {
  readonly #settings: FuzzSettings

  constructor(settings: FuzzSettings) {
    this.#settings = settings
  }

  next(): AwsRequest {
    const way = this.#settings.random()
    const service = this.#pick(this.#settings.services)
    if (way < 0.35) return this.#sign(this.#operation(service), service.signingName)
    if (way < 0.75) return this.#sign(this.#damage(this.#operation(service)), service.signingName)
    if (way < 0.83) return this.#sign(this.#raw(), service.signingName)
    if (way < 0.91) return this.#forge(this.#sign(this.#operation(service), service.signingName))
    if (way < 0.95) return this.#presigned()
    if (way < 0.98) return this.#sign(this.#raw(), this.#pick(STRANGERS))
    return this.#chance(0.5) ? this.#operation(service) : this.#raw()
  }

  #pick<T>(items: readonly T[]): T {
    // Every list of this file has an item.
    return items[Math.floor(this.#settings.random() * items.length)] as T
  }

  #chance(share: number): boolean {
    return this.#settings.random() < share
  }

  #sign(request: AwsRequest, service: string): AwsRequest {
    const { credentials, region, nowMs } = this.#settings
    return signRequest(request, { ...credentials, region, service, nowMs: nowMs() })
  }

  /** A request that its schema allows, of an operation that is emulated, or seldom of another one. */
  #operation(service: ServiceTable): AwsRequest {
    const schema = load(service.schema)
    const emulated = Object.keys(service.operations)
    const name = this.#pick(this.#chance(0.97) ? emulated : Object.keys(schema.file.operations))
    const declared = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined
    const input = this.#structure(schema, schema.operation(name)?.input ?? 'Unit', { depth: 0, declared })
    return wireOf(service.protocol).encodeInput(schema, name, input)
  }

  #structure(
    schema: Schema,
    ref: ShapeRef,
    { depth, declared }: { depth: number; declared?: Members | undefined },
  ): Record<string, unknown> {
    const shape = schema.shape(ref)
    if (shape.kind !== 'structure') return {}
    // What is not declared is refused at once: most requests shall come further.
    const isTaken = (name: string): boolean => !declared || takes(declared, name)
    const share = (member: Member): number =>
      member.required ? 0.97 : isTaken(member.name) ? (depth === 0 ? 0.25 : 0.4) : 0.01
    const present = shape.members.filter((member) => this.#chance(share(member)))
    return Object.fromEntries(
      present.map((member) => [member.name, this.#value(schema, member, { shape: shape.name, depth })]),
    )
  }

  #value(schema: Schema, member: Member, { shape, depth }: { shape: string; depth: number }): unknown {
    const inner = schema.shape(member.ref)
    if (inner.kind === 'structure')
      return depth > 3 ? {} : this.#structure(schema, member.ref, { depth: depth + 1 })
    if (inner.kind === 'list') {
      const length = this.#pick([0, 1, 1, 2])
      const item = { ...inner.item, name: member.name }
      return Array.from({ length }, () => this.#value(schema, item, { shape, depth: depth + 1 }))
    }
    if (inner.kind === 'map') {
      return Object.fromEntries([
        [this.#text(''), this.#value(schema, inner.value, { shape, depth: depth + 1 })],
      ])
    }
    const rule = constraintsOf(schema.name).of(shape, member.name)
    switch (inner.type) {
      case 'number':
        return this.#pick([rule?.min ?? 0, rule?.max ?? 9, 1, 2, 80, 900, 3600, 2 ** 31 - 1])
      case 'boolean':
        return this.#chance(0.3)
      case 'timestamp':
        return new Date(this.#pick([0, 1_700_000_000_000, 8.64e15]))
      case 'blob':
        return Buffer.from(this.#pick(ODD_TEXTS))
      case 'document':
      case 'string':
        return rule?.enum && this.#chance(0.9)
          ? this.#pick(rule.enum)
          : this.#text(member.name, textFor(rule))
    }
  }

  #text(name: string, fitting = 'sample'): string {
    if (DOCUMENT_MEMBERS.test(name)) return this.#pick(DOCUMENTS)
    const way = this.#settings.random()
    const { known } = this.#settings
    const likely = known.filter(([member]) => member.test(name))
    if (way < 0.75 && likely.length > 0) return this.#pick(likely)[1]
    if (way < 0.8) return this.#pick(known)[1]
    return way < 0.95 ? fitting : this.#pick(ODD_TEXTS).toWellFormed()
  }

  /** A request with one thing about it made wrong. */
  #damage(request: AwsRequest): AwsRequest {
    const text = Buffer.from(request.body).toString('utf8')
    const way = this.#settings.random()
    if (way < 0.15) return { ...request, url: this.#oddUrl(request.url) }
    if (way < 0.2) return { ...request, method: this.#pick(METHODS) }
    if (text === '') return { ...request, body: Buffer.from(this.#pick(ODD_TEXTS)) }
    if (way < 0.3)
      return {
        ...request,
        body: Buffer.from(text.slice(0, Math.floor(this.#settings.random() * text.length))),
      }
    return { ...request, body: Buffer.from(text.startsWith('{') ? this.#oddJson(text) : this.#oddForm(text)) }
  }

  #oddUrl(url: string): string {
    const odd = encodeURIComponent(this.#pick(ODD_TEXTS).toWellFormed())
    const [path = '/', query = ''] = url.split('?', 2)
    if (this.#chance(0.4))
      return `${path}?${query}&${this.#pick(['maxResults', 'nextToken', odd, '__proto__'])}=${odd}`
    const parts = path.split('/')
    parts[Math.floor(this.#settings.random() * parts.length)] = this.#chance(0.5)
      ? odd
      : this.#pick(['%zz', '%', '..', ''])
    return parts.join('/')
  }

  /** One value anywhere in a body replaced, or a member added. */
  #oddJson(text: string): string {
    const spots = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|-?[\d.e+-]+|true|false|null|\[\]|\{\})/g)]
    const odd = this.#chance(0.5)
      ? JSON.stringify(this.#pick(ODD_TEXTS))
      : JSON.stringify(this.#pick(ODD_JSON))
    const deep = this.#chance(0.05) ? '['.repeat(3000) + ']'.repeat(3000) : odd
    if (spots.length === 0 || this.#chance(0.1))
      return text.replace('{', `{"${this.#pick(['bogus', '__proto__', 'constructor'])}":${deep},`)
    const spot = this.#pick(spots)
    const at = (spot.index ?? 0) + 1
    return text.slice(0, at) + deep + text.slice(at + spot[0].length - 1)
  }

  #oddForm(text: string): string {
    const pairs = text.split('&')
    const at = Math.floor(this.#settings.random() * pairs.length)
    const [key = '', value = ''] = (pairs[at] ?? '').split('=', 2)
    const odd = encodeURIComponent(this.#pick(ODD_TEXTS).toWellFormed())
    pairs[at] = this.#pick([
      `${key}=${odd}`,
      `${key}=${odd}`,
      `${key}.1=${value}`,
      `${key}.member.1.${odd}=x`,
      `${key}.${'1.'.repeat(200)}=x`,
      `${odd}=${value}`,
      key,
      `${key}=%zz`,
    ])
    return pairs.join('&')
  }

  /** Anything at all. */
  #raw(): AwsRequest {
    const target = this.#pick([
      '',
      'Logs_20140328.CreateLogGroup',
      'Logs_20140328.',
      'x',
      'Logs_20140328.__proto__',
    ])
    const action = this.#pick([
      'CreateRole',
      'DescribeVpcs',
      'GetCallerIdentity',
      'constructor',
      '',
      'ListStacks',
    ])
    const odd = this.#pick(ODD_TEXTS).toWellFormed()
    const body = this.#pick([
      odd,
      `Action=${action}&${odd}`,
      JSON.stringify(this.#pick(ODD_JSON)),
      `{"${odd}`,
      '\u0000\u0001',
    ])
    return {
      method: this.#pick(METHODS),
      url: this.#chance(0.5) ? '/' : `/${encodeURIComponent(odd)}?Action=${action}`,
      headers: target === '' ? {} : { 'x-amz-target': target },
      body: Buffer.from(body),
    }
  }

  /** A signed request whose signature is not, or no longer, right. */
  #forge(request: AwsRequest): AwsRequest {
    const authorization = request.headers['authorization'] ?? ''
    const odd = this.#pick(ODD_TEXTS).toWellFormed()
    const forged = this.#pick([
      authorization.slice(0, -3),
      authorization.replace(
        /SignedHeaders=[^,]*/,
        `SignedHeaders=host;${this.#pick(['__proto__', 'constructor', odd])}`,
      ),
      authorization.replace(/Credential=[^,]*/, `Credential=${odd}`),
      authorization.replace('AWS4-HMAC-SHA256', odd),
      odd,
    ])
    const date = this.#pick([
      request.headers['x-amz-date'] ?? '',
      '',
      odd,
      '99999999T999999Z',
      '20200101T000000Z',
    ])
    return { ...request, headers: { ...request.headers, authorization: forged, 'x-amz-date': date } }
  }

  #presigned(): AwsRequest {
    const { credentials, region, nowMs } = this.#settings
    const date = amzDate(nowMs())
    const odd = this.#pick(ODD_TEXTS).toWellFormed()
    const query = new URLSearchParams({
      Action: this.#pick(['GetCallerIdentity', odd]),
      Version: '2011-06-15',
      'X-Amz-Algorithm': this.#pick(['AWS4-HMAC-SHA256', odd]),
      'X-Amz-Credential': this.#pick([
        `${credentials.accessKeyId}/${date.slice(0, 8)}/${region}/sts/aws4_request`,
        odd,
      ]),
      'X-Amz-Date': this.#pick([date, odd]),
      'X-Amz-Expires': this.#pick(['60', 'abc', '1e9', 'Infinity', '-5', odd]),
      'X-Amz-SignedHeaders': this.#pick(['host', 'host;__proto__', odd]),
      'X-Amz-Signature': odd,
    })
    return {
      method: 'GET',
      url: `/?${query.toString()}`,
      headers: { host: 'localhost:4566' },
      body: Buffer.from(''),
    }
  }
}
