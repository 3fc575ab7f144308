// Owns the options of lists and watches: reading them from a query, and the rules for their combinations.
// Source: apimachinery pkg/apis/meta/internalversion/{defaults.go,validation/validation.go}.
import type { ReadListOptions } from '../registry/read.ts'
import { forbidden, invalidStatus, unsupported, type FieldError } from '../resources/field-error.ts'
import type { Call } from './api.ts'
import { integerOf } from './request-options.ts'
import { isTrue } from './route.ts'

export interface QueryListOptions extends ReadListOptions {
  readonly sendInitialEvents?: boolean
}

const MATCH = 'resourceVersionMatch'

/**
 * Namespace, selectors, page and version of a request.
 * @throws StatusError BadRequest for a limit that is none; Invalid for options that do not go together.
 */
export function listOptions(call: Call): QueryListOptions {
  const { route, query } = call
  const text = (name: string): string | undefined => query.get(name) || undefined
  const limit = integerOf(query, 'limit') ?? 0
  integerOf(query, 'timeoutSeconds')
  const options = {
    namespace: route.resource === 'namespaces' ? undefined : route.namespace || undefined,
    labelSelector: text('labelSelector'),
    fieldSelector: fieldSelectorOf(call),
    continue: text('continue'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text(MATCH),
    sendInitialEvents: query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined,
    // A negative limit is none.
    limit: limit > 0 ? limit : undefined,
  }
  // Only what was given: absent and undefined differ for the types.
  const given: QueryListOptions = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  )
  const whole = route.verb === 'watch' ? withInitialEvents(given) : given
  const errors = route.verb === 'watch' ? watchErrors(whole) : listErrors(whole)
  if (errors.length > 0) throw invalidStatus({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
  return given
}

// A watch of one object by its path selects that object.
function fieldSelectorOf({ route, query }: Call): string | undefined {
  const given = query.get('fieldSelector') || undefined
  if (given !== undefined || route.verb !== 'watch' || route.name === '') return given
  return `metadata.name=${route.name}`
}

// What a watch without a version is taken for since streaming lists.
function withInitialEvents(options: QueryListOptions): QueryListOptions {
  const { sendInitialEvents, resourceVersion = '', resourceVersionMatch } = options
  if (sendInitialEvents !== undefined || resourceVersionMatch !== undefined) return options
  if (resourceVersion !== '' && resourceVersion !== '0') return options
  return { ...options, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
}

function listErrors(options: QueryListOptions): FieldError[] {
  const { resourceVersion = '', resourceVersionMatch: match, sendInitialEvents } = options
  const errors: FieldError[] = []
  if (match !== undefined) {
    if (resourceVersion === '') {
      errors.push(forbidden(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`))
    }
    if (options.continue) errors.push(forbidden(MATCH, `${MATCH} is forbidden when continue is provided`))
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(unsupported(MATCH, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(forbidden(MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`))
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  return errors
}

function watchErrors({
  resourceVersionMatch: match,
  sendInitialEvents,
  ...rest
}: QueryListOptions): FieldError[] {
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  }
  if (match === undefined) return errors
  if (sendInitialEvents === undefined) {
    errors.push(forbidden(MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`))
  }
  if (match !== 'NotOlderThan') errors.push(unsupported(MATCH, match, ['NotOlderThan']))
  if (rest.continue) errors.push(forbidden(MATCH, `${MATCH} is forbidden when continue is provided`))
  return errors
}
