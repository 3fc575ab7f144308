// Owns the contract between the AWS endpoint and a service: one handler an operation, one table a service.
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Store } from '../../store/store.ts'

/** Who sends a request, established from its signature. */
export interface Principal {
  readonly accountId: string
  /** `arn:aws:iam::…:root`, `…:user/NAME`, or `arn:aws:sts::…:assumed-role/ROLE/SESSION`. */
  readonly arn: string
  /** The unique id that GetCallerIdentity shows as UserId. */
  readonly userId: string
  readonly accessKeyId: string
  /** Of temporary credentials: what they are narrowed to and known by. */
  readonly session?: PrincipalSession
}

/** What belongs to temporary credentials beside their principal. */
export interface PrincipalSession {
  /** Epoch milliseconds. */
  readonly issuedAtMs: number
  /** The ARN of the role, with its path; absent for sessions of users. */
  readonly roleArn?: string
  /** Of a federated user: the ARN of the user that opened the session, whose rights it has. */
  readonly userArn?: string
  /** Session policies: managed ones by their ARNs, one document. Nothing is allowed that they don't allow. */
  readonly policies?: { readonly arns: readonly string[]; readonly document?: string }
  /** Session tags, which stand over those of the role or user. */
  readonly tags?: Readonly<Record<string, string>>
  /** Which of the tags go on into sessions that this one opens. */
  readonly transitiveTagKeys?: readonly string[]
  readonly sourceIdentity?: string
  /** True when a code of an MFA device came with the request for it. */
  readonly hasMfa?: boolean
  /** Further condition keys, such as those of a web identity token. */
  readonly keys?: Readonly<Record<string, string>>
}

/** What every handler knows of its request. */
export interface RequestContext {
  readonly requestId: string
  readonly region: string
  readonly accountId: string
  readonly principal: Principal
  /** Base URL the client used, e.g. `http://127.0.0.1:4566`. */
  readonly endpoint: string
  /** The service that acts for the principal, e.g. `cloudformation.amazonaws.com`. */
  readonly calledVia?: string
  /** The resource of a stack that CloudFormation makes the call for. */
  readonly resource?: { readonly stack: string; readonly logicalId: string }
  /** How much longer than otherwise what the call begins takes; only a fault asks for that. */
  readonly settlesAfterMs?: number
  readonly userAgent?: string
}

/**
 * Serves one operation. Input has been decoded and validated against the SDK's schema of the operation;
 * output is encoded by it. Throws `AwsError` for everything the service refuses.
 */
export type Handler<Input, Output> = (input: Input, context: RequestContext) => Promise<Output> | Output

/** The members that an operation takes; every other one that asks for something is refused by its name. */
export interface Members {
  /** These have the effect that AWS documents. */
  readonly honours: readonly string[]
  /** These are accepted, stored where AWS stores them and shown where it shows them, but have no effect here. */
  readonly keeps: readonly string[]
}

/** An operation that knows its service's state: a row of the table that the endpoint answers from. */
export interface BoundOperation extends Members {
  readonly handle: Handler<never, unknown>
}

/** Operations by published name. */
export type Operations = Readonly<Record<string, BoundOperation>>

/** How the operations of a service travel. */
export type WireProtocol = 'rest-json' | 'rest-xml' | 'query' | 'ec2' | 'json-1.1'

/** How a service is addressed. */
export interface ServiceAddress {
  /** The name in the credential scope of a signature: `eks`, `ec2`, `elasticloadbalancing`, …. */
  readonly signingName: string
  /** The extracted schema table under generated/aws/, e.g. `eks`. */
  readonly schema: string
  readonly protocol: WireProtocol
}

export interface AwsService extends ServiceAddress {
  /** Its operations, loaded when the first one is asked for; one that is not there is refused by its name. */
  operations(): Promise<Operations>
}

/** Calls an operation of another service in-process, with the same validation as over the wire. */
export interface AwsCaller {
  /** `service` is the schema name (`ec2`, `eks`, …). Rejects with `AwsError`. */
  call<Output>(
    service: string,
    operation: string,
    input: object,
    context?: Partial<RequestContext>,
  ): Promise<Output>
}

/** What every service is built from. */
export interface ServiceDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly region: string
  readonly accountId: string
  /** The way to other services. */
  readonly caller: AwsCaller
  /** Milliseconds that AWS itself takes for a transition are multiplied by this: 0 as fast as possible, 1 `--pace aws`. */
  readonly pace: number
}
