// Owns the scene of tests that bring one stack to a plan.
import { clusterTags } from '../../rules/eksctl/tags.ts'
import type { Consent, StackPlan } from '../stack-plan.ts'
import { ensureStack } from '../stacks.ts'
import type { Template } from '../templates/template.ts'
import { FakeStacks, testDeployment, type Handlers, type TestDeployment } from './fake-cloud.ts'

export const NAME = 'eksctl-workshop-cluster'

/** A template with one role; `description` tells it from others. */
export function template(description: string): Template {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: description,
    Resources: { Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: undefined, Path: '/' } } },
  }
}

export const plan: StackPlan = {
  name: NAME,
  cluster: 'workshop',
  template: template('one'),
  capabilities: ['CAPABILITY_IAM'],
  tags: clusterTags('workshop'),
}

export interface Scene extends TestDeployment {
  readonly stacks: FakeStacks
  readonly said: string[]
  ensure(wanted?: StackPlan): ReturnType<typeof ensureStack>
}

interface SceneOptions {
  readonly outputs?: Record<string, string>
  readonly handlers?: Handlers
  readonly consent?: Partial<Consent>
}

/** CloudFormation in memory, and a run that brings the stack to the plan there. */
export async function scene({
  outputs = {},
  handlers = {},
  consent = {},
}: SceneOptions = {}): Promise<Scene> {
  const stacks = new FakeStacks(outputs)
  const deployment = await testDeployment({ ...stacks.handlers, ...handlers }, { consent })
  const said: string[] = []
  return {
    ...deployment,
    stacks,
    said,
    ensure: (wanted = plan) => ensureStack(deployment.context, wanted, (text) => said.push(text)),
  }
}

/** The operations that were asked for and change something, in order. */
export function changes({ calls }: Scene): string[] {
  return calls
    .map(({ operation }) => operation)
    .filter((name) => /^(Create|Update|Delete|Execute)/.test(name))
}
