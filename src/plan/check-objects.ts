// Owns what the Kubernetes API would refuse of a manifest when it is applied: names, labels, and all that its kind demands.
import { StatusError } from '../base/errors.ts'
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import type { Path } from '../config/yaml.ts'
import { builtinKinds } from '../kubernetes/resources/index.ts'
import type { FieldError } from '../kubernetes/resources/field-error.ts'
import type { Kind } from '../kubernetes/resources/kind.ts'
import { prepareNew, validateNew } from '../kubernetes/resources/new-object.ts'
import { decodeObject } from '../kubernetes/schema/decode.ts'
import { applyDefaults } from '../kubernetes/schema/default.ts'
import { groupVersionOf } from '../rules/kubernetes/resource-names.ts'

/**
 * The findings for a manifest of a built-in kind, by the rules by which the near API server validates, in their words. The
 * manifest has to have values of the right types.
 */
export function objectProblems(manifest: Manifest): Problem[] {
  const kind = kindOf(manifest)
  if (!kind) return []
  return findings(kind, manifest).map(({ field, detail }) => {
    const { kind: name, metadata } = manifest.object
    const place = manifest.locate(pathOf(field))
    return problem('object-invalid', `${name} ${metadata.name} would be refused: ${field}: ${detail}`, place)
  })
}

/** An object as the rules of its kind take it. */
type Draft = Parameters<typeof prepareNew>[1]

let kinds: ReadonlyMap<string, Kind> | undefined

function kindOf({ object: { apiVersion, kind } }: Manifest): Kind | undefined {
  kinds ??= new Map(
    builtinKinds.map((each) => [`${groupVersionOf(each.resource)} ${each.resource.kind}`, each]),
  )
  return kinds.get(`${apiVersion} ${kind}`)
}

function findings(kind: Kind, { object }: Manifest): readonly FieldError[] {
  // Kinds that are only read, or that stand for others, are no manifests.
  if (!kind.verbs.includes('create')) return []
  try {
    const { object: decoded } = decodeObject<Draft>(kind.schema, object, {
      fieldValidation: 'Ignore',
    })
    const { namespace = 'default', ...metadata } = decoded.metadata
    const placed = kind.resource.namespaced ? { ...metadata, namespace } : metadata
    const draft = applyDefaults(kind, { ...decoded, metadata: placed })
    return uniqueOf(validateNew(kind, prepareNew(kind, draft)))
  } catch (error) {
    // What cannot be decoded is of another type, and reported as that.
    if (error instanceof StatusError) return []
    throw error
  }
}

// One rule may be broken in several ways that are the same sentence.
function uniqueOf(errors: readonly FieldError[]): readonly FieldError[] {
  return [...new Map(errors.map((error) => [`${error.field} ${error.detail}`, error])).values()]
}

/** `spec.containers[0].env[1].name`, `data[a.b]` as steps. */
export function pathOf(field: string): Path {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inBrackets, name = '']) => {
    if (inBrackets === undefined) return name
    return /^\d+$/.test(inBrackets) ? Number(inBrackets) : inBrackets
  })
}
