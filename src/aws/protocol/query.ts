// Owns the two query protocols (awsQuery and ec2Query): form bodies in, XML out.
import { AwsError } from '../../base/errors.ts'
import { formOf, queryOf, type AwsRequest, type AwsResponse } from './message.ts'
import { fromPairs, toPairs, type Dialect } from './query-input.ts'
import type { Schema } from './schema.ts'
import { rowOf, type Wire } from './wire.ts'
import { childOf, fromXml, parseXml, textElement, toXml } from './xml.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** All parameters of a query request: those of the URL first, then those of the body. */
export function parametersOf(request: AwsRequest): readonly (readonly [string, string])[] {
  return [...queryOf(request), ...formOf(request.body)]
}

/** One parameter of a query request. */
export function parameterOf(request: AwsRequest, name: string): string | undefined {
  return parametersOf(request).find(([key]) => key === name)?.[1]
}

function xmlResponse(status: number, requestId: string, body: string): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: DECLARATION + body,
  }
}

function textOf(response: AwsResponse): string {
  return typeof response.body === 'string' ? response.body : Buffer.from(response.body).toString('utf8')
}

function common(dialect: Dialect): Pick<Wire, 'operationOf' | 'decodeInput' | 'encodeInput'> {
  return {
    operationOf: (_, request) => parameterOf(request, 'Action'),
    decodeInput: (schema, operation, request) =>
      fromPairs(dialect, schema, { ref: rowOf(schema, operation).input, pairs: parametersOf(request) }),
    encodeInput: (schema, operation, input) => {
      const members = toPairs(dialect, schema, { ref: rowOf(schema, operation).input, value: input })
      return {
        method: 'POST',
        url: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(`Action=${operation}&Version=${schema.file.version}${members}`),
      }
    },
  }
}

function namespaceOf(schema: Schema | undefined): string {
  return schema?.file.xmlNamespace ? ` xmlns="${schema.file.xmlNamespace}"` : ''
}

/** awsQuery, as IAM, STS, CloudFormation, ELBv2 and Auto Scaling speak it. */
export const awsQuery: Wire = {
  ...common('query'),
  encodeOutput: ({ schema, operation, requestId }, output) => {
    const { output: ref } = rowOf(schema, operation)
    const hasResult = ref !== 'Unit'
    const result = hasResult
      ? `<${operation}Result>${toXml(schema, ref, output ?? {})}</${operation}Result>`
      : ''
    const metadata = `<ResponseMetadata>${textElement('RequestId', requestId)}</ResponseMetadata>`
    return xmlResponse(
      200,
      requestId,
      `<${operation}Response${namespaceOf(schema)}>${result}${metadata}</${operation}Response>`,
    )
  },
  encodeError: (requestId, error, schema) =>
    xmlResponse(
      error.status,
      requestId,
      `<ErrorResponse${namespaceOf(schema)}><Error>${textElement('Type', error.status < 500 ? 'Sender' : 'Receiver')}${textElement('Code', error.code)}${textElement('Message', error.message)}</Error>${textElement('RequestId', requestId)}</ErrorResponse>`,
    ),
  decodeOutput: (schema, operation, response) => {
    const result = childOf(parseXml(textOf(response)), `${operation}Result`)
    return fromXml(schema, rowOf(schema, operation).output, result ?? { name: '', text: '', children: [] })
  },
  decodeError: (_, response) => errorIn(response, ['Error']),
}

/** ec2Query: the output's members directly in the response, errors in `<Response><Errors>`. */
export const ec2Query: Wire = {
  ...common('ec2'),
  encodeOutput: ({ schema, operation, requestId }, output) => {
    const { output: ref } = rowOf(schema, operation)
    // Operations without output answer <return>true</return>.
    const content = ref === 'Unit' ? textElement('return', 'true') : toXml(schema, ref, output ?? {})
    return xmlResponse(
      200,
      requestId,
      `<${operation}Response${namespaceOf(schema)}>${textElement('requestId', requestId)}${content}</${operation}Response>`,
    )
  },
  encodeError: (requestId, error) =>
    xmlResponse(
      error.status,
      requestId,
      `<Response><Errors><Error>${textElement('Code', error.code)}${textElement('Message', error.message)}</Error></Errors>${textElement('RequestID', requestId)}</Response>`,
    ),
  decodeOutput: (schema, operation, response) =>
    fromXml(schema, rowOf(schema, operation).output, parseXml(textOf(response))),
  decodeError: (_, response) => errorIn(response, ['Errors', 'Error']),
}

function errorIn(response: AwsResponse, path: readonly string[]): AwsError {
  const root = parseXml(textOf(response))
  const error = path.reduce<ReturnType<typeof childOf>>((element, name) => childOf(element, name), root)
  const code = childOf(error, 'Code')?.text ?? 'UnknownError'
  return new AwsError(code, childOf(error, 'Message')?.text ?? '', { status: response.status })
}
