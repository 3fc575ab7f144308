// Owns the scale subresource: read, replace, patch.
import type { Scale } from '../../../../generated/kubernetes.d.ts'
import { InternalError, StatusError } from '../../../base/errors.ts'
import type { KubernetesObject } from '../../client/client.ts'
import { invalid, invalidStatus } from '../../resources/field-error.ts'
import type { Kind } from '../../resources/kind.ts'
import { whenConverted } from '../../resources/unconverted.ts'
import { decodeObject } from '../../schema/decode.ts'
import type { PatchType } from '../../client/client.ts'
import { invalidPatch } from '../patching.ts'
import { mergePatched } from '../../schema/merge-patch.ts'
import { applyJsonPatch } from '../../schema/json-patch.ts'
import type { Call } from '../api.ts'
import { parseBody } from '../body.ts'
import type { ApiResponse } from '../http.ts'
import { otherResponse } from '../representation.ts'
import { writeContext } from '../request-options.ts'
import { patchTypeOf } from '../verbs/patch.ts'

const SCALE_TYPE = 'autoscaling/v1.Scale'

/** GET, PUT and PATCH of `scale`. */
export async function scale(call: Call): Promise<ApiResponse> {
  const { api, kind, route, request } = call
  if (route.verb === 'get') {
    const found = await whenConverted(() => api.registry.get(kind, route))
    return otherResponse(call, toScale(kind, found))
  }
  const { value } = parseBody(request)
  const type = route.verb === 'patch' ? patchTypeOf(call) : undefined
  const updated = await api.registry.update(kind, route, {
    ...writeContext(call),
    subresource: 'scale',
    seenAs: {
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      of: (object) => toScale(kind, object) as KubernetesObject,
      // Admission has changed a Scale.
      back: (object, view) => fromScale(kind, object, view as Scale),
    },
    change: (current) => {
      const before = toScale(kind, current)
      const after = type === undefined ? decodeScale(value) : patchedScale(type, before, value)
      requireName(after, route.name)
      return fromScale(kind, current, after)
    },
  })
  return otherResponse(call, toScale(kind, updated))
}

function merged(type: PatchType, before: Scale, body: unknown): unknown {
  // A Scale has no lists: a strategic patch of it is a merge patch.
  return type === 'json' ? applyJsonPatch(before, body) : mergePatched(before, body)
}

function patchedScale(type: PatchType, before: Scale, body: unknown): Scale {
  const value = merged(type, before, body)
  try {
    return decodeScale(value)
  } catch (error) {
    if (error instanceof StatusError) throw invalidPatch({ type, body }, value, error)
    throw error
  }
}

function decodeScale(value: unknown): Scale {
  return decodeObject<Scale>(SCALE_TYPE, value, { fieldValidation: 'Ignore' }).object
}

function requireName({ metadata }: Scale, name: string): void {
  if (!metadata?.name || metadata.name === name) return
  throw new StatusError(
    'BadRequest',
    `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
  )
}

/** The Scale of an object. */
export function toScale(kind: Kind, object: KubernetesObject): Scale {
  if (!kind.scale) throw new InternalError(`${kind.resource.kind} has no scale`)
  const { replicas, current, selector } = kind.scale.read(object)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: { replicas },
    status: { replicas: current, selector },
  }
}

/** The object with the replicas that a Scale asks for. @throws StatusError Invalid for a negative number. */
export function fromScale(
  kind: Kind,
  current: KubernetesObject,
  { metadata, spec }: Scale,
): KubernetesObject {
  const replicas = spec?.replicas ?? 0
  if (replicas < 0) {
    const finding = invalid('spec.replicas', replicas, 'must be greater than or equal to 0')
    throw invalidStatus({ group: 'autoscaling', kind: 'Scale' }, current.metadata.name, [finding])
  }
  const next = kind.scale?.write(current, replicas) ?? current
  const { resourceVersion: _r, ...rest } = next.metadata
  const version = metadata?.resourceVersion
  return {
    ...next,
    metadata: { ...rest, ...(version ? { resourceVersion: version } : {}) } as KubernetesObject['metadata'],
  }
}
