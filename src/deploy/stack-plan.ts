// Owns what a stack is to be, and what the steps that bring it there work with.
import type { Capability } from '@aws-sdk/client-cloudformation'

import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Cloud } from './cloud.ts'
import type { Tags } from './ownership.ts'
import type { Pace } from './pace.ts'
import type { Template } from './templates/template.ts'

export interface StackPlan {
  readonly name: string
  /** The cluster that the stack is a part of. */
  readonly cluster: string
  readonly template: Template
  readonly capabilities: readonly Capability[]
  /** Without the marks, which depend on who made the stack. */
  readonly tags: Tags
}

/** What the person at the terminal has agreed to. */
export interface Consent {
  /** Take over what somebody else made. */
  readonly adopt: boolean
  /** Replace or remove resources that hold something. */
  readonly allowReplacement: boolean
  /** Remove load balancers and Fargate profiles of the cluster that somebody else made. */
  readonly force: boolean
}

/** Nothing but what is ours, and nothing that would lose something. */
export const NO_CONSENT: Consent = { adopt: false, allowReplacement: false, force: false }

export interface StackContext {
  readonly cloud: Cloud
  readonly clock: Clock
  readonly pace: Pace
  readonly ids: Ids
  readonly consent: Consent
}
