// Owns what both JSON protocols do with bodies: reading them and carrying errors in them.
import { AwsError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { AwsResponse } from './message.ts'

/** The JSON object in a body; an empty body is an empty object. @throws AwsError SerializationException. */
export function bodyJson(body: string | Uint8Array): Record<string, unknown> {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (!isObject(value)) throw new AwsError('SerializationException', 'The request body is not a JSON object')
  return value
}

/** An error as a JSON body: `__type`, `message` and the members of the modelled exception. */
export function encodeJsonError(requestId: string, error: AwsError): AwsResponse {
  return {
    status: error.status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
    body: JSON.stringify({ __type: error.code, message: error.message, ...error.fields }),
  }
}

/** The error in a JSON body. */
export function jsonError(response: AwsResponse): AwsError {
  const { __type, message, Message, code, ...fields } = bodyJson(response.body)
  const text = message ?? Message
  const type = typeof __type === 'string' ? __type : typeof code === 'string' ? code : 'UnknownError'
  return new AwsError(type.split('#').at(-1) ?? type, typeof text === 'string' ? text : '', {
    status: response.status,
    fields,
  })
}
