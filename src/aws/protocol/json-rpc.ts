// Owns JSON 1.1 (awsJson1_1): the operation in X-Amz-Target, all members in one JSON body.
import { fromJson, toJson } from './json.ts'
import { bodyJson, encodeJsonError, jsonError } from './json-body.ts'
import { headerOf } from './message.ts'
import { rowOf, type Wire } from './wire.ts'

const CONTENT_TYPE = 'application/x-amz-json-1.1'

/** JSON 1.1, as CloudWatch Logs speaks it. */
export const jsonRpc: Wire = {
  operationOf: (_, request) => headerOf(request, 'x-amz-target')?.split('.').at(-1),
  decodeInput: (schema, operation, request) =>
    fromJson(schema, rowOf(schema, operation).input, bodyJson(request.body)) as Record<string, unknown>,
  encodeOutput: ({ schema, operation, requestId }, output) => ({
    status: 200,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId },
    body: JSON.stringify(toJson(schema, rowOf(schema, operation).output, output ?? {})),
  }),
  encodeInput: (schema, operation, input) => ({
    method: 'POST',
    url: '/',
    headers: { 'content-type': CONTENT_TYPE, 'x-amz-target': `${schema.file.target}.${operation}` },
    body: Buffer.from(JSON.stringify(toJson(schema, rowOf(schema, operation).input, input))),
  }),
  encodeError: (requestId, error) => encodeJsonError(requestId, error),
  decodeOutput: (schema, operation, response) =>
    fromJson(schema, rowOf(schema, operation).output, bodyJson(response.body)),
  decodeError: (_, response) => jsonError(response),
}
