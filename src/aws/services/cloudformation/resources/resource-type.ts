// Owns the contract of a resource type: which operation makes it, which one changes which of its properties.
import type { Signal } from '../template/signals.ts'
import type { TemplateObject, TemplateValue } from '../template/template.ts'
import type { PropertyPath } from './property-path.ts'

/** What an operation of a type knows of the resource it works on. */
export interface ResourceContext {
  readonly stackId: string
  readonly stackName: string
  readonly logicalId: string
  readonly region: string
  readonly accountId: string
  /** The same on every attempt to make this resource: names and client tokens are built from it. */
  readonly token: string
  /** When it was begun: what has its name and is older is somebody else's. */
  readonly begunAtMs: number
  /** Ids of older resources that this one takes the place of: they carry the same tags. */
  readonly replacedIds: readonly string[]
  /** What whoever made or changed the stack has acknowledged. */
  readonly capabilities: readonly string[]
  /** The tags that CloudFormation adds itself, which services accept from it alone. */
  readonly ownTags: readonly Tag[]
  /** The resource's UpdatePolicy; empty without one. */
  readonly updatePolicy: TemplateObject
  /** Epoch milliseconds. */
  readonly nowMs: number
  /** What AWS itself takes for a transition is multiplied by this. */
  readonly pace: number
  /** What was sent to the resource itself since a moment. */
  signalsSince(sinceMs: number): readonly Signal[]
  /** What was sent to the handle of a wait condition; undefined for what is no handle of a stack here. */
  signalsTo(handle: string): readonly Signal[] | undefined
  /** The URL by which the resource, a handle, is sent signals. */
  handleUrl(): string
  /** Calls a service on behalf of whoever made the stack. */
  call<Output>(service: string, operation: string, input: object): Promise<Output>
}

export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** `SERVICE:Operation`, as in IAM policies; several where a change takes more than one. */
export type OperationName = string

/** What was made: its physical id, for most types what Ref gives, and attributes that are told only then. */
export type Made =
  | string
  | { readonly physicalId: string; readonly attributes: Readonly<Record<string, string>> }

/** The operation that makes a resource. */
export interface Creation {
  readonly operations: readonly OperationName[]
  /** The properties that it takes; the others are set by the steps, once it is there. */
  readonly on: readonly PropertyPath[]
  /**
   * Makes it. Properties are those of `on`.
   * @throws AwsError of the service
   */
  run(properties: TemplateObject, context: ResourceContext): Promise<Made>
  /**
   * What an earlier attempt made before it was killed; undefined when it made nothing. Without it `run` itself finds
   * what was made, by its client token.
   */
  find?(properties: TemplateObject, context: ResourceContext): Promise<string | undefined>
}

export interface Change {
  readonly physicalId: string
  readonly before: TemplateObject
  readonly after: TemplateObject
}

/** An operation that changes properties in place. May be repeated: a kill leaves open whether it was done. */
export interface Step {
  readonly operations: readonly OperationName[]
  /** The properties whose change it carries out. */
  readonly on: readonly PropertyPath[]
  /** Other properties that it reads. */
  readonly reads?: readonly PropertyPath[]
  /** @returns what `progress` asks by, where the service tells how far the operation is */
  run(change: Change, context: ResourceContext): Promise<string | void>
  /** @throws AwsError when the operation has failed */
  progress?(id: string, ticket: string, context: ResourceContext): Promise<'ready' | 'pending'>
  /** Whether it has been done already; asked before it is repeated. */
  isDone?(change: Change, context: ResourceContext): Promise<boolean>
}

export interface ResourceState {
  /** `pending` while the service still works on it. */
  readonly state: 'ready' | 'pending'
  readonly attributes: Readonly<Record<string, string>>
}

export const READY: ResourceState = { state: 'ready', attributes: {} }
export const PENDING: ResourceState = { state: 'pending', attributes: {} }

/**
 * One resource type. What its properties are, and which of them replace the resource, is published
 * (specification.ts); here stands what is done with them. A property that no operation takes is refused by name.
 */
export interface ResourceType {
  readonly name: string
  /** The property that gives it a name of the user's own, which cannot be had twice. */
  readonly customName?: PropertyPath
  readonly create: Creation
  readonly update: readonly Step[]
  /** Waits for signals where a creation policy says so: for itself, or for the instances of a group. */
  readonly creationPolicy?: 'itself' | 'group'
  /** What of an update policy is honored, by its members: `AutoScalingRollingUpdate` → `MaxBatchSize`, …. */
  readonly updatePolicy?: Readonly<Record<string, readonly string[]>>
  /** Whether a change has to be made by a new resource, as the update policy wants. */
  isReplacedBy?(policy: TemplateObject, before: TemplateObject, after: TemplateObject): boolean
  /** Properties that only its removal looks at. */
  readonly onRemoval?: readonly PropertyPath[]
  /** Not emulated, and accepted with this value alone: what AWS does without the property. */
  readonly defaults?: Readonly<Record<PropertyPath, TemplateValue>>
  /** The attributes that Fn::GetAtt can have. */
  readonly attributes: readonly string[]
  /** One whose members the resource itself names: `Outputs` of a nested stack, asked for as `Outputs.NAME`. */
  readonly namedAttributes?: string
  /** Those of them that are lists: their values, joined by commas. */
  readonly listAttributes?: readonly string[]
  /** Those of them that other resources change: they are read again for whoever asks. */
  readonly liveAttributes?: readonly string[]
  /** Those of them that an update in place changes. */
  readonly changingAttributes?: readonly string[]
  /** How far the resource is, with its attributes. @throws AwsError when it has failed */
  read(physicalId: string, context: ResourceContext, properties: TemplateObject): Promise<ResourceState>
  /**
   * What the service has for the properties asked about; those that it doesn't tell stay as they are in `expected`.
   * A type without it is not checked for drift.
   * @returns undefined when the resource is gone
   */
  actual?(
    physicalId: string,
    context: ResourceContext,
    expected: TemplateObject,
  ): Promise<TemplateObject | undefined>
  /** Keeps a copy of what it holds, before it goes by a policy Snapshot. @returns true once the copy is whole */
  snapshot?(physicalId: string, context: ResourceContext): Promise<boolean>
  /** @returns true once it is gone. @throws AwsError of the service, also while something else needs it */
  remove(physicalId: string, context: ResourceContext, properties: TemplateObject): Promise<boolean>
}

/** The properties that a type has a use for. */
export function honouredPaths(type: ResourceType): readonly PropertyPath[] {
  const { create, update, onRemoval = [] } = type
  return [...create.on, ...update.flatMap(({ on, reads = [] }) => [...on, ...reads]), ...onRemoval]
}
