// Owns what S3's requests have that no other service's do: buckets in the host's name, and bodies in chunks.
import { AwsError } from '../../base/errors.ts'
import { headerOf, type AwsRequest } from './message.ts'

// `BUCKET.s3.REGION.amazonaws.com` of --aws-names and `BUCKET.localhost` of an endpoint with a name.
const VIRTUAL_HOSTS = [
  /^(.+)\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?::\d+)?$/,
  /^(.+)\.s3\.localhost(?::\d+)?$/,
  /^(.+)\.localhost(?::\d+)?$/,
]

/** A request whose bucket stands in the host's name, as if it stood in the path. */
export function inPathStyle(request: AwsRequest): AwsRequest {
  const host = headerOf(request, 'host') ?? ''
  for (const pattern of VIRTUAL_HOSTS) {
    const bucket = pattern.exec(host)?.[1]
    if (bucket === 's3') return request
    if (bucket !== undefined) return { ...request, url: `/${bucket}${request.url}` }
  }
  return request
}

const TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

/**
 * A body that was sent in chunks (`aws-chunked`), put together; the headers behind it, a checksum, come to the others.
 * @throws AwsError for chunks that are signed one by one, and for a body that is no such thing
 */
export function dechunked(request: AwsRequest): AwsRequest {
  const declared = headerOf(request, 'x-amz-content-sha256')
  if (!declared?.startsWith('STREAMING-')) return request
  if (declared !== TRAILER) {
    throw new AwsError('NotImplemented', `x-amz-content-sha256 ${declared} is not emulated by Neargate.`)
  }
  const body = Buffer.from(request.body)
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const end = body.indexOf('\r\n', at)
    const size = end < 0 ? Number.NaN : Number.parseInt(body.subarray(at, end).toString('latin1'), 16)
    if (Number.isNaN(size) || end + 2 + size > body.length) {
      throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly')
    }
    at = end + 2
    if (size === 0) break
    chunks.push(body.subarray(at, at + size))
    at += size + 2
  }
  const { 'content-encoding': encoding = '', ...headers } = request.headers
  const kept = encoding
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'aws-chunked')
  return {
    ...request,
    headers: {
      ...headers,
      ...(kept.length > 0 ? { 'content-encoding': kept.join(',') } : {}),
      ...trailers(body.subarray(at).toString('latin1')),
    },
    body: Buffer.concat(chunks),
  }
}

function trailers(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  )
}
