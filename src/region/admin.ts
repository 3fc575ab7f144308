// Owns the endpoints under /_neargate/: what only a near region can be asked, behind a token of its own.
import { timingSafeEqual } from 'node:crypto'

import { AwsError, messageOf } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import type { FargateUse } from './fargate-meter.ts'

export interface NetworkRequest {
  readonly subnets: readonly {
    /** Without one, the subnet is found by its block, else by its zone. */
    readonly id?: string
    readonly zone?: string
    readonly cidr?: string
    readonly public: boolean
  }[]
  readonly vpcId?: string
  readonly cidr?: string
  /** Ids. */
  readonly securityGroups?: readonly string[]
}

export interface NetworkResult {
  readonly vpcId: string
  /** False when everything was there already. */
  readonly created: boolean
}

export interface ClusterStatus {
  readonly name: string
  readonly version: string
  readonly status: string
  readonly endpoint?: string
  readonly certificateAuthorityData?: string
  readonly nodes: { readonly ec2: number; readonly fargate: number }
  readonly pods: number
  /** What its pods have used of Fargate so far; absent while there was none. */
  readonly fargateUse?: FargateUse & {
    /** At list prices, where they are known. */
    readonly usd?: number
  }
}

export interface LoadBalancerStatus {
  readonly name: string
  readonly hostname: string
  readonly state: string
  readonly listeners: readonly ListenerStatus[]
}

export interface ListenerStatus {
  readonly port: number
  /** By the load balancer's name. */
  readonly url: string
  /** `127.66.3.9:80`: of its own, one a zone; where there are none, a port of 127.0.0.1 for this listener alone. */
  readonly addresses: readonly string[]
  /** Why an address of its own does not serve, as the system says it, and which one. */
  readonly fault?: { readonly code: string; readonly address: string }
}

export interface RegionStatus {
  readonly region: string
  readonly accountId: string
  /** Where names of load balancers are answered, over UDP and TCP: `127.0.0.1:4569` */
  readonly dns: string
  readonly pid: number
  readonly memoryMiB: number
  /** Why nothing can be written at present, e.g. a full disk; absent when all is well. */
  readonly storeProblem?: string
  readonly clusters: readonly ClusterStatus[]
  readonly loadBalancers: readonly LoadBalancerStatus[]
}

/** What one region can be asked. */
export interface RegionOperations {
  status(): RegionStatus | Promise<RegionStatus>
  prepareNetwork(request: NetworkRequest): Promise<NetworkResult>
}

/** What the endpoints do. */
export interface AdminOperations {
  /** The answer to a nonce that only this region can give; undefined when the nonce is none. */
  prove(nonce: string): string | undefined
  /** Names of the regions here; the first is that of the data directory. */
  regions(): readonly string[]
  /** Adds a region; nothing happens when it is there. @throws AwsError when there can be none of that name */
  addRegion(name: string): Promise<void>
  /** Replaces what goes wrong on purpose. @param name that of the file. @throws UserError when the text holds no faults */
  setFaults(text: string, name: string): Promise<void>
  /** @param name the region of the data directory when absent. @throws AwsError when it is not here */
  of(name: string | undefined): RegionOperations
}

export interface AdminRequest {
  readonly method: string
  /** Below `/_neargate/`, e.g. `status`. */
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
}

export interface AdminResponse {
  readonly status: number
  readonly body: string
}

/** Answers one request; never throws. */
export async function handleAdmin(
  operations: AdminOperations,
  token: string,
  request: AdminRequest,
): Promise<AdminResponse> {
  const nonce = nonceOf(request)
  // Asked before the client knows whom it speaks to: the token comes only after the proof.
  if (nonce !== undefined) return answerProof(operations.prove(nonce))
  if (!isAuthorized(request.authorization, token))
    return answer(401, { message: 'the token is missing or wrong' })
  try {
    return answer(200, await dispatch(operations, request))
  } catch (error) {
    const status = error instanceof AwsError ? error.status : 500
    return answer(status, { message: messageOf(error) })
  }
}

const PROOF_PATH = 'proof?nonce='

function nonceOf({ method, path }: AdminRequest): string | undefined {
  return method === 'GET' && path.startsWith(PROOF_PATH) ? path.slice(PROOF_PATH.length) : undefined
}

function answerProof(proof: string | undefined): AdminResponse {
  return proof === undefined ? answer(400, { message: 'the nonce is none' }) : answer(200, { proof })
}

function answer(status: number, body: unknown): AdminResponse {
  return { status, body: JSON.stringify(body ?? {}) }
}

function isAuthorized(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function dispatch(operations: AdminOperations, { method, path, body }: AdminRequest): Promise<unknown> {
  const [, name, rest] = /^regions\/([^/]+)(?:\/(.*))?$/.exec(path) ?? []
  const what = `${method} ${rest ?? path}`
  if (what === 'GET regions') return { regions: operations.regions() }
  if (method === 'PUT' && name !== undefined && rest === undefined) return operations.addRegion(name)
  if (what === 'PUT faults') return operations.setFaults(...parseFaultFile(body))
  if (what === 'GET status') return operations.of(name).status()
  if (what === 'PUT network') return operations.of(name).prepareNetwork(parseNetwork(body))
  throw new AwsError('NotFound', `there is no ${method} /_neargate/${path}`, { status: 404 })
}

function parseNetwork(body: string): NetworkRequest {
  const parsed = parsedOrUndefined(body)
  if (!isObject(parsed) || !Array.isArray(parsed['subnets']))
    throw new AwsError('InvalidRequest', 'subnets must be a list')
  // The CLI of the same version is the only caller; a subnet that does not fit is refused where it is used.
  return { ...parsed, subnets: parsed['subnets'] }
}

function parseFaultFile(body: string): [text: string, name: string] {
  const parsed = parsedOrUndefined(body)
  const { text, name } = isObject(parsed) ? parsed : {}
  if (typeof text !== 'string' || typeof name !== 'string')
    throw new AwsError('InvalidRequest', 'text and name must be strings')
  return [text, name]
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
