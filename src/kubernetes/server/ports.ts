// Owns what the Kubernetes API server needs from outside: who a token is, extra authorization and
// admission, and the way to a pod's node.
import type { Duplex } from 'node:stream'

import type {
  APIService,
  ExpressionWarning,
  ValidatingAdmissionPolicy,
} from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { AdmissionRequest, UserInfo } from '../registry/admission.ts'

export type { AdmissionRequest, UserInfo } from '../registry/admission.ts'

/**
 * Turns a bearer token for the API server into a user; undefined when the token is not of this authenticator's kind
 * or not valid. Its tokens say nothing of audiences: they are for the API server alone.
 */
export interface TokenAuthenticator {
  authenticate(token: string): Promise<UserInfo | undefined>
}

/** What is known of a token, as TokenReview answers it. */
export interface TokenVerdict {
  /** Undefined when nobody knows the token, or not for these audiences. */
  readonly user: UserInfo | undefined
  /** Those of the audiences asked for that the token is for. */
  readonly audiences: readonly string[]
  /** Why a token that is known is not accepted. */
  readonly error?: string
}

/** One request, as authorization sees it. */
export interface RequestAttributes {
  readonly user: UserInfo
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; lower-case HTTP method for paths. */
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Set for requests that are not for a resource, e.g. `/healthz`. */
  readonly path?: string
  /** Text of the field selector of a list or watch. */
  readonly fieldSelector?: string
}

/** `no-opinion` passes the question on; a reason is added to the refusal when nobody allows. */
export type Decision = 'allow' | 'no-opinion' | { readonly noOpinion: string }

/** Authorization beside RBAC. */
export interface Authorizer {
  authorize(attributes: RequestAttributes): Decision
}

/** A step of admission. Throws StatusError to refuse, or rejects with it; only a step that has to wait returns a promise. */
export type AdmissionPlugin = MutatingPlugin | ValidatingPlugin | (MutatingPlugin & ValidatingPlugin)

/** A step that runs before defaulting is final and before validation. */
export interface MutatingPlugin {
  readonly name: string
  /** @returns the object to go on with (a changed copy), or undefined to leave it as it is. */
  admit(request: AdmissionRequest): KubernetesObject | undefined | Promise<KubernetesObject | undefined>
}

/** A step that looks at the object as it will be stored. */
export interface ValidatingPlugin {
  readonly name: string
  validate(request: AdmissionRequest): void | Promise<void>
}

export interface PodReference {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly container: string
}

export interface PodLogQuery {
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  readonly sinceTime?: string
  readonly limitBytes?: number
  readonly signal: AbortSignal
}

export interface PodExec {
  readonly command: readonly string[]
  readonly tty: boolean
  readonly stdin: AsyncIterable<Uint8Array> | undefined
  /** The sizes of the client's terminal, as they change. */
  readonly sizes?: AsyncIterable<TerminalSize> | undefined
  onOutput(stream: 'stdout' | 'stderr', chunk: Uint8Array): void
}

/** In characters. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export interface PodAttach {
  readonly tty: boolean
  readonly stdin: AsyncIterable<Uint8Array> | undefined
  readonly sizes?: AsyncIterable<TerminalSize> | undefined
  /** Aborts when the client has gone: the container goes on. */
  readonly signal: AbortSignal
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void
}

/** Whether extension servers answer. */
export interface ExtensionProbe {
  /** Asks the server of an APIService for what it serves. @returns what is wrong; undefined when it answers. */
  probe(apiService: APIService): Promise<string | undefined>
}

/** What the expressions of a policy are wrong about. */
export interface PolicyChecker {
  /**
   * The warnings of a policy: for each expression, what is wrong with it for each kind that the policy names.
   * @param suffix what the names of types end with, so that those of two checks differ
   */
  expressionWarnings(spec: ValidatingAdmissionPolicy['spec'], suffix: string): ExpressionWarning[]
}

/** The network that the API server reaches pods in. */
export interface ClusterNetwork {
  /** Connects to an address of the cluster's network. Rejects with an error that has the code of Node's sockets. */
  dial(ip: string, port: number): Promise<Duplex>
}

/** What the API server asks of the kubelet on a pod's node. Rejections are StatusErrors. */
export interface KubeletGateway {
  logs(pod: PodReference, query: PodLogQuery): AsyncIterable<Uint8Array>
  /** @returns the exit code. */
  exec(pod: PodReference, request: PodExec): Promise<number>
  /** Connects to the streams of a container that runs; resolves when it ends or the signal aborts. */
  attach(pod: PodReference, request: PodAttach): Promise<void>
  portForward(pod: PodReference, port: number): Promise<Duplex>
}
