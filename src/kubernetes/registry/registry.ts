// Owns the generic registry: the one implementation of every verb for every kind.
import type { KubernetesObject, ObjectKey } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { admissionSubject, type GroupVersionKind } from './admission.ts'
import { createObject } from './create.ts'
import { deleteCollection, deleteObject, type DeleteRequest, type DeleteResult } from './delete.ts'
import type { ObjectText } from './object-text.ts'
import type { RegistryParts, WriteContext } from './parts.ts'
import { readList, readObject, type ListResult, type ReadListOptions } from './read.ts'
import { updateObject, type UpdateRequest } from './update.ts'
import { startWatch, type WatchRequest, type WatchStream } from './watch.ts'

/** A body on its way through admission. */
export interface BodyToAdmit<T extends object> {
  readonly operation: 'CREATE' | 'UPDATE' | 'CONNECT'
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly object: T
  readonly objectKind: GroupVersionKind
  readonly context: Pick<WriteContext, 'user' | 'dryRun'> & Partial<WriteContext>
}

/** Every verb for every kind. Rejections are StatusErrors with the words of the API server. */
export class Registry {
  readonly #parts: RegistryParts

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /** Revision of the newest write, as a resourceVersion. */
  get resourceVersion(): string {
    return String(this.#parts.storage.revision)
  }

  /** @throws StatusError Timeout when no write has had this revision yet. */
  requireReached(revision: number): void {
    this.#parts.storage.requireReached(revision)
  }

  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): T {
    return readObject(this.#parts.storage, kind, key)
  }

  /** As `get`, without the error. */
  find<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): T | undefined {
    return this.#parts.storage.get(kind, key)
  }

  /** The stored text of an object that was read; undefined when it was made, converted or written again since. */
  textOf(kind: Kind, object: KubernetesObject): ObjectText | undefined {
    return kind.computed ? undefined : this.#parts.storage.textOf(kind, object)
  }

  list(kind: Kind, options: ReadListOptions = {}): ListResult {
    return readList(this.#parts.storage, kind, options)
  }

  /** How many objects of a kind there are. */
  count(kind: Kind): number {
    const { items, remaining } = this.#parts.storage.list(kind, { limit: 1 })
    return items.length + remaining
  }

  watch(kind: Kind, request: WatchRequest): WatchStream {
    return startWatch(this.#parts, kind, request)
  }

  /** Creates a decoded object in a namespace. */
  create(
    kind: Kind,
    object: KubernetesObject,
    context: WriteContext & { namespace?: string | undefined },
  ): Promise<KubernetesObject> {
    return createObject(this.#parts, kind, object, context)
  }

  /** Changes an object by a function of its current version, again when somebody interferes. */
  async update<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    request: UpdateRequest<T>,
  ): Promise<T> {
    // What is stored under the kind, and what becomes of it, is of the kind.
    return (await updateObject(this.#parts, kind, key, request)) as T
  }

  /**
   * Both phases of admission of a body that is stored nowhere: an Eviction, the options of a connection.
   * @returns the body as admission leaves it. @throws StatusError of the step that refuses.
   */
  async admit<T extends object>(kind: Kind, { object, ...write }: BodyToAdmit<T>): Promise<T> {
    const subject = admissionSubject(kind, { ...write, oldObject: null })
    // Bodies have kind and apiVersion, which is all that admission reads without knowing the kind.
    const body = object as unknown as KubernetesObject
    const changed = (await this.#parts.admission.admit({ ...subject, object: body })) ?? body
    await this.#parts.admission.validate({ ...subject, object: changed })
    return changed as unknown as T
  }

  delete(kind: Kind, key: ObjectKey, request: DeleteRequest): Promise<DeleteResult> {
    return deleteObject(this.#parts, kind, key, request)
  }

  /** Deletes what a list selects. @returns the objects that were deleted. */
  deleteCollection(
    kind: Kind,
    selection: ReadListOptions,
    request: DeleteRequest,
  ): Promise<readonly KubernetesObject[]> {
    return deleteCollection(this.#parts, kind, selection, request)
  }
}
