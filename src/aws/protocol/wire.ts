// Owns the interface of a wire protocol: both directions, for the endpoint and for our own client.
import type { AwsError } from '../../base/errors.ts'
import type { AwsRequest, AwsResponse } from './message.ts'
import type { OperationRow, Schema } from './schema.ts'

/** What an answer belongs to. */
export interface Exchange {
  readonly schema: Schema
  readonly operation: string
  readonly requestId: string
}

export interface Wire {
  /** The operation a request names, without its input; undefined when it names none. */
  operationOf(schema: Schema, request: AwsRequest): string | undefined
  /** The members as handlers see them; types checked, required members not yet.
   * @throws ViolationError, or AwsError for a body that cannot be read at all. */
  decodeInput(schema: Schema, operation: string, request: AwsRequest): Record<string, unknown>
  encodeOutput(exchange: Exchange, output: unknown): AwsResponse
  encodeError(requestId: string, error: AwsError, schema: Schema | undefined): AwsResponse
  encodeInput(schema: Schema, operation: string, input: object): AwsRequest
  decodeOutput(schema: Schema, operation: string, response: AwsResponse): unknown
  decodeError(schema: Schema, response: AwsResponse): AwsError
}

/** The operation's row; the caller has established that it exists. */
export function rowOf(schema: Schema, operation: string): OperationRow {
  return schema.operation(operation) ?? { input: 'Unit', output: 'Unit' }
}
