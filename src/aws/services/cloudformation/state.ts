// Owns what CloudFormation remembers: stacks, their resources, their events, change sets.
import type {
  Output,
  Parameter,
  PropertyDifference,
  RequiresRecreation,
  ResourceAttribute,
  ResourceStatus,
  StackDriftDetectionStatus,
  StackDriftStatus,
  StackEvent,
  StackResourceDriftStatus,
  StackStatus,
  Tag,
} from '@aws-sdk/client-cloudformation'

import type { Store } from '../../../store/store.ts'
import { Table } from '../../../store/table.ts'
import type { ClientToken } from '../../protocol/client-token.ts'
import type { Principal, ServiceDeps } from '../../protocol/service.ts'
import type { Signal } from './template/signals.ts'
import type { TemplateObject } from './template/template.ts'

/** What a stack is made from; kept for the running version and, during an update, for the one before. */
export interface StackSource {
  readonly templateBody: string
  readonly parameters: readonly Parameter[]
  readonly tags: readonly Tag[]
  /** Why its making or update fails before anything is done. */
  readonly fault?: string
}

export interface StackRecord extends StackSource {
  /** `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID` */
  readonly id: string
  readonly name: string
  readonly status: StackStatus
  readonly reason?: string
  readonly createdAtMs: number
  readonly updatedAtMs?: number
  readonly deletedAtMs?: number
  /** Another for each status that it gets: what it is at now. */
  readonly turn?: number
  readonly capabilities: readonly string[]
  /** How long its making may take. */
  readonly timeoutMs?: number
  readonly roleArn?: string
  readonly disableRollback: boolean
  /** A stack that could not be made is not only rolled back but removed. */
  readonly deletesOnFailure?: boolean
  readonly terminationProtection: boolean
  /** Its stack policy, as JSON. */
  readonly policy?: string
  /** The policy that holds in its place for the update that is under way. */
  readonly policyDuringUpdate?: string
  readonly outputs: readonly Output[]
  /** On whose behalf resources are made: EKS makes the creator of a cluster its administrator. */
  readonly principal: Principal
  /** What to go back to when the running update fails. */
  readonly previous?: StackSource
  readonly retainResources?: readonly string[]
  /** What the running rollback leaves as it is. */
  readonly skippedResources?: readonly string[]
  /** The stack that this one is a resource of. */
  readonly parentId?: string
  /** ClientRequestToken of the request that made it: the same request again gives the same answer. */
  readonly token?: ClientToken
  /** ClientRequestToken of the request for what is done or was done last. */
  readonly requestToken?: string
  readonly changeSetId?: string
  /** What the last detection has found. */
  readonly drift?: { readonly status: StackDriftStatus; readonly atMs: number }
}

export interface ResourceRecord {
  readonly logicalId: string
  readonly type: string
  readonly status: ResourceStatus
  readonly reason?: string
  readonly physicalId?: string
  readonly attributes: Readonly<Record<string, string>>
  /** What the resource has: each step of a change adds its own once it is done. */
  readonly properties: TemplateObject
  /** What it is to have, while it is made or changed. */
  readonly target?: TemplateObject
  /** The step of a change that was begun last, and is not known to have ended. */
  readonly attempt?: Attempt
  /** Random, decided before anything is made: names and client tokens are built from it, so repeats find it again. */
  readonly token: string
  /** When the making of it began: what has its name and is older is somebody else's. */
  readonly begunAtMs: number
  readonly updatedAtMs: number
  /** Older physical resources that replacements have left to be removed. */
  readonly replaced?: readonly ReplacedResource[]
  /** The stack's turn in which its removal failed; in another it is tried again. */
  readonly failedInTurn?: number
  /** Of the template that it was last made or changed by. */
  readonly deletionPolicy?: string
  readonly updateReplacePolicy?: string
  /** Their functions are resolved. */
  readonly creationPolicy?: TemplateObject
  readonly updatePolicy?: TemplateObject
  /** Made then, and waits for the signals that its creation policy wants. */
  readonly awaitsSinceMs?: number
}

export interface Attempt {
  /** The properties of the step, joined. */
  readonly step: string
  /** What they are to be. */
  readonly to: TemplateObject
  /** The service has answered; its progress is asked by this. */
  readonly ticket?: string
}

export interface ReplacedResource {
  readonly physicalId: string
  readonly properties: TemplateObject
  readonly token: string
  readonly begunAtMs: number
}

export interface ChangeSetRecord extends StackSource {
  readonly id: string
  readonly name: string
  readonly stackId: string
  readonly stackName: string
  readonly type: 'CREATE' | 'UPDATE'
  readonly status: 'CREATE_COMPLETE' | 'FAILED'
  readonly executionStatus: 'AVAILABLE' | 'UNAVAILABLE' | 'EXECUTE_COMPLETE' | 'OBSOLETE'
  readonly reason?: string
  readonly description?: string
  /** ClientToken of the request that made it. */
  readonly token?: string
  readonly createdAtMs: number
  readonly capabilities: readonly string[]
  readonly changes: readonly {
    readonly action: 'Add' | 'Modify' | 'Remove'
    readonly logicalId: string
    readonly type: string
    readonly physicalId?: string
    readonly replacement?: 'True' | 'False' | 'Conditional'
    /** All properties, as they are and as they will be. */
    readonly before?: TemplateObject
    readonly after?: TemplateObject
    /** Which properties change. */
    readonly details?: readonly {
      readonly attribute: ResourceAttribute
      readonly name?: string
      readonly recreation: RequiresRecreation
      /** Known only when it is done. */
      readonly isDynamic: boolean
    }[]
  }[]
}

/** What the last look at a resource has found. */
export interface DriftRecord {
  readonly logicalId: string
  readonly type: string
  readonly physicalId: string
  readonly status: StackResourceDriftStatus
  readonly expected: TemplateObject
  readonly actual?: TemplateObject
  readonly differences: readonly PropertyDifference[]
  readonly atMs: number
}

export interface DetectionRecord {
  readonly id: string
  readonly stackId: string
  readonly status: StackDriftDetectionStatus
  readonly driftStatus: StackDriftStatus
  readonly reason?: string
  /** How many resources have drifted. */
  readonly drifted: number
  readonly atMs: number
}

export interface SignalRecord extends Signal {
  readonly atMs: number
}

export type EventRecord = Omit<StackEvent, 'Timestamp'> & { readonly atMs: number }

export interface Tables {
  /** By `NAME/UUID`. */
  readonly stacks: Table<StackRecord>
  /** By `NAME/UUID/LOGICAL-ID`. */
  readonly resources: Table<ResourceRecord>
  /** By `NAME/UUID/ORDER`. */
  readonly events: Table<EventRecord>
  /** By `NAME/UUID/CHANGE-SET-NAME`. */
  readonly changeSets: Table<ChangeSetRecord>
  /** By `NAME/UUID/LOGICAL-ID`. */
  readonly drifts: Table<DriftRecord>
  /** By their ids. */
  readonly detections: Table<DetectionRecord>
  /** By `NAME/UUID/LOGICAL-ID/UNIQUE-ID`. */
  readonly signals: Table<SignalRecord>
}

/** What every handler and the engine of the service work with. */
export interface CloudFormation {
  readonly deps: ServiceDeps
  readonly tables: Tables
  /** The place of the next event among all: unique and rising, in milliseconds. */
  readonly nextEvent: () => number
  /** Base URL of the AWS endpoint, where handles of wait conditions are reached. */
  readonly endpoint: string
}

export function createTables(store: Store): Tables {
  return {
    stacks: new Table(store, 'aws/cloudformation/stacks'),
    resources: new Table(store, 'aws/cloudformation/resources'),
    events: new Table(store, 'aws/cloudformation/events'),
    changeSets: new Table(store, 'aws/cloudformation/change-sets'),
    drifts: new Table(store, 'aws/cloudformation/drifts'),
    detections: new Table(store, 'aws/cloudformation/detections'),
    signals: new Table(store, 'aws/cloudformation/signals'),
  }
}

/** The key of a stack, `NAME/UUID`, out of its ARN. */
export function keyOfStack(id: string): string {
  return id.slice(id.indexOf(':stack/') + ':stack/'.length)
}

/** The stack's resources by logical id. */
export function resourcesOf(cloudformation: CloudFormation, id: string): Map<string, ResourceRecord> {
  const records = cloudformation.tables.resources.list(`${keyOfStack(id)}/`)
  return new Map(records.map((record) => [record.logicalId, record]))
}
