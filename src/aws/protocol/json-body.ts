// Owns what both JSON protocols do with bodies: reading them and carrying errors in them.
import { AwsError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { AwsResponse } from './message.ts'

/** The JSON object in a body; an empty body is an empty object. @throws AwsError SerializationException. */
export function bodyJson(body: string | Uint8Array): Record<string, unknown> {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
  if (text === '') return {}
  if (isTooDeep(text)) throw new AwsError('SerializationException', 'The request body is nested too deeply')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (!isObject(value)) throw new AwsError('SerializationException', 'The request body is not a JSON object')
  return value
}

// No body of any service is a quarter as deep; what walks values later does so by recursion.
const MAX_DEPTH = 64

/** True when brackets are open in more levels than any body has; brackets in texts are not counted. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let isInText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (isInText) {
      if (character === '\\') at += 1
      else if (character === '"') isInText = false
    } else if (character === '"') isInText = true
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
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
