// Owns running an operation: looking it up, checking its input, calling its handler, in-process or for the endpoint.
import { AwsError, InternalError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { own } from '../../base/json.ts'
import type { Authorizer } from './authorizer.ts'
import { HangUp, type CallOrigin, type Injection } from './injection.ts'
import { checkInput } from './input.ts'
import { createSchemaLoader, type Schema, type SchemaLoader } from './schema.ts'
import type { AwsCaller, AwsService, Members, RequestContext } from './service.ts'
import { findUndeclared } from './undeclared.ts'
import { unknownOperation } from './unknown.ts'
import { notEmulatedError } from './violation.ts'

export interface CallerOptions {
  /** Read at each call, so that services can be built with the caller that will serve them. */
  readonly services: () => readonly AwsService[]
  readonly region: string
  readonly accountId: string
  readonly ids: Ids
  /** Base URL that handlers may show; known once the endpoint listens. */
  readonly endpoint?: () => string
  readonly schemas?: SchemaLoader
  /** Judges calls that are made for somebody; everything is allowed without one. */
  readonly authorizer?: () => Authorizer | undefined
  /** Disturbs calls on purpose; nothing does without one. */
  readonly injection?: Injection | undefined
}

/**
 * The way from service to service inside the process. Calls run as the account's root principal unless the
 * context says otherwise.
 */
export function createAwsCaller(options: CallerOptions): AwsCaller {
  const { services, region, accountId, ids } = options
  const schemas = options.schemas ?? createSchemaLoader()
  return {
    async call<Output>(
      name: string,
      operation: string,
      input: object,
      context: Partial<RequestContext> = {},
    ): Promise<Output> {
      const service = services().find(({ schema }) => schema === name)
      if (!service) throw new InternalError(`no service ${name} in this region`)
      const request: RequestContext = {
        requestId: ids.uuid(),
        region,
        accountId,
        principal: rootPrincipal(accountId),
        endpoint: options.endpoint?.() ?? '',
        ...context,
      }
      // The handler's output is what the schema calls the operation's output.
      const target: Target = {
        service,
        schema: schemas(name),
        operation,
        origin: request.resource ? 'stack' : 'region',
        authorizer: options.authorizer?.(),
        injection: options.injection,
      }
      return (await run(target, input, request)) as Output
    },
  }
}

/** The principal of the account itself. */
export function rootPrincipal(accountId: string): RequestContext['principal'] {
  return { accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId, accessKeyId: '' }
}

interface Target {
  readonly service: AwsService
  readonly schema: Schema
  readonly operation: string
  readonly origin: CallOrigin
  readonly authorizer?: Authorizer | undefined
  readonly injection?: Injection | undefined
}

const NOTHING_STRUCK = { settlesAfterMs: 0, losesAnswer: false }

/**
 * Checks the input against the schema, the principal's rights, and the declaration of the operation, and runs the handler.
 * @throws AwsError of the handler, of validation, of a denial, or that the operation is unknown or not emulated.
 */
export async function run(target: Target, input: object, context: RequestContext): Promise<unknown> {
  const { service, schema, operation } = target
  const row = schema.operation(operation)
  const found = own(await service.operations(), operation)
  if (!row || !found) throw unknownOperation(service, schema, operation)
  const { settlesAfterMs, losesAnswer } =
    (await target.injection?.strike({ ...target, context })) ?? NOTHING_STRUCK
  const carryOut = async (): Promise<unknown> => {
    checkInput(schema, row.input, { protocol: service.protocol, input })
    await target.authorizer?.authorize({ service, operation, input, context })
    refuseUndeclared(target, found, { input, region: context.region })
    refuseDryRun(service, input)
    return found.handle(input as never, settlesAfterMs > 0 ? { ...context, settlesAfterMs } : context)
  }
  if (!losesAnswer) return carryOut()
  // A refusal is an answer too.
  await Promise.allSettled([carryOut()])
  throw new HangUp()
}

function refuseUndeclared(
  { service, schema, operation }: Target,
  members: Members,
  { input, region }: { readonly input: { readonly DryRun?: unknown }; readonly region: string },
): void {
  // EC2's dry run is answered for every operation (refuseDryRun), so that none declares it.
  const { DryRun: _, ...asked } = input
  const ref = schema.operation(operation)?.input ?? 'Unit'
  const given = service.protocol === 'ec2' ? asked : input
  const found = findUndeclared(schema, ref, { members, input: given, region })
  if (!found) return
  const what = found.value === undefined ? found.path : `${found.path} ${found.value}`
  throw notEmulatedError(service.protocol, `${operation} with ${what}`)
}

// EC2: "DryRunOperation" when the request would have gone through; only its form is judged here.
function refuseDryRun(service: AwsService, input: object): void {
  if (service.protocol === 'ec2' && 'DryRun' in input && input.DryRun === true) {
    const message = 'Request would have succeeded, but DryRun flag is set.'
    throw new AwsError('DryRunOperation', message, { status: 412 })
  }
}
