// Owns how an operation or a service that is not here is refused: with AWS's own code for what it does not know, so
// that clients' fall-backs work, and with a sentence that says whose limit it is. Never a 5xx, which is retried.
import { AwsError } from '../../base/errors.ts'
import { headerOf, pathOf, type AwsRequest, type AwsResponse } from './message.ts'
import { parameterOf } from './query.ts'
import type { Schema } from './schema.ts'
import type { ServiceAddress, WireProtocol } from './service.ts'
import { wireOf } from './wires.ts'
import { textElement } from './xml.ts'

/**
 * The refusal of an operation by its name, whether AWS has it or not.
 * Words of EC2: hashicorp/terraform-provider-aws ec2_eip.go; of the query services as they send them; JSON services
 * send the code alone (aws/aws-sdk-net#1536).
 */
export function unknownOperation(service: ServiceAddress, schema: Schema, operation: string): AwsError {
  const isOfAws = schema.operation(operation) !== undefined
  const sentence = `${operation} is not emulated by Neargate.`
  const withSentence = (text: string): string => (isOfAws ? `${text} ${sentence}` : text)
  switch (service.protocol) {
    case 'ec2':
      return invalidAction(withSentence(`The action ${operation} is not valid for this web service.`))
    case 'query':
      return invalidAction(
        withSentence(`Could not find operation ${operation} for version ${schema.file.version}.`),
      )
    case 'rest-xml':
      return new AwsError(
        'NotImplemented',
        isOfAws ? sentence : `The operation ${operation} is not known to ${service.schema}.`,
      )
    case 'rest-json':
    case 'json-1.1':
      return new AwsError(
        'UnknownOperationException',
        isOfAws ? sentence : `The operation ${operation} is not known to ${service.schema}.`,
        { status: service.protocol === 'rest-json' ? 404 : 400 },
      )
  }
}

function invalidAction(message: string): AwsError {
  return new AwsError('InvalidAction', message)
}

/** The refusal of a request that names no operation of its service. */
export function missingOperation(service: ServiceAddress, request: AwsRequest): AwsError {
  if (service.protocol === 'rest-json') {
    const path = `${request.method} ${pathOf(request)}`
    return new AwsError('UnknownOperationException', `No operation of ${service.schema} is at ${path}.`, {
      status: 404,
    })
  }
  if (service.protocol === 'rest-xml') {
    const path = `${request.method} ${pathOf(request)}`
    return new AwsError('MethodNotAllowed', `No operation of ${service.schema} is at ${path}.`, {
      status: 405,
    })
  }
  if (service.protocol === 'json-1.1') {
    return new AwsError('UnknownOperationException', 'The request has no X-Amz-Target of this service.')
  }
  return new AwsError('MissingAction', 'The request must contain the parameter Action')
}

/** The protocol that a request looks like, where its service does not say. */
export function guessProtocol(request: AwsRequest): WireProtocol {
  if (headerOf(request, 'x-amz-target') !== undefined) return 'json-1.1'
  return parameterOf(request, 'Action') === undefined ? 'rest-json' : 'query'
}

// Services of XML by method and path whose errors look like those of the query protocol; S3 has its own.
const XML = new Set(['route53', 'cloudfront'])

/** The refusal of every request to a service that is not emulated, in the protocol that the request looks like. */
export function refuseService(
  request: AwsRequest,
  { requestId, name }: { readonly requestId: string; readonly name: string },
): AwsResponse {
  const message = `The service ${name} is not emulated by Neargate.`
  if (name.startsWith('s3')) {
    const body = `${textElement('Code', 'NotImplemented')}${textElement('Message', message)}${textElement('RequestId', requestId)}`
    return {
      status: 400,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${body}</Error>`,
    }
  }
  const protocol = XML.has(name) ? 'query' : guessProtocol(request)
  const error =
    protocol === 'query'
      ? invalidAction(message)
      : new AwsError('UnknownOperationException', message, { status: protocol === 'rest-json' ? 404 : 400 })
  return wireOf(protocol).encodeError(requestId, error, undefined)
}
