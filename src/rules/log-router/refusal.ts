// Owns why a configuration of the Fargate log router is not taken.

/**
 * Thrown while a configuration is read. `invalid`: AWS refuses it, too; `notEmulated`: AWS takes it, and near it would
 * not do what it says.
 */
export class LogRouterRefusal extends Error {
  override readonly name = 'LogRouterRefusal'
  readonly kind: 'invalid' | 'notEmulated'

  constructor(kind: 'invalid' | 'notEmulated', message: string) {
    super(message)
    this.kind = kind
  }
}

/** @param what names it, for `… does not emulate WHAT` */
export function notEmulated(what: string): LogRouterRefusal {
  return new LogRouterRefusal('notEmulated', what)
}

export function invalid(message: string): LogRouterRefusal {
  return new LogRouterRefusal('invalid', message)
}
