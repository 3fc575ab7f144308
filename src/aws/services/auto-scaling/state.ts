// Owns the records of Auto Scaling.
import type { CreateLaunchConfigurationType, InstancesDistribution } from '@aws-sdk/client-auto-scaling'

import { AwsError } from '../../../base/errors.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

export interface GroupTag {
  readonly key: string
  readonly value: string
  readonly propagate: boolean
}

export interface ActivityRecord {
  readonly id: string
  readonly description: string
  readonly cause: string
  readonly atMs: number
  readonly status: 'Successful' | 'Failed'
  readonly message?: string
}

/**
 * `attached` until an instance is healthy there (a group asks for it where its health checks are those of ELB), `inService`
 * then or when the group was made with it, `removing` until no instance is registered.
 */
export type Attachment = 'attached' | 'inService' | 'removing'

/** What is kept of a policy beside its launch template. */
export interface MixedInstances {
  /** In order of preference; none: the type of the launch template. */
  readonly instanceTypes: readonly string[]
  readonly distribution: InstancesDistribution
}

export interface GroupRecord {
  readonly name: string
  readonly arn: string
  readonly createdAtMs: number
  readonly minSize: number
  readonly maxSize: number
  readonly desired: number
  /** Absent where there is a launch configuration. */
  readonly template?: { readonly id?: string; readonly name?: string; readonly version?: string }
  /** Name of a launch configuration. */
  readonly configuration?: string
  /** Of a group with a mixed instances policy: `template` is the one of the policy. */
  readonly mixed?: MixedInstances
  readonly subnetIds: readonly string[]
  readonly zones: readonly string[]
  /** Made by zones alone: its subnets are the default ones, and it shows none. */
  readonly byZones?: boolean
  /** Why each process that is suspended is so, by its name. */
  readonly suspended?: Readonly<Record<string, string>>
  readonly tags: readonly GroupTag[]
  readonly protectNew: boolean
  /** As it was given; no spot instance is taken back. */
  readonly capacityRebalance?: boolean
  /** HealthCheckGracePeriod; 0 when the group was made without. */
  readonly gracePeriodSeconds?: number
  /** ELB: what a target group finds unhealthy is replaced too; EC2 when the group was made without. */
  readonly healthCheckType?: 'EC2' | 'ELB'
  /** By ARN, in the order in which they were attached. */
  readonly targetGroups?: Readonly<Record<string, Attachment>>
  /** DefaultCooldown; 300 when the group was made without. */
  readonly cooldownSeconds?: number
  /** MaxInstanceLifetime; absent for none. */
  readonly maxLifetimeSeconds?: number
  /** Names of those that are collected. */
  readonly metrics?: readonly string[]
  /** Newest first, at most `MAX_ACTIVITIES`. */
  readonly activities: readonly ActivityRecord[]
  readonly isDeleting: boolean
}

/** Settings are as sent: they are never changed. */
export interface ConfigurationRecord {
  readonly name: string
  readonly arn: string
  readonly createdAtMs: number
  readonly settings: Omit<CreateLaunchConfigurationType, 'LaunchConfigurationName'>
}

const MAX_ACTIVITIES = 50

export type NewActivity = Omit<ActivityRecord, 'id' | 'atMs'>

export class AutoScalingState {
  readonly deps: ServiceDeps
  readonly groups: Table<GroupRecord>
  readonly configurations: Table<ConfigurationRecord>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    this.groups = new Table(deps.store, 'aws/autoscaling/groups')
    this.configurations = new Table(deps.store, 'aws/autoscaling/launch-configurations')
  }

  group(name: string | undefined): GroupRecord {
    const group = this.groups.get(name ?? '')
    if (!group) throw validationError('AutoScalingGroup name not found - null')
    return group
  }

  /** Adds an activity to the history of a group. */
  async record(name: string, activity: NewActivity): Promise<void> {
    await this.groups.update(name, (group) => this.withActivity(group, activity))
  }

  /** A group with one more activity in its history. */
  withActivity(group: GroupRecord, activity: NewActivity): GroupRecord {
    const entry = { id: this.deps.ids.uuid(), atMs: this.deps.clock.now(), ...activity }
    return { ...group, activities: [entry, ...group.activities].slice(0, MAX_ACTIVITIES) }
  }
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message)
}
