// Owns the rules for the metadata of any object: names, labels, annotations, finalizers and owners.
// Source: apimachinery pkg/api/validation/objectmeta.go.
import type { KubernetesObject } from '../client/client.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import type { Kind } from './kind.ts'
import { nameProblems, validateAnnotations, validateLabels, validateQualifiedName } from './naming.ts'

/** Findings for the metadata of any object. */
export function validateMetadata(kind: Kind, { metadata }: KubernetesObject): FieldError[] {
  return [
    ...(metadata.generateName
      ? nameProblems(metadata.generateName.replace(/-+$/, ''), kind.nameRule).map((problem) =>
          invalid('metadata.generateName', metadata.generateName, problem),
        )
      : []),
    ...validateNameOf(kind, metadata.name),
    ...((metadata.generation ?? 0) < 0
      ? [invalid('metadata.generation', metadata.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateLabels('metadata.labels', metadata.labels),
    ...validateAnnotations('metadata.annotations', metadata.annotations),
    ...(metadata.finalizers ?? []).flatMap((finalizer, i) => validateFinalizer(kind, finalizer, i)),
    ...validateOwners(metadata.ownerReferences ?? []),
  ]
}

// apimachinery pkg/api/validation/objectmeta.go, pkg/apis/core/validation ValidateFinalizerName.
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

function validateFinalizer({ bareFinalizers }: Kind, finalizer: string, index: number): FieldError[] {
  const errors = validateQualifiedName('metadata.finalizers', finalizer)
  if (bareFinalizers) return errors
  if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) return errors
  const detail = 'name is neither a standard finalizer name nor is it fully qualified'
  return [...errors, invalid(`metadata.finalizers[${index}]`, finalizer, detail)]
}

function validateNameOf(kind: Kind, name: string | undefined): FieldError[] {
  if (!name) return [required('metadata.name', 'name or generateName is required')]
  return nameProblems(name, kind.nameRule).map((problem) => invalid('metadata.name', name, problem))
}

type Owner = NonNullable<KubernetesObject['metadata']['ownerReferences']>[number]

function isVersion(apiVersion: string): boolean {
  return apiVersion !== '' && apiVersion.split('/').length <= 2 && !apiVersion.endsWith('/')
}

function validateOwners(owners: readonly Owner[]): FieldError[] {
  const field = 'metadata.ownerReferences'
  const errors = owners.flatMap((owner) => [
    // What is no group and version says neither, and its kind isn't read either (schema.FromAPIVersionAndKind).
    ...(isVersion(owner.apiVersion)
      ? []
      : [invalid(`${field}.apiVersion`, owner.apiVersion, 'version must not be empty')]),
    ...(owner.kind ? [] : [invalid(`${field}.kind`, '', 'must not be empty')]),
    ...(owner.name ? [] : [invalid(`${field}.name`, '', 'must not be empty')]),
    ...(owner.uid ? [] : [invalid(`${field}.uid`, '', 'must not be empty')]),
  ])
  // BannedOwners: events come and go by themselves.
  const events = owners.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Event')
  const banned = '/v1, Kind=Event is disallowed from being an owner'
  errors.push(...events.map((owner) => invalid(field, owner, banned)))
  // One that stands there twice is one (apiserver dedupOwnerReferences).
  const controllers = owners.filter(
    (owner, i) => owner.controller && owners.findIndex(({ uid }) => uid === owner.uid) === i,
  )
  if (controllers.length > 1) {
    const [first, second] = controllers
    errors.push(
      invalid(
        field,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${second?.kind}/${second?.name}`,
      ),
    )
  }
  return errors
}
