// Owns the options of a request, from its query and, for deletes, its body: reading them and their rules.
// Source of the rules: apimachinery pkg/apis/meta/v1/validation/validation.go.
import { StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { DeleteOptions } from '../client/client.ts'
import type { WriteContext } from '../registry/parts.ts'
import {
  forbidden,
  invalid,
  invalidStatus,
  required,
  tooLong,
  unsupported,
} from '../resources/field-error.ts'
import type { FieldError } from '../resources/field-error.ts'
import { decodeObject } from '../schema/decode.ts'
import type { Call } from './api.ts'
import { parseBody } from './body.ts'
import { isTrue } from './route.ts'

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions'

// Where upstream's scheme was made: its messages say so.
const SCHEME = '"pkg/runtime/scheme.go:111"'
const MANAGER_MAXIMUM_BYTES = 128
const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn']
// The last of them is how upstream spells that there may be none.
const POLICIES = ['Foreground', 'Background', 'Orphan', 'nil']

/** A whole number in the query; undefined when it is not there. @throws StatusError BadRequest for anything else. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (/^[-+]?\d+$/.test(text)) return Number(text)
  throw new StatusError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
}

/** Who writes and how. @throws StatusError Invalid for options that break their rules. */
export function writeContext(call: Call): WriteContext {
  const { query, route } = call
  const errors = writeOptionErrors(query)
  if (errors.length > 0) throw invalidOptions(optionsKind(route.verb), errors)
  return { ...writerOf(call), dryRun: query.has('dryRun') }
}

/** Who writes. */
export function writerOf({ query, request, user, warnings }: Call): Omit<WriteContext, 'dryRun'> {
  const agent = request.headers['user-agent'] ?? 'unknown'
  return {
    user,
    // handlers/helpers.go: the user agent up to the first slash names the manager when the client doesn't.
    fieldManager: query.get('fieldManager') || (agent.split('/')[0] ?? agent).slice(0, MANAGER_MAXIMUM_BYTES),
    options: givenOptions(query),
    warn: (message) => void warnings.push(message),
  }
}

// Only what was given: admission shows options as the client sent them.
function givenOptions(query: URLSearchParams): object {
  const given = ['fieldManager', 'fieldValidation'].flatMap((name) => {
    const value = query.get(name)
    return value ? [[name, value] as const] : []
  })
  return Object.fromEntries(given)
}

function optionsKind(verb: string): OptionsKind {
  if (verb === 'patch') return 'PatchOptions'
  if (verb === 'update') return 'UpdateOptions'
  return verb === 'create' ? 'CreateOptions' : 'DeleteOptions'
}

function writeOptionErrors(query: URLSearchParams): FieldError[] {
  const validation = query.get('fieldValidation') ?? ''
  return [
    ...managerErrors(query.get('fieldManager') ?? ''),
    ...dryRunErrors(query.getAll('dryRun')),
    ...(FIELD_VALIDATIONS.includes(validation)
      ? []
      : [unsupported('fieldValidation', validation, FIELD_VALIDATIONS)]),
  ]
}

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = []
  if (Buffer.byteLength(manager) > MANAGER_MAXIMUM_BYTES) {
    errors.push(tooLong('fieldManager', MANAGER_MAXIMUM_BYTES))
  }
  for (const [position, character] of Array.from(manager).entries()) {
    if (!/[\p{C}\p{Zl}\p{Zp}]/u.test(character)) continue
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    const detail = `invalid character U+${code} (at position ${position})`
    return [...errors, invalid('fieldManager', manager, detail)]
  }
  return errors
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === 'All') ? [] : [unsupported('dryRun', values, ['All'])]
}

function invalidOptions(kind: OptionsKind, errors: readonly FieldError[]): StatusError {
  return invalidStatus({ group: 'meta.k8s.io', kind }, '', errors)
}

/** Whether a patch takes over fields of others. @throws StatusError Invalid where force or the manager may not be so. */
export function forceOf({ query }: Call, type: string): boolean {
  const errors: FieldError[] = []
  if (type === 'apply' && !query.get('fieldManager')) {
    errors.push(required('fieldManager', 'is required for apply patch'))
  }
  if (type !== 'apply' && query.has('force')) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  }
  if (errors.length > 0) throw invalidOptions('PatchOptions', errors)
  return isTrue(query.get('force'))
}

interface DeleteBody {
  readonly gracePeriodSeconds?: number
  readonly preconditions?: DeleteOptions['preconditions']
  readonly propagationPolicy?: string
  readonly orphanDependents?: boolean
  readonly dryRun?: readonly string[]
}

/** What a delete asks for, from its body or else its query. @throws StatusError BadRequest, Invalid. */
export function deleteOptionsOf(call: Call): { readonly options: DeleteOptions; readonly dryRun: boolean } {
  return readDeleteOptions(bodyOptions(call) ?? queryOptions(call.query))
}

function bodyOptions({ request }: Call): DeleteBody | undefined {
  const value = request.body?.length ? parseBody(request).value : undefined
  if (!isObject(value)) return undefined
  const { kind } = value
  if (typeof kind === 'string' && kind !== '' && kind !== 'DeleteOptions') {
    const version = JSON.stringify(value['apiVersion'] ?? '')
    throw new StatusError(
      'BadRequest',
      `no kind ${JSON.stringify(kind)} is registered for version ${version} in scheme ${SCHEME}`,
    )
  }
  try {
    return decodeObject<DeleteBody>('meta/v1.DeleteOptions', value, { fieldValidation: 'Ignore' }).object
  } catch (error) {
    // Read without being asked which kind it is.
    if (!(error instanceof StatusError)) throw error
    throw new StatusError(
      'BadRequest',
      error.message.replace(/^DeleteOptions in .* as a DeleteOptions: /, ''),
    )
  }
}

function queryOptions(query: URLSearchParams): DeleteBody {
  const seconds = integerOf(query, 'gracePeriodSeconds')
  const policy = query.get('propagationPolicy')
  const orphan = query.get('orphanDependents')
  return {
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    dryRun: query.getAll('dryRun'),
  }
}

/** DeleteOptions as a client sent them, checked. @throws StatusError Invalid. */
export function readDeleteOptions(body: DeleteBody): {
  readonly options: DeleteOptions
  readonly dryRun: boolean
} {
  const { propagationPolicy: policy, orphanDependents: orphan, dryRun = [] } = body
  const errors: FieldError[] = []
  if (policy !== undefined && orphan !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(invalid('propagationPolicy', policy, detail))
  }
  if (policy !== undefined && !isPolicy(policy)) {
    errors.push(unsupported('propagationPolicy', policy, POLICIES))
  }
  errors.push(...dryRunErrors(dryRun))
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors)
  const legacy = orphan === undefined ? undefined : orphan ? 'Orphan' : 'Background'
  const propagationPolicy = policy !== undefined && isPolicy(policy) ? policy : legacy
  return {
    dryRun: dryRun.length > 0,
    options: {
      ...(propagationPolicy ? { propagationPolicy } : {}),
      ...(body.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: body.gracePeriodSeconds }),
      ...(body.preconditions ? { preconditions: body.preconditions } : {}),
    },
  }
}

function isPolicy(policy: string): policy is NonNullable<DeleteOptions['propagationPolicy']> {
  return policy === 'Orphan' || policy === 'Background' || policy === 'Foreground'
}
