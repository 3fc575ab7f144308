// Owns the one knot of a region: its services are built with the way that leads from each to the others.
import type { Authorizer } from '../aws/protocol/authorizer.ts'
import { createAwsCaller } from '../aws/protocol/caller.ts'
import type { Injection } from '../aws/protocol/injection.ts'
import type { SchemaLoader } from '../aws/protocol/schema.ts'
import type { AwsCaller, AwsService } from '../aws/protocol/service.ts'
import { InternalError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'

export interface ServiceRegistryOptions {
  readonly region: string
  readonly accountId: string
  readonly ids: Ids
  readonly schemas: SchemaLoader
  /** Base URL of the endpoint. */
  readonly endpoint: string
  /** Disturbs calls on purpose. */
  readonly injection?: Injection
}

/** All services of a region, complete before anything listens or runs. */
export class ServiceRegistry {
  /** Calls from service to service; none may be made before the registry is complete. */
  readonly caller: AwsCaller
  #services: readonly AwsService[] | undefined
  #authorizer: Authorizer | undefined

  constructor({ endpoint, ...options }: ServiceRegistryOptions) {
    this.caller = createAwsCaller({
      ...options,
      endpoint: () => endpoint,
      services: () => this.services,
      authorizer: () => this.#authorizer,
    })
  }

  /** @throws InternalError before `complete`. */
  get services(): readonly AwsService[] {
    if (!this.#services) throw new InternalError('a service was called while the region was being built')
    return this.#services
  }

  /** Takes every service and who decides about their use, once. */
  complete(services: readonly AwsService[], authorizer?: Authorizer): void {
    if (this.#services) throw new InternalError('the services of a region are complete already')
    this.#services = services
    this.#authorizer = authorizer
  }
}
