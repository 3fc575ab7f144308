// Owns what PUT and apply have in common where they create: they need the right to create too, and answer with 201.
// Source: apiserver pkg/endpoints/handlers/{update,patch}.go (withAuthorization, wasCreated).
import type { UpdateRequest } from '../../registry/update.ts'
import type { Call } from '../api.ts'
import { attributesOf, requireAllowed } from '../authorization.ts'

type Change = Pick<UpdateRequest, 'change' | 'createInstead'>

/**
 * A change that asks whether its user may create before it does.
 * @returns the change, and the status of its answer once it is written
 */
export function creatingChange<C extends Change>(
  { api, route, user }: Pick<Call, 'api' | 'route' | 'user'>,
  change: C,
): { readonly change: C; readonly status: () => 200 | 201 } {
  return guardedCreation(change, () =>
    requireAllowed(api.authorization, { ...attributesOf(user, route), verb: 'create' }),
  )
}

/** The same for whoever asks in another way. @param requireCreate throws where the user may not create */
export function guardedCreation<C extends Change>(
  change: C,
  requireCreate: () => void,
): { readonly change: C; readonly status: () => 200 | 201 } {
  // Of the last attempt: one that has lost a race finds the object there.
  let isNew = false
  const { createInstead } = change
  return {
    change: {
      ...change,
      change(current) {
        isNew = false
        return change.change(current)
      },
      ...(createInstead
        ? {
            createInstead() {
              requireCreate()
              isNew = true
              return createInstead()
            },
          }
        : {}),
    },
    status: () => (isNew ? 201 : 200),
  }
}
