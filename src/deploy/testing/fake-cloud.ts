// Owns the fakes that the tests of this folder deploy to: scripted AWS clients, stacks in memory, a clock that never waits.
import { EKSServiceException } from '@aws-sdk/client-eks'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { isNotFound } from '../../base/errors.ts'
import { sequentialIds } from '../../base/ids.ts'
import { clusterTags } from '../../rules/eksctl/tags.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Draft, KubernetesClient, KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { openCloud, type Cloud } from '../cloud.ts'
import type { DeployContext } from '../context.ts'
import type { ProgressListener, StepReport } from '../../terminal/progress-view.ts'
import { stackMarks, tagList } from '../ownership.ts'
import { NO_CONSENT, type Consent } from '../stack-plan.ts'
import { NEAR_PACE } from '../pace.ts'
import { Progress } from '../progress.ts'

/** A clock on which a sleep is over at once: time moves by what was slept. */
export class HastyClock extends FakeClock {
  /** What was slept, in order, in milliseconds. */
  readonly sleeps: number[] = []

  override async sleep(delayMs: number): Promise<void> {
    this.sleeps.push(delayMs)
    await this.advance(delayMs)
  }
}

/** What a cluster serves once the load balancer controller's definitions are applied. */
export const CHART_KINDS: readonly Resource[] = [
  {
    group: 'elbv2.k8s.aws',
    version: 'v1beta1',
    plural: 'ingressclassparams',
    kind: 'IngressClassParams',
    namespaced: false,
  },
]

export type Input = Readonly<Record<string, unknown>>
/** Answers by operation name, e.g. `DescribeCluster`. */
export type Handlers = Readonly<Record<string, (input: Input) => unknown>>

export interface AwsCall {
  readonly operation: string
  readonly input: Input
}

export interface FakeCloud {
  readonly cloud: Cloud
  /** What was sent, in order. */
  readonly calls: readonly AwsCall[]
  /** The inputs of one operation, in order. */
  inputsOf(operation: string): readonly Input[]
}

/** Real SDK clients whose `send` is answered by the handlers; what has none fails as an operation AWS has not. */
export async function fakeCloud(handlers: Handlers): Promise<FakeCloud> {
  const calls: AwsCall[] = []
  const cloud = openCloud({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  })
  const send = async (command: { readonly input: object }): Promise<unknown> => {
    const operation = command.constructor.name.replace(/Command$/, '')
    const input = { ...command.input }
    calls.push({ operation, input })
    const handler = handlers[operation]
    if (!handler) throw awsFailure('UnknownOperationException', `the script has no ${operation}`)
    return handler(input)
  }
  const clients = [cloud.eks, cloud.cloudFormation, cloud.iam, cloud.elbv2, cloud.logs, cloud.sts]
  for (const client of clients) Object.assign(client, { send })
  const ssm = async (): ReturnType<typeof cloud.ssm> => Object.assign(await cloud.ssm(), { send })
  // Both generations have operations of one name; no script has a Classic Load Balancer of its own.
  const classic = { send: async () => ({ LoadBalancerDescriptions: [], TagDescriptions: [] }) }
  const elb = async (): ReturnType<typeof cloud.elb> => Object.assign(await cloud.elb(), classic)
  return {
    cloud: { ...cloud, ssm, elb },
    calls,
    inputsOf: (operation) => calls.filter((call) => call.operation === operation).map(({ input }) => input),
  }
}

/** An error as the clients of the SDK throw it: the code is in `name`. */
export function awsFailure(code: string, message: string): Error {
  return new EKSServiceException({ name: code, message, $fault: 'client', $metadata: {} })
}

/** What a stack is, and where it goes when it is looked at again. */
interface FakeStack {
  readonly status: string
  readonly next?: string
  readonly template: unknown
  readonly tags: unknown
  readonly isProtected: boolean
}

/** CloudFormation in memory: whatever is asked is in progress for one look, and then done. */
export class FakeStacks {
  readonly stacks = new Map<string, FakeStack>()
  /** How the next change of a stack ends, when not well. */
  readonly endings = new Map<string, string>()
  readonly outputs: Readonly<Record<string, string>>
  /** Change sets that were made and neither executed nor deleted. */
  readonly changeSets = new Map<string, Input>()
  /** Logical ids of resources that no change leaves in place. */
  readonly replacing = new Set<string>()
  events: readonly Input[] = []

  constructor(outputs: Readonly<Record<string, string>> = {}) {
    this.outputs = outputs
  }

  readonly handlers: Handlers = {
    DescribeStacks: ({ StackName }) => ({ Stacks: [this.#look(String(StackName))] }),
    ListStacks: () => ({
      StackSummaries: [...this.stacks].map(([StackName, { status }]) => ({ StackName, StackStatus: status })),
    }),
    GetTemplate: ({ StackName }) => ({ TemplateBody: this.#find(String(StackName)).template }),
    DescribeStackEvents: () => ({ StackEvents: this.events }),
    CreateStack: (input) => this.#change(input, 'CREATE'),
    CreateChangeSet: (input) => {
      this.#find(String(input['StackName']))
      this.changeSets.set(String(input['ChangeSetName']), input)
    },
    DescribeChangeSet: ({ ChangeSetName }) => this.#describeChangeSet(this.#findChangeSet(ChangeSetName)),
    DeleteChangeSet: ({ ChangeSetName }) => void this.changeSets.delete(String(ChangeSetName)),
    ExecuteChangeSet: ({ ChangeSetName }) => {
      const changeSet = this.#findChangeSet(ChangeSetName)
      this.changeSets.clear()
      this.#change(changeSet, 'UPDATE')
    },
    UpdateTerminationProtection: ({ StackName, EnableTerminationProtection }) => {
      const stack = this.#find(String(StackName))
      this.stacks.set(String(StackName), { ...stack, isProtected: EnableTerminationProtection === true })
    },
    DeleteStack: ({ StackName }) => {
      const name = String(StackName)
      const stack = this.#find(name)
      if (stack.isProtected) throw awsFailure('ValidationError', `${name} has termination protection`)
      const next = this.#ending(name) ?? 'DELETE_COMPLETE'
      this.stacks.set(name, { ...stack, status: 'DELETE_IN_PROGRESS', next })
    },
  }

  /** Puts a stack there as it is. */
  seed(name: string, stack: Partial<FakeStack>): void {
    this.stacks.set(name, {
      status: 'CREATE_COMPLETE',
      template: '{}',
      tags: [],
      isProtected: true,
      ...stack,
    })
  }

  #change(input: Input, verb: 'CREATE' | 'UPDATE'): object {
    const name = String(input['StackName'])
    if (verb === 'CREATE' && this.stacks.has(name)) {
      throw awsFailure('AlreadyExistsException', `Stack [${name}] already exists`)
    }
    const isProtected = this.stacks.get(name)?.isProtected ?? input['EnableTerminationProtection'] === true
    this.stacks.set(name, {
      status: `${verb}_IN_PROGRESS`,
      next: this.#ending(name) ?? `${verb}_COMPLETE`,
      template: input['TemplateBody'],
      tags: input['Tags'],
      isProtected,
    })
    return { StackId: `arn:${name}` }
  }

  #findChangeSet(name: unknown): Input {
    const changeSet = this.changeSets.get(String(name))
    if (!changeSet)
      throw awsFailure('ChangeSetNotFoundException', `ChangeSet [${String(name)}] does not exist`)
    return changeSet
  }

  #describeChangeSet(input: Input): object {
    const { template, tags } = this.#find(String(input['StackName']))
    if (template === input['TemplateBody'] && sameTags(tags, input['Tags'])) {
      return { Status: 'FAILED', StatusReason: "The submitted information didn't contain changes." }
    }
    const before = resourcesIn(template)
    const after = resourcesIn(input['TemplateBody'])
    const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((id) => {
      if (JSON.stringify(before[id]) === JSON.stringify(after[id])) return []
      const Action = before[id] === undefined ? 'Add' : after[id] === undefined ? 'Remove' : 'Modify'
      const Replacement = this.replacing.has(id) ? 'True' : 'False'
      const ResourceType = (after[id] ?? before[id])?.Type
      return [
        { Action, LogicalResourceId: id, ResourceType, ...(Action === 'Modify' ? { Replacement } : {}) },
      ]
    })
    return { Status: 'CREATE_COMPLETE', Changes: changes.map((ResourceChange) => ({ ResourceChange })) }
  }

  #ending(name: string): string | undefined {
    const ending = this.endings.get(name)
    this.endings.delete(name)
    return ending
  }

  #find(name: string): FakeStack {
    const stack = this.stacks.get(name)
    if (!stack) throw awsFailure('ValidationError', `Stack with id ${name} does not exist`)
    return stack
  }

  #look(name: string): object {
    const { next, ...stack } = this.#find(name)
    if (next === 'DELETE_COMPLETE') this.stacks.delete(name)
    else this.stacks.set(name, { ...stack, status: next ?? stack.status })
    const Outputs = Object.entries(this.outputs).map(([OutputKey, OutputValue]) => ({
      OutputKey,
      OutputValue,
    }))
    return {
      StackName: name,
      StackStatus: stack.status,
      Tags: stack.tags,
      EnableTerminationProtection: stack.isProtected,
      Outputs,
    }
  }
}

function resourcesIn(template: unknown): Readonly<Record<string, { readonly Type: string }>> {
  try {
    // Templates of tests are JSON, or nothing that has resources.
    const { Resources = {} } = JSON.parse(String(template)) as {
      Resources?: Record<string, { readonly Type: string }>
    }
    return Resources
  } catch {
    return {}
  }
}

/** The tags of a stack that `up` has made for the cluster. */
export function ownTags(cluster = 'workshop'): { Key: string; Value: string }[] {
  return tagList({ ...clusterTags(cluster), ...stackMarks(cluster, undefined) })
}

function sameTags(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Adds server-side apply to a client that has only the other verbs: enough to see what was applied. */
export function withApply(client: KubernetesClient): KubernetesClient {
  const apply: KubernetesClient['patch'] = async <T extends KubernetesObject>(
    ...[resource, key, body, options]: Parameters<KubernetesClient['patch']>
  ): Promise<T> => {
    if (options.type !== 'apply') return (await client.patch(resource, key, body, options)) as T
    try {
      await client.get(resource, key)
    } catch (error) {
      if (!isNotFound(error)) throw error
      // What is applied is an object without the metadata that the server adds.
      return (await client.create(resource, body as Draft<T>)) as T
    }
    return (await client.patch(resource, key, body, { ...options, type: 'merge' })) as T
  }
  return {
    get: (resource, key) => client.get(resource, key),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    create: (resource, draft, options) => client.create(resource, draft, options),
    update: (resource, object, options) => client.update(resource, object, options),
    updateStatus: (resource, object, options) => client.updateStatus(resource, object, options),
    patch: apply,
    delete: (resource, key, options) => client.delete(resource, key, options),
    createSubresource: (resource, key, subresource, body) =>
      client.createSubresource(resource, key, subresource, body),
    getScale: (resource, key) => client.getScale(resource, key),
    updateScale: (resource, key, scale) => client.updateScale(resource, key, scale),
  }
}

/** Keeps what it is told. */
export class RecordingListener implements ProgressListener {
  /** `started TITLE`, `ended TITLE`, `failed TITLE`, in order. */
  readonly course: string[] = []
  readonly reports: StepReport[] = []
  readonly details: string[] = []
  readonly warnings: string[] = []

  started(title: string): void {
    this.course.push(`started ${title}`)
  }

  detail(_title: string, text: string): void {
    this.details.push(text)
  }

  ended(report: StepReport): void {
    this.course.push(`ended ${report.title}`)
    this.reports.push(report)
  }

  failed(title: string): void {
    this.course.push(`failed ${title}`)
  }

  warning(text: string): void {
    this.warnings.push(text)
  }
}

export interface TestDeployment extends FakeCloud {
  readonly context: DeployContext
  readonly clock: HastyClock
  readonly listener: RecordingListener
}

/** What steps work with: the config is a cluster `workshop` in eu-west-1 with what is given here. */
export async function testDeployment(
  handlers: Handlers,
  options: {
    readonly config?: Partial<ClusterConfig>
    readonly kubernetes?: KubernetesClient
    readonly consent?: Partial<Consent>
  } = {},
): Promise<TestDeployment> {
  const clock = new HastyClock()
  const listener = new RecordingListener()
  const fake = await fakeCloud(handlers)
  const { config = {}, kubernetes } = options
  const context: DeployContext = {
    cloud: fake.cloud,
    clock,
    pace: NEAR_PACE,
    ids: sequentialIds(),
    consent: { ...NO_CONSENT, ...options.consent },
    config: {
      apiVersion: 'eksctl.io/v1alpha5',
      kind: 'ClusterConfig',
      metadata: { name: 'workshop', region: 'eu-west-1', version: '1.35' },
      ...config,
    },
    progress: new Progress(listener, () => clock.now()),
    openKubernetes: () => {
      if (!kubernetes) throw awsFailure('UnknownOperationException', 'the script has no Kubernetes API')
      return kubernetes
    },
  }
  return { ...fake, context, clock, listener }
}
