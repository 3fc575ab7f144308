// Owns the form of an HTTP exchange inside the endpoint, free of sockets so that tests need no port.
import { own } from '../../base/json.ts'

export interface AwsRequest {
  readonly method: string
  /** Path and query exactly as sent: signatures cover the raw text. */
  readonly url: string
  /** Lower-case names; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface AwsResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** No answer at all: the connection ends. */
  readonly isCut?: true
}

/** The value of a header; the names that a signature claims to cover are the sender's to choose. */
export function headerOf(request: Pick<AwsRequest, 'headers'>, name: string): string | undefined {
  return own(request.headers, name)
}

/** The path without its query. */
export function pathOf(request: Pick<AwsRequest, 'url'>): string {
  const question = request.url.indexOf('?')
  return question < 0 ? request.url : request.url.slice(0, question)
}

/** The query, decoded; `+` is a space only in form bodies, not here, as AWS reads it. */
export function queryOf(request: Pick<AwsRequest, 'url'>): readonly (readonly [string, string])[] {
  const question = request.url.indexOf('?')
  return question < 0 ? [] : parsePairs(request.url.slice(question + 1), decodeText)
}

/** The pairs of an `application/x-www-form-urlencoded` body. */
export function formOf(body: Uint8Array): readonly (readonly [string, string])[] {
  return parsePairs(Buffer.from(body).toString('utf8'), (text) => decodeText(text.replaceAll('+', ' ')))
}

function parsePairs(text: string, decode: (text: string) => string): readonly (readonly [string, string])[] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]
    })
}

/** Percent-encoded text as it was; a stray percent sign stands for itself. */
export function decodeText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** RFC 3986 escaping as SigV4 wants it: everything but letters, digits and `-._~`. */
export function escapeUri(text: string): string {
  // Half a surrogate pair has no encoding; a request that carries one cannot have been signed over it.
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
