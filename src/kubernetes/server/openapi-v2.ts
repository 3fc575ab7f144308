// Owns the OpenAPI v2 document: which paths take which query parameters, and no definitions.
// kubectl asks it, for a `List` even before version 3, whether the server validates fields itself.
// Source of the numbers: google/gnostic openapiv2/OpenAPIv2.proto.
import { apiRoot } from '../../rules/kubernetes/resource-names.ts'
import type { Kind } from '../resources/kind.ts'

/** Media type of the document. Clients ask with an `@` before the version, which no media type may have. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

const PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force']

/** The document in protobuf. */
export function openApiV2Document(kinds: readonly Kind[]): Uint8Array {
  const info = message([1, 'Kubernetes'], [2, 'unversioned'])
  const paths = kinds.map((kind) => message([1, pathOf(kind)], [2, message([8, patchOperation(kind)])]))
  return message([1, '2.0'], [2, info], [8, message(...paths.map((path) => [2, path] as const))])
}

function pathOf({ resource }: Kind): string {
  const { plural, namespaced } = resource
  const root = apiRoot(resource)
  return `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`
}

function patchOperation({ resource }: Kind): Buffer {
  const { group, version, kind } = resource
  const extension = message(
    [1, 'x-kubernetes-group-version-kind'],
    [2, message([2, JSON.stringify({ group, kind, version })])],
  )
  const parameters = PARAMETERS.map((name) => {
    const query = message([2, 'query'], [4, name], [6, name === 'force' ? 'boolean' : 'string'])
    // ParametersItem > Parameter > NonBodyParameter > QueryParameterSubSchema
    return [8, message([1, message([2, message([3, query])])])] as const
  })
  return message(...parameters, [13, extension])
}

/** A protobuf message of length-delimited fields. */
function message(...fields: readonly (readonly [number, string | Buffer])[]): Buffer {
  const parts = fields.flatMap(([number, value]) => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return [varint(number * 8 + 2), varint(bytes.length), bytes]
  })
  return Buffer.concat(parts)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}
