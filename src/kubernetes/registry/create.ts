// Owns create: naming, admission, completion, validation, storage.
import type { KubernetesObject } from '../client/client.ts'
import { invalidStatus } from '../resources/field-error.ts'
import { complete } from '../resources/complete.ts'
import type { Kind } from '../resources/kind.ts'
import { prepareNew, validateNew } from '../resources/new-object.ts'
import { applyDefaults } from '../schema/default.ts'
import { admissionSubject } from './admission.ts'
import { recordWrite } from './managed-fields.ts'
import { beginMetadata } from './metadata.ts'
import type { RegistryParts, WriteContext } from './parts.ts'
import { typeMetaOf } from './selection.ts'

/** What a create may bring along: managed fields that server-side apply has already worked out. */
export interface CreateContext extends WriteContext {
  readonly namespace?: string | undefined
  /** Set when the object's managedFields are final. */
  readonly applied?: boolean
}

/**
 * Creates an object that has been decoded and defaulted.
 * @throws StatusError Invalid, AlreadyExists, Forbidden and what admission says.
 */
export async function createObject(
  parts: RegistryParts,
  kind: Kind,
  draft: KubernetesObject,
  context: CreateContext,
): Promise<KubernetesObject> {
  const { namespace, dryRun } = context
  const begun = applyDefaults(
    kind,
    beginMetadata({ ...draft, ...typeMetaOf(kind) }, parts, { kind, namespace, dryRun }),
  )
  // Before admission: what a plugin or the server fills in belongs to nobody.
  const owned = context.applied
    ? begun
    : recordWrite(kind, { next: begun, current: undefined, clock: parts.clock, log: parts.log, context })
  const subject = admissionSubject(kind, {
    operation: 'CREATE',
    subresource: '',
    namespace: namespace ?? '',
    name: begun.metadata.name,
    oldObject: null,
    context,
  })
  const admitted = await parts.admission.admit({ ...subject, object: complete(kind, owned) })
  const prepared = prepareNew(kind, admitted ?? owned, owned)
  const errors = validateNew(kind, prepared)
  if (errors.length > 0) throw invalidStatus(kind.resource, prepared.metadata.name, errors)
  for (const text of kind.warnings?.(prepared) ?? []) context.warn?.(text)
  const allocation = parts.addresses.allocate(kind, prepared, { dryRun })
  try {
    await parts.admission.validate({ ...subject, object: allocation.object })
    return dryRun ? allocation.object : await parts.storage.create(kind, allocation.object)
  } finally {
    allocation.settle()
  }
}
