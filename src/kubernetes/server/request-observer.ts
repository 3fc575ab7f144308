// Owns what somebody who watches the server is told of its requests.
import type { ApiRequest, ApiResponse } from './http.ts'
import type { UserInfo } from './ports.ts'
import type { PathRoute, ResourceRoute } from './route.ts'

/** A request that has been answered. */
export interface AnsweredRequest {
  readonly auditId: string
  readonly request: ApiRequest
  /** Absent for a request whose sender was not recognized. */
  readonly user: UserInfo | undefined
  readonly route: ResourceRoute | PathRoute
  readonly response: Pick<ApiResponse, 'status' | 'body'>
  readonly startedMs: number
  readonly endedMs: number
  /** False for a request that authorization has refused; admission refuses with the same status. */
  readonly isAllowed: boolean
}

/** Where a request came from; its server's own address for one that came by no connection. */
export function sourceOf({ remoteAddress }: ApiRequest): string {
  return remoteAddress ?? '127.0.0.1'
}

/** Who is told of requests. It has to be quick: requests wait for it. */
export interface RequestObserver {
  /** False while nobody wants to know, so that nothing is made for nobody. */
  isWanted(): boolean
  answered(request: AnsweredRequest): void
}
