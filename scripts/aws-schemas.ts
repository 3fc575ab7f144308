// Writes generated/aws/<service>.json: operations, shapes and errors out of the schemas that the AWS SDK clients export,
// or as they stand in data/aws-schemas/.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { awsServices, type ServiceFacts } from '../src/aws/protocol/services.ts'

// How @smithy/core/schema encodes things (dist-es/submodules/schema/schemas/sentinels.js and operation.js).
const [SIMPLE, LIST, MAP, STRUCTURE, ERROR, UNION, OPERATION] = [0, 1, 2, 3, -3, 4, 9]
const MASKS = ['httpLabel', 'idempotent', 'idempotencyToken', 'sensitive', 'httpPayload'] as const
// Traits that change what is on the wire; the others (sensitive, endpoint, streaming, …) do not concern a server.
const KEPT = new Set([
  'httpLabel',
  'httpQuery',
  'httpQueryParams',
  'httpHeader',
  'httpPrefixHeaders',
  'httpPayload',
  'idempotencyToken',
  'jsonName',
  'xmlName',
  'xmlAttribute',
  'ec2QueryName',
  'xmlFlattened',
])

type Traits = Record<string, unknown>
type Ref = unknown
type Shape = Record<string, unknown>

/** Reads one client package into the table that src/aws/protocol/schema.ts describes. */
export function extractSchemas(pack: string, client: string): object {
  const exported = createRequire(import.meta.url)(`@aws-sdk/client-${pack}`) as Record<string, unknown>
  const shapes: Record<string, Shape> = {}
  const operations: Record<string, object> = {}
  const errors: Record<string, object> = {}
  for (const value of Object.values(exported)) {
    if (!Array.isArray(value)) continue
    if (value[0] === OPERATION) {
      const [, , name, traits, input, output] = value as [number, string, string, unknown, Ref, Ref]
      const { http } = translate(traits)
      operations[name] = {
        input: reference(input, shapes)[0],
        output: reference(output, shapes)[0],
        ...(http ? { http } : {}),
        ...rootOf(output),
      }
    } else if (value[0] === ERROR) {
      const [, , name, traits] = value as [number, string, string, unknown]
      const { awsQueryError, httpError, error } = translate(traits)
      const [code, queryStatus] = (awsQueryError ?? []) as [string?, number?]
      // Smithy: an error without httpError is 400 when the client is at fault, otherwise 500.
      const status = queryStatus ?? httpError ?? (error === 'server' ? 500 : 400)
      reference(value, shapes)
      errors[name] = { status, ...(code && code !== name ? { code } : {}) }
    }
  }
  return { ...settingsOf(exported[client]), operations, errors, shapes }
}

// Version, X-Amz-Target prefix and XML namespace are settings of the client's protocol.
function settingsOf(clientClass: unknown): object {
  const Client = clientClass as new (options: object) => {
    config: { protocolSettings: Record<string, string> }
  }
  const { version, serviceTarget, xmlNamespace } = new Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  }).config.protocolSettings
  return { version, target: serviceTarget, xmlNamespace }
}

/** The element of an answer, where its shape names one: S3 alone. */
function rootOf(output: Ref): { xmlName?: unknown } {
  const shape = typeof output === 'function' ? (output as () => unknown)() : output
  const { xmlName } = translate(Array.isArray(shape) ? shape[3] : undefined)
  return xmlName === undefined ? {} : { xmlName }
}

function translate(traits: unknown): Traits {
  if (typeof traits === 'object' && traits !== null) return traits as Traits
  const mask = Number(traits ?? 0)
  return Object.fromEntries(MASKS.flatMap((name, bit) => ((mask >> bit) & 1 ? [[name, 1]] : [])))
}

/** Name of a shape (or the number of a simple one) and the member's traits; adds named shapes to `shapes`. */
function reference(ref: Ref, shapes: Record<string, Shape>): [string | number, Traits] {
  let schema = ref
  let traits: Traits = {}
  for (;;) {
    if (typeof schema === 'function') schema = (schema as () => unknown)()
    if (!Array.isArray(schema) || schema.length !== 2) break
    traits = { ...translate(schema[1]), ...traits }
    schema = schema[0]
  }
  const kept = (all: Traits): Traits =>
    Object.fromEntries(Object.entries(all).filter(([key]) => KEPT.has(key)))
  if (schema === 'unit') return ['Unit', kept(traits)]
  if (!Array.isArray(schema)) return [Number(schema), kept(traits)]
  const [kind, , name, own] = schema as [number, string, string, unknown]
  if (kind === SIMPLE) return [Number(schema[4]), kept({ ...translate(own), ...traits })]
  if (!shapes[name]) {
    shapes[name] = {}
    Object.assign(shapes[name], describe(kind, schema, shapes))
  }
  return [name, kept({ ...translate(own), ...traits })]
}

function describe(kind: number, schema: unknown[], shapes: Record<string, Shape>): Shape {
  const member = (ref: Ref): unknown => {
    const [shape, traits] = reference(ref, shapes)
    return Object.keys(traits).length > 0 ? [shape, traits] : shape
  }
  if (kind === LIST) return { list: member(schema[4]) }
  if (kind === MAP) return { key: member(schema[4]), map: member(schema[5]) }
  if (kind !== STRUCTURE && kind !== ERROR && kind !== UNION) throw new Error(`unknown schema kind ${kind}`)
  const names = schema[4] as string[]
  const refs = schema[5] as Ref[]
  // The required members come first; the seventh element counts them.
  const required = Number(schema[6] ?? 0)
  return {
    members: Object.fromEntries(names.map((name, index) => [name, member(refs[index])])),
    ...(required && kind !== UNION ? { required } : {}),
  }
}

/** Writes the tables of all services into the directory `target`. */
export function writeAwsSchemas(target: URL): void {
  mkdirSync(target, { recursive: true })
  for (const [name, { client }] of Object.entries<ServiceFacts>(awsServices)) {
    const file = new URL(`${name}.json`, target)
    if (client) writeFileSync(file, JSON.stringify(extractSchemas(client[0], client[1])))
    else copyFileSync(new URL(`../data/aws-schemas/${name}.json`, import.meta.url), file)
  }
}
