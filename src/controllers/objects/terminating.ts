// Owns the refusal that controllers meet in a namespace that is being deleted.
import { StatusError } from '../../base/errors.ts'

/** True when a create was refused because the namespace is going: nothing to retry, nothing to tell. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof StatusError &&
    (error.details.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  )
}
