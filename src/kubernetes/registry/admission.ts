// Owns what the registry tells admission of a write: who writes, and which object becomes which.
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'

/** The authenticated caller, as TokenReview and audit show it. */
export interface UserInfo {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly group: string
  readonly version: string
  /** `Pod` */
  readonly kind: string
  /** `pods` */
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly user: UserInfo
  readonly dryRun: boolean
  /** What the client asked for beside the object, e.g. `{"fieldManager": "kubectl"}`. */
  readonly options: object
  /** Set when the object is of another kind than the resource: an Eviction, a Scale, PodExecOptions. */
  readonly objectKind?: GroupVersionKind
  /** What steps remember from the first time that they see a write to the second. */
  readonly reinvocation?: Reinvocation
  /** The object to be stored; null for DELETE. */
  readonly object: KubernetesObject | null
  readonly oldObject: KubernetesObject | null
  /** Adds a text to the `Warning` headers of the answer. */
  warn(message: string): void
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/**
 * The second run of all mutating steps, which a step asks for when a later one has changed what it saw.
 * Source: apiserver pkg/admission/reinvocation.go.
 */
export interface Reinvocation {
  /** True in the second run. */
  readonly isSecond: boolean
  /** Asks for a second run. */
  request(): void
  /** What a step keeps for the second run, by its name. */
  readonly kept: Map<string, unknown>
}

/** The two phases of admission around validation. Both throw the StatusError of the first step that refuses. */
export interface Admission {
  /** Runs before validation. @returns the object to go on with; null for DELETE. */
  admit(request: AdmissionRequest): Promise<KubernetesObject | null>
  /** Runs on the object as it will be stored, right before it is. */
  validate(request: AdmissionRequest): Promise<void>
}

/** What is the same in both phases of a write. */
export type AdmissionSubject = Omit<AdmissionRequest, 'object'>

/** Describes a write to admission. */
export function admissionSubject(
  { resource }: Kind,
  write: Pick<AdmissionRequest, 'operation' | 'subresource' | 'namespace' | 'name' | 'oldObject'> &
    Pick<Partial<AdmissionRequest>, 'objectKind'> & {
      readonly context: Pick<AdmissionRequest, 'user' | 'dryRun'> &
        Partial<Pick<AdmissionRequest, 'warn' | 'options'>>
    },
): AdmissionSubject {
  const { context, ...rest } = write
  const { user, dryRun, warn, options = {} } = context
  const { group, version, kind, plural } = resource
  return {
    ...rest,
    group,
    version,
    kind,
    resource: plural,
    user,
    dryRun,
    options,
    warn: (text) => warn?.(text),
  }
}

/** The object that a request is about to store, when it is one of the kind; undefined for everything else. */
export function admittedObject<T extends KubernetesObject>(
  request: AdmissionRequest,
  kind: Kind<T>,
): T | undefined {
  // The resource says what the object is.
  return request.object && isOf(request, kind) ? (request.object as T) : undefined
}

/** The stored object that a request changes or deletes, when it is one of the kind. */
export function replacedObject<T extends KubernetesObject>(
  request: AdmissionRequest,
  kind: Kind<T>,
): T | undefined {
  // The resource says what the object is.
  return request.oldObject && isOf(request, kind) ? (request.oldObject as T) : undefined
}

function isOf(
  { group, resource, objectKind }: Pick<AdmissionRequest, 'group' | 'resource' | 'objectKind'>,
  kind: Kind,
): boolean {
  return objectKind === undefined && group === kind.resource.group && resource === kind.resource.plural
}
