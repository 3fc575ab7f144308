// Owns the surface of the CloudFormation service: its operations and its reconciler.
import type { Controller } from '../../../reconcile/controller.ts'
import { tableSource } from '../../../reconcile/table-source.ts'
import type { AwsRequest, AwsResponse } from '../../protocol/message.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { eventClock } from './engine/events.ts'
import { handlePrefix } from './engine/signals.ts'
import { type CloudFormation, createTables, type Tables } from './state.ts'
import type { Signal } from './template/signals.ts'

export interface CloudFormationService {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
  readonly tables: Tables
  /** Where handles of wait conditions are sent signals. */
  readonly handles: {
    /** Of the paths of their URLs, which carry no signature of AWS. */
    readonly prefix: string
    receive(request: AwsRequest): Promise<AwsResponse>
    /** The same for what is in this process; false where the URL is none of a handle. */
    signal(url: string, signal: Signal): Promise<boolean>
  }
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566'

/**
 * Builds the CloudFormation service of one region.
 * @param endpoint base URL of the AWS endpoint
 */
export function createCloudFormation(deps: ServiceDeps, endpoint = DEFAULT_ENDPOINT): CloudFormationService {
  const tables = createTables(deps.store)
  const nextEvent = eventClock(deps.clock, tables)
  const cloudformation: CloudFormation = { deps, tables, nextEvent, endpoint }
  return {
    service: defineService('cloudformation', async () =>
      (await import('./operations.ts')).operationsOf(cloudformation),
    ),
    controllers: [stackController(cloudformation)],
    tables,
    handles: {
      prefix: handlePrefix(deps.region),
      receive: async (request) => (await signals()).receiveSignal(cloudformation, request),
      signal: async (url, signal) => (await signals()).signalHandle(cloudformation, url, signal),
    },
  }
}

/** Builds, changes and removes stacks; how is loaded with the first one. */
function stackController(cloudformation: CloudFormation): Controller {
  return {
    name: 'cloudformation-stack',
    sources: [tableSource(cloudformation.tables.stacks)],
    concurrency: 8,
    reconcile: async (key) => (await import('./engine/reconcile.ts')).reconcileStack(cloudformation, key),
  }
}

const signals = () => import('./stacks/signal-resource.ts')
