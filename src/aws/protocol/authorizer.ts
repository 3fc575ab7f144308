// Owns the contract of who decides whether a request may be carried out.
import type { AwsService, RequestContext } from './service.ts'

/** A request whose input has been checked against its schema. */
export interface AuthorizationRequest {
  readonly service: AwsService
  readonly operation: string
  readonly input: object
  readonly context: RequestContext
}

export interface Authorizer {
  /** Resolves when the principal of the request may do it. @throws AwsError in the words of the service. */
  authorize(request: AuthorizationRequest): Promise<void> | void
}
