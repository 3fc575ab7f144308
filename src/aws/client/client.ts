// Owns the light AWS client: any operation of the extracted tables over signed HTTP, without the SDK's packages.
import { setTimeout as sleepFor } from 'node:timers/promises'

import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'

import { InternalError, isAwsCode } from '../../base/errors.ts'
import { checkInput } from '../protocol/input.ts'
import type { AwsRequest, AwsResponse } from '../protocol/message.ts'
import { pathOf, queryOf } from '../protocol/message.ts'
import { REGION_HEADER } from '../protocol/region-of.ts'
import { createSchemaLoader, type SchemaLoader } from '../protocol/schema.ts'
import type { AwsCaller } from '../protocol/service.ts'
import { awsServices, isServiceName } from '../protocol/services.ts'
import { wireOf } from '../protocol/wires.ts'

export interface AwsClientOptions {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly region: string
  /** Without them requests go unsigned, as those of AssumeRoleWithWebIdentity do. */
  readonly credentials?: () => Promise<{
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }>
  /** Shared with an endpoint in the same process, each table is read once. */
  readonly schemas?: SchemaLoader
  /** Waits between attempts; a clock's `sleep` where time is injected. */
  readonly sleep?: (delayMs: number) => Promise<unknown>
}

// The SDK's list of throttling codes that these services send.
const THROTTLING = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]
const MAX_ATTEMPTS = 5
const FIRST_DELAY_MS = 100

/**
 * A caller that goes the way of every other client: encoded by the service's schema, signed, over HTTP. Only
 * throttling is retried. The context of a call is the server's to make, and ignored here.
 */
export function createAwsClient(options: AwsClientOptions): AwsCaller {
  const { schemas = createSchemaLoader() } = options
  const sleep = options.sleep ?? ((delayMs: number) => sleepFor(delayMs))
  return {
    async call<Output>(service: string, operation: string, input: object): Promise<Output> {
      if (!isServiceName(service)) throw new InternalError(`no AWS service is called ${service}`)
      const facts = awsServices[service]
      const schema = schemas(service)
      const row = schema.operation(operation)
      if (!row) throw new InternalError(`${service} has no operation ${operation}`)
      const wire = wireOf(facts.protocol)
      checkInput(schema, row.input, { protocol: facts.protocol, input })
      const request = wire.encodeInput(schema, operation, input)
      for (let attempt = 1; ; attempt++) {
        const response = await send(await sign(request, facts.signingName, options))
        // The output is what the schema calls the operation's output.
        if (response.status < 300) return wire.decodeOutput(schema, operation, response) as Output
        const error = wire.decodeError(schema, response)
        if (attempt === MAX_ATTEMPTS || !isAwsCode(error, ...THROTTLING)) throw error
        await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1))
      }
    },
  }
}

interface SignedRequest extends AwsRequest {
  readonly origin: string
}

async function sign(request: AwsRequest, service: string, options: AwsClientOptions): Promise<SignedRequest> {
  const { protocol, hostname, port, host, origin } = new URL(options.endpoint)
  if (!options.credentials) {
    return { ...request, headers: { ...request.headers, host, [REGION_HEADER]: options.region }, origin }
  }
  const signer = new SignatureV4({
    service,
    region: options.region,
    credentials: options.credentials,
    sha256: Sha256,
  })
  const query: Record<string, string[]> = {}
  for (const [key, value] of queryOf(request)) (query[key] ??= []).push(value)
  const signed = await signer.sign({
    method: request.method,
    protocol,
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path: pathOf(request),
    query,
    headers: { ...request.headers, host },
    body: request.body,
  })
  return { ...request, headers: signed.headers, origin }
}

async function send(request: SignedRequest): Promise<AwsResponse> {
  const { host: _, ...headers } = request.headers
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  const response = await fetch(request.origin + request.url, {
    method: request.method,
    headers,
    ...(hasBody ? { body: Buffer.from(request.body) } : {}),
  })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  }
}
