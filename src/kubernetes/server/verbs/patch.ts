// Owns PATCH of an object or its status, all four types.
import { StatusError } from '../../../base/errors.ts'
import { own } from '../../../base/json.ts'
import type { PatchType } from '../../client/client.ts'
import type { Call } from '../api.ts'
import type { ParsedJson } from '../../schema/json-text.ts'
import { fieldValidationOf, mediaTypeOf, parseBody } from '../body.ts'
import type { ApiResponse } from '../http.ts'
import { patchChange } from '../patching.ts'
import { objectResponse } from '../representation.ts'
import { forceOf, writeContext } from '../request-options.ts'
import { creatingChange } from './creation.ts'

const types: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

// What merges which way is said by Go's types, and custom resources have none.
const UNKNOWN_FORMAT = 'the body of the request was in an unknown format - accepted media types include:'

/** The patch type of a request. @throws StatusError UnsupportedMediaType. */
export function patchTypeOf(call: Call): PatchType {
  const type = own(types, mediaTypeOf(call.request))
  if (type === 'strategic' && call.kind.schema.custom) {
    const accepted = Object.keys(types).filter((media) => types[media] !== 'strategic')
    throw new StatusError('UnsupportedMediaType', `${UNKNOWN_FORMAT} ${accepted.join(', ')}`)
  }
  if (type) return type
  throw new StatusError('UnsupportedMediaType', '415: Unsupported Media Type', { name: '' })
}

// handlers/patch.go: each type is read by a reader of its own, which says so.
function readPatch({ request }: Call, type: PatchType): ParsedJson {
  try {
    return parseBody(request)
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'BadRequest') throw error
    const why = error.message.replace(/^couldn't get version\/kind; json parse error: /, '')
    const head = type === 'strategic' ? '' : `error decoding ${type === 'apply' ? 'YAML' : 'patch'}: `
    throw new StatusError('BadRequest', head + why)
  }
}

/** The new version of the object; 201 when apply has created it. */
export async function patch(call: Call): Promise<ApiResponse> {
  const { api, kind, route, query } = call
  const type = patchTypeOf(call)
  const force = forceOf(call, type)
  const { value, duplicates, yamlComplaint } = readPatch(call, type)
  const context = writeContext(call)
  const { change, status } = creatingChange(
    call,
    patchChange(kind, {
      type,
      body: value,
      duplicates,
      yamlComplaint,
      fieldManager: context.fieldManager,
      force,
      fieldValidation: fieldValidationOf(query),
      subresource: route.subresource,
      name: route.name,
      namespace: route.namespace || undefined,
      now: () => api.clock.now(),
      warn: (message) => {
        if (!call.warnings.includes(message)) call.warnings.push(message)
      },
    }),
  )
  const { subresource } = route
  const patched = await api.registry.update(kind, route, { ...context, subresource, ...change })
  return objectResponse(call, patched, status())
}
