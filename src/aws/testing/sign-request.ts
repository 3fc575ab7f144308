// Owns signing a request of a test, without the SDK's signer: thousands a second.
import type { AwsRequest } from '../protocol/message.ts'
import { amzDate, signatureOf } from '../protocol/sigv4.ts'

export interface SigningOptions {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  /** The name in the scope: `eks`, `elasticloadbalancing`, …. */
  readonly service: string
  readonly nowMs: number
}

/** The request with an Authorization header over its Host, its date and its body. */
export function signRequest(request: AwsRequest, options: SigningOptions): AwsRequest {
  const date = amzDate(options.nowMs)
  const scope = { date: date.slice(0, 8), region: options.region, service: options.service }
  const headers = { host: 'localhost:4566', ...request.headers, 'x-amz-date': date }
  const signedHeaders = ['host', 'x-amz-date']
  const signature = signatureOf(
    { ...request, headers },
    {
      accessKeyId: options.accessKeyId,
      scope,
      amzDate: date,
      signedHeaders,
      signature: '',
      sessionToken: undefined,
    },
    options.secretAccessKey,
  )
  const credential = `${options.accessKeyId}/${scope.date}/${scope.region}/${scope.service}/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return { ...request, headers: { ...headers, authorization } }
}
