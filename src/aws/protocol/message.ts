// Owns the form of an HTTP exchange inside the endpoint, free of sockets so that tests need no port.

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

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign stands for itself.
    return text
  }
}

/** RFC 3986 escaping as SigV4 wants it: everything but letters, digits and `-._~`. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
