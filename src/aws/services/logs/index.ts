// Owns the surface of CloudWatch Logs.
import type { Controller } from '../../../reconcile/controller.ts'
import type { EventStore } from '../../../store/event-store.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { retentionController } from './retention.ts'
import { LogsState } from './state.ts'

export interface LogsService {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
}

/** Builds CloudWatch Logs; `store` keeps the events, the oldest of the region go when it is full. */
export function createLogs(deps: ServiceDeps, store: EventStore): LogsService {
  const logs = new LogsState(deps, store)
  return {
    controllers: [retentionController(logs)],
    service: defineService('logs', async () => (await import('./operations.ts')).operationsOf(logs)),
  }
}
