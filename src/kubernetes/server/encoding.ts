// Owns the bytes of an object in each media type: JSON, YAML, protobuf.
import { stringify } from 'yaml'

import { StatusError } from '../../base/errors.ts'
import { typeNameOf } from '../schema/fields.ts'
import { encodeProtobuf, hasProtobuf } from '../schema/protobuf.ts'
import { warningHeaders, type ApiRequest, type ApiResponse, type LongBody } from './http.ts'
import { JSON_TYPE, negotiate, PROTOBUF_TYPE, YAML_TYPE, type Accepted } from './negotiation.ts'

/** What of a request says how its answer is to look. */
export type Asking = Pick<ApiRequest, 'headers' | 'url'>

const PLAIN_JSON: Accepted = { type: JSON_TYPE, pretty: false }

interface AnswerOptions {
  readonly status?: number
  readonly warnings?: readonly string[]
}

/** An object as the answer to a request, in the media type that was negotiated for it. */
export function encodedResponse(accepted: Accepted, body: object, options: AnswerOptions = {}): ApiResponse {
  return bytesResponse(accepted, encodeObject(accepted, body), options)
}

/** What has been encoded as it was negotiated. */
export function bytesResponse(
  accepted: Accepted,
  body: string | Uint8Array | LongBody,
  { status = 200, warnings = [] }: AnswerOptions = {},
): ApiResponse {
  return {
    status,
    headers: {
      'content-type': accepted.type,
      'cache-control': 'no-cache, private',
      ...warningHeaders(warnings),
    },
    body,
  }
}

/** An object in the form that the request accepts, or JSON when it accepts none that the object has. */
export function objectAnswer(request: Asking | undefined, status: number, body: object): ApiResponse {
  return encodedResponse(request ? acceptedOr(request, body) : PLAIN_JSON, body, { status })
}

function acceptedOr(request: Asking, body: object): Accepted {
  try {
    return acceptedFor(request, { transforms: false, protobuf: protobufType(body) !== undefined })
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return PLAIN_JSON
  }
}

/** What a request accepts, and whether it is to be indented. @throws StatusError NotAcceptable. */
export function acceptedFor(request: Asking, offer?: Parameters<typeof negotiate>[1]): Accepted {
  const accepted = negotiate(request.headers['accept'], offer)
  return { ...accepted, pretty: accepted.pretty || isForPeople(request) }
}

// apiserver negotiation.isPrettyPrint: browsers and command line tools get indented JSON unless they say otherwise.
function isForPeople({ headers, url }: Asking): boolean {
  const asked = /[?&]pretty=([^&]*)/.exec(url)?.[1]
  if (asked) return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(asked)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '')
}

/** True for JSON without line breaks, as programs ask for it. */
export function isCompactJson({ type, pretty }: Accepted): boolean {
  return type === JSON_TYPE && !pretty
}

/** The bytes of an object. @throws StatusError NotAcceptable when it has no protobuf form. */
export function encodeObject({ type, pretty }: Accepted, body: object): string | Uint8Array {
  switch (type) {
    case JSON_TYPE:
      return pretty ? JSON.stringify(body, null, 2) : `${JSON.stringify(body)}\n`
    case YAML_TYPE:
      // Keys in order and lists not indented, as sigs.k8s.io/yaml writes them.
      return stringify(body, {
        sortMapEntries: true,
        indentSeq: false,
        lineWidth: 0,
        aliasDuplicateObjects: false,
      })
    case PROTOBUF_TYPE: {
      const name = protobufType(body)
      if (name === undefined) {
        throw new StatusError('NotAcceptable', 'object does not implement the protobuf marshalling interface')
      }
      return encodeProtobuf(name, body)
    }
  }
}

/** The type that an object is encoded as in protobuf; undefined when it has no such form. */
export function protobufType(body: object): string | undefined {
  const { apiVersion, kind } = body as { readonly apiVersion?: unknown; readonly kind?: unknown }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined
  const name = typeNameOf(apiVersion, kind)
  return name !== undefined && hasProtobuf(name) ? name : undefined
}
