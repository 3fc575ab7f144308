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
  /** The object to be stored; null for DELETE. */
  readonly object: KubernetesObject | null
  readonly oldObject: KubernetesObject | null
  /** Adds a text to the `Warning` headers of the answer. */
  warn(message: string): void
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
  write: Pick<AdmissionRequest, 'operation' | 'subresource' | 'namespace' | 'name' | 'oldObject'> & {
    readonly context: Pick<AdmissionRequest, 'user' | 'dryRun'> & Partial<Pick<AdmissionRequest, 'warn'>>
  },
): AdmissionSubject {
  const { context, ...rest } = write
  const { user, dryRun, warn } = context
  const { group, version, kind, plural } = resource
  return { ...rest, group, version, kind, resource: plural, user, dryRun, warn: (text) => warn?.(text) }
}

/** The object that a request is about to store, when it is one of the kind; undefined for everything else. */
export function admittedObject<T extends KubernetesObject>(
  { object, ...request }: AdmissionRequest,
  kind: Kind<T>,
): T | undefined {
  // The resource says what the object is.
  return object && isOf(request, kind) ? (object as T) : undefined
}

/** The stored object that a request changes or deletes, when it is one of the kind. */
export function replacedObject<T extends KubernetesObject>(
  { oldObject, ...request }: AdmissionRequest,
  kind: Kind<T>,
): T | undefined {
  // The resource says what the object is.
  return oldObject && isOf(request, kind) ? (oldObject as T) : undefined
}

function isOf({ group, resource }: Pick<AdmissionRequest, 'group' | 'resource'>, kind: Kind): boolean {
  return group === kind.resource.group && resource === kind.resource.plural
}
