// Owns the region that tests of stacks run in when they drive the reconcilers themselves, one step after the other.
import type * as sdk from '@aws-sdk/client-cloudformation'

import type { Clock } from '../../../../base/clock.ts'
import { createMemoryStore } from '../../../../store/memory-store.ts'
import type { Store } from '../../../../store/store.ts'
import { createTestRegion, type TestRegion } from '../../../testing/test-region.ts'
import { createCloudFormation, type CloudFormationService } from '../index.ts'
import { keyOfStack, type StackRecord } from '../state.ts'

export interface StackRegion extends TestRegion {
  readonly cloudformation: CloudFormationService
  readonly call: <Output>(service: string, operation: string, input: object) => Promise<Output>
  /** @returns the id of the new stack, which nothing has been done for yet */
  create(name: string, template: object, input?: Partial<sdk.CreateStackInput>): Promise<string>
  update(name: string, template: object): Promise<void>
  /** Reconciles once. */
  step(id: string): Promise<void>
  /** Reconciles until nothing is under way. */
  settle(id: string): Promise<StackRecord>
}

/** IAM, EC2, Logs, Auto Scaling and CloudFormation over `store`; nothing runs by itself. */
export async function createStackRegion(
  options: { store?: Store; clock?: Clock } = {},
): Promise<StackRegion> {
  const { store = createMemoryStore() } = options
  const region = await createTestRegion({ ...options, store })
  const cloudformation = createCloudFormation(region.deps)
  region.services.push(cloudformation.service)
  const call: StackRegion['call'] = (service, operation, input) =>
    region.deps.caller.call(service, operation, input)
  const step = async (id: string): Promise<void> => {
    for (const controller of cloudformation.controllers) await controller.reconcile(keyOfStack(id))
  }
  const settle = async (id: string): Promise<StackRecord> => {
    const key = keyOfStack(id)
    for (;;) {
      await step(id)
      const stack = cloudformation.tables.stacks.get(key)
      if (stack && !stack.status.endsWith('_IN_PROGRESS')) return stack
    }
  }
  const source = (template: object) => ({
    TemplateBody: JSON.stringify(template),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
  })
  return {
    ...region,
    cloudformation,
    update: async (StackName, template) => {
      await call('cloudformation', 'UpdateStack', { StackName, ...source(template) })
    },
    call,
    step,
    settle,
    create: async (name, template, input = {}) => {
      const { StackId = '' } = await call<sdk.CreateStackOutput>('cloudformation', 'CreateStack', {
        StackName: name,
        ...source(template),
        ...input,
      })
      return StackId
    },
  }
}
