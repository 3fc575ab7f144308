// Owns the AWS endpoint of a region: which service a request is for, who sent it, and its answer.
import { AwsError } from '../../base/errors.ts'
import { wallTime, type Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import { own } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import { authenticationError } from './authentication-errors.ts'
import type { Authorizer } from './authorizer.ts'
import { createAwsCaller, rootPrincipal, run } from './caller.ts'
import type { CredentialSource } from './credentials.ts'
import { HangUp, type Injection } from './injection.ts'
import { asAwsError } from './input.ts'
import { listen, type Listening } from './listen.ts'
import { headerOf, pathOf, type AwsRequest, type AwsResponse } from './message.ts'
import { isForeignOrigin } from './origin.ts'
import { parameterOf } from './query.ts'
import { createSchemaLoader, type Schema, type SchemaLoader } from './schema.ts'
import type { AwsCaller, AwsService, Principal, WireProtocol } from './service.ts'
import { checkTime, readClaim, SignatureError, verifySignature, type SignatureClaim } from './sigv4.ts'
import { guessProtocol, missingOperation, refuseService, unknownOperation } from './unknown.ts'
import { wireOf } from './wires.ts'

/** Serves requests that are not AWS operations, e.g. health or the web console; they carry no signature. */
export type PlainHandler = (request: AwsRequest) => Promise<AwsResponse> | AwsResponse

export interface AwsEndpointOptions {
  /** Read at each request; may still grow after the endpoint was made. */
  readonly services: readonly AwsService[]
  readonly credentials: CredentialSource
  /** Decides what each principal may do; everybody may do everything without one. */
  readonly authorizer?: Authorizer | undefined
  /** Disturbs calls on purpose; nothing does without one. */
  readonly injection?: Injection | undefined
  readonly region: string
  /** Names of all regions that answer at the same address, for whoever asks for another one. */
  readonly regionsHere?: () => readonly string[]
  readonly accountId: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Shared with clients in the same process, each table is read once. */
  readonly schemas?: SchemaLoader
  /** By prefix of the path, e.g. `/_neargate/`. */
  readonly extra?: Readonly<Record<string, PlainHandler>>
}

export interface AwsEndpoint {
  /** Answers one request; never throws. */
  handle(request: AwsRequest): Promise<AwsResponse>
  /** Listens on a loopback address. Port 0 takes a free one. @throws UserError when the port is taken. */
  listen(address: { readonly host?: string; readonly port: number }): Promise<Listening>
  /** The same operations in-process. */
  readonly caller: AwsCaller
}

// Operations that clients send without a signature because they are how one gets credentials.
const UNSIGNED: ReadonlySet<string> = new Set(['AssumeRoleWithWebIdentity'])
// Their requests name an Action.
const ACTIONS: ReadonlySet<string> = new Set(['query', 'ec2'] satisfies WireProtocol[])
// Services that answer in these regions wherever the client is: IAM, the global endpoint of STS, and the price list
// ("AWS Price List endpoints").
const GLOBAL: Readonly<Record<string, readonly string[]>> = {
  iam: ['us-east-1'],
  sts: ['us-east-1'],
  pricing: ['us-east-1', 'eu-central-1', 'ap-south-1'],
}

/** Makes the endpoint; nothing listens until `listen`. */
export function createAwsEndpoint(options: AwsEndpointOptions): AwsEndpoint {
  const { schemas = createSchemaLoader() } = options
  const handle = (request: AwsRequest): Promise<AwsResponse> => answer(request, { ...options, schemas })
  return {
    handle,
    listen: ({ host = '127.0.0.1', port }) => listen(handle, { host, port, log: options.log }),
    caller: createAwsCaller({
      ...options,
      schemas,
      services: () => options.services,
      authorizer: () => options.authorizer,
    }),
  }
}

type Scene = AwsEndpointOptions & { readonly schemas: SchemaLoader }

async function answer(request: AwsRequest, scene: Scene): Promise<AwsResponse> {
  const requestId = scene.ids.uuid()
  if (isForeignOrigin(request)) return plain(403, 'Cross-origin requests are refused.\n')
  const path = pathOf(request)
  const prefix = Object.keys(scene.extra ?? {}).find((start) => path.startsWith(start))
  const extra = prefix === undefined ? undefined : scene.extra?.[prefix]
  if (extra) return await answerPlain(extra, request, { requestId, log: scene.log })
  let service: AwsService | undefined
  let schema: Schema | undefined
  try {
    const claim = readClaim(request)
    service = serviceOf(request, claim, scene)
    if (!service) return refuseStranger(request, requestId, claim)
    schema = scene.schemas(service.schema)
    return await serve({ request, requestId, claim, service, schema }, scene)
  } catch (error) {
    if (error instanceof HangUp) return HUNG_UP
    const protocol = service?.protocol ?? guessProtocol(request)
    const failure = error instanceof SignatureError ? authenticationError(protocol, error.failure) : error
    return wireOf(protocol).encodeError(requestId, toAwsError(failure, requestId, scene), schema)
  }
}

async function answerPlain(
  handler: PlainHandler,
  request: AwsRequest,
  { requestId, log }: { readonly requestId: string; readonly log: Log },
): Promise<AwsResponse> {
  try {
    return await handler(request)
  } catch (error) {
    log.error('a request that is not of AWS failed', { requestId, path: pathOf(request), error })
    return plain(500, `Neargate's log has the request ${requestId}.\n`)
  }
}

const HUNG_UP: AwsResponse = { status: 0, headers: {}, body: '', isCut: true }

interface Arrival {
  readonly request: AwsRequest
  readonly requestId: string
  readonly claim: SignatureClaim | undefined
  readonly service: AwsService
  readonly schema: Schema
}

async function serve(arrival: Arrival, scene: Scene): Promise<AwsResponse> {
  const { request, requestId, service, schema } = arrival
  const wire = wireOf(service.protocol)
  const operation = wire.operationOf(schema, request)
  const principal = authenticate(arrival, operation, scene)
  if (operation === undefined) throw missingOperation(service, request)
  refuseOtherVersion(service, schema, { request, operation })
  if (!own(await service.operations(), operation)) throw unknownOperation(service, schema, operation)
  const input = decode(arrival, operation)
  const endpoint = `http://${headerOf(request, 'host') ?? 'localhost'}`
  const { region, accountId, authorizer, injection } = scene
  const userAgent = headerOf(request, 'user-agent')
  const context = {
    requestId,
    region,
    accountId,
    principal,
    endpoint,
    ...(userAgent === undefined ? {} : { userAgent }),
  }
  const output = await run(
    { service, schema, operation, origin: 'client', authorizer, injection },
    input,
    context,
  )
  return wire.encodeOutput({ schema, operation, requestId }, output)
}

function decode({ request, service, schema }: Arrival, operation: string): object {
  try {
    return wireOf(service.protocol).decodeInput(schema, operation, request)
  } catch (error) {
    throw asAwsError(service.protocol, error)
  }
}

function authenticate(
  { request, claim, service }: Arrival,
  operation: string | undefined,
  scene: Scene,
): Principal {
  if (!claim) {
    if (operation !== undefined && UNSIGNED.has(operation)) {
      return { ...rootPrincipal(scene.accountId), arn: 'anonymous', userId: 'anonymous' }
    }
    throw new SignatureError({ kind: 'missing' })
  }
  const nowMs = scene.clock.now()
  const { principal } = verifySignature(request, claim, { credentials: scene.credentials, nowMs })
  checkTime(claim, wallTime(scene.clock))
  const { region } = claim.scope
  if (region !== scene.region && !own(GLOBAL, service.signingName)?.includes(region)) {
    const here = (scene.regionsHere?.() ?? [scene.region]).join(', ')
    const message = `Credential should be scoped to a valid region, not '${region}'. Near are: ${here}. Add it with: neargate start --region ${region}`
    throw new SignatureError({ kind: 'scope', message })
  }
  return principal
}

/** By the scope of the signature; without one by X-Amz-Target or Action, as those are told apart by nothing else. */
function serviceOf(
  request: AwsRequest,
  claim: SignatureClaim | undefined,
  scene: Scene,
): AwsService | undefined {
  if (claim) {
    const named = scene.services.filter(({ signingName }) => signingName === claim.scope.service)
    return named.length > 1 ? (ofVersion(request, named, scene) ?? named.at(-1)) : named[0]
  }
  const target = headerOf(request, 'x-amz-target')?.split('.')[0]
  if (target !== undefined) {
    return scene.services.find(
      ({ protocol, schema }) => protocol === 'json-1.1' && scene.schemas(schema).file.target === target,
    )
  }
  const action = parameterOf(request, 'Action')
  if (action === undefined) return undefined
  return scene.services.find(
    ({ protocol, schema }) => ACTIONS.has(protocol) && scene.schemas(schema).operation(action),
  )
}

// Classic load balancers share elbv2's signing name and are told apart by the version alone.
function ofVersion(
  request: AwsRequest,
  services: readonly AwsService[],
  { schemas }: Scene,
): AwsService | undefined {
  const version = parameterOf(request, 'Version')
  return services.find(({ schema }) => schemas(schema).file.version === version)
}

function refuseOtherVersion(
  service: AwsService,
  schema: Schema,
  { request, operation }: { request: AwsRequest; operation: string },
): void {
  if (service.protocol !== 'query' && service.protocol !== 'ec2') return
  const version = parameterOf(request, 'Version')
  if (version === undefined || version === schema.file.version || service.protocol === 'ec2') return
  throw new AwsError('InvalidAction', `Could not find operation ${operation} for version ${version}`)
}

function refuseStranger(
  request: AwsRequest,
  requestId: string,
  claim: SignatureClaim | undefined,
): AwsResponse {
  if (claim) return refuseService(request, { requestId, name: claim.scope.service })
  const protocol = guessProtocol(request)
  return wireOf(protocol).encodeError(
    requestId,
    authenticationError(protocol, { kind: 'missing' }),
    undefined,
  )
}

// "Common Errors" of every service's API reference. What went wrong is for the log: the words of a failure inside are
// nothing that a client can use, and may say what it should not know.
const INTERNAL = 'The request processing has failed because of an unknown error, exception or failure.'

function toAwsError(error: unknown, requestId: string, { log }: Scene): AwsError {
  if (error instanceof AwsError) return error
  log.error('an AWS operation failed', { requestId, error })
  const message = `${INTERNAL} Neargate's log has the request ${requestId}.`
  return new AwsError('InternalFailure', message, { status: 500 })
}

function plain(status: number, body: string): AwsResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body }
}
