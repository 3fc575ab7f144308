// Owns the comparison of what `up` would make with what is there already. Nothing is changed.
import type { Stack } from '@aws-sdk/client-cloudformation'

import { deepEqual, isObject } from '../base/json.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { previewManifests, type FindResource, type SourcedObject } from './apply.ts'
import { describeChange, discardChanges, proposeChanges } from './change-set.ts'
import { answering, describeCluster } from './cluster.ts'
import type { DeployContext } from './context.ts'
import { profilesOf } from './fargate.ts'
import { importSubnets } from './import-subnets.ts'
import { resolveNetwork, withZones } from './network.ts'
import { isOurs, isOurStack, makerOf, tagsOf } from './ownership.ts'
import { withOwnTemplates } from './own-templates.ts'
import { lookedUpStacks } from './joining-stacks.ts'
import { describeFailures, failedResources } from './stack-events.ts'
import type { StackPlan } from './stack-plan.ts'
import { DEAD_STATES, findStack, isUpToDate, markedPlan, stacksNamedAfter } from './stacks.ts'
import { wantedStackNames, wantedStacks } from './wanted.ts'

/** What `up` would do about a thing; `stays` is no longer in the files, and only `down` removes it. */
export type PresentState = 'created' | 'changed' | 'unchanged' | 'made anew' | 'not ours' | 'stays'

export interface Compared {
  /** `stack eksctl-shop-cluster`, `Fargate profile batch`, `Deployment shop/web` */
  readonly what: string
  readonly state: PresentState
  /** What would change, or whose it is; a line each. */
  readonly details: readonly string[]
}

export interface CompareOptions {
  readonly context: DeployContext
  /** The Kubernetes version to create. */
  readonly version: string
  readonly manifests: readonly SourcedObject[]
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
}

/**
 * Stacks by change sets, which are taken back, manifests by a server-side apply that is not carried out.
 * @throws UserError when subnets or templates that the file names are not there, or rights are missing
 */
export async function comparePresent(given: CompareOptions): Promise<readonly Compared[]> {
  const { progress } = given.context
  return progress.quietly('comparing with what is there', async () => {
    const imported = { ...given.context, config: await importSubnets(given.context) }
    const templated = { ...imported, config: await withOwnTemplates(imported) }
    const context = { ...templated, config: await withZones(templated) }
    const cluster = await describeCluster(context, context.config.metadata.name)
    const answers = cluster && answering(cluster)
    const network = await resolveNetwork(context)
    const facts = { network, version: given.version, issuer: answers?.issuer }
    const wanted = [
      ...wantedStacks(context.config, facts),
      ...(answers ? await lookedUpStacks(context, answers, given.version) : []),
    ]
    const stacks: Compared[] = []
    for (const plan of wanted) stacks.push(await compareStack(context, plan))
    return [
      ...stacks,
      ...laterStacks(context, wanted),
      ...(await strayStacks(context, wanted)),
      ...(await compareProfiles(context, cluster !== undefined)),
      ...(answers ? await compareManifests(given, context.openKubernetes(answers)) : newManifests(given)),
    ]
  })
}

async function compareStack(context: DeployContext, wanted: StackPlan): Promise<Compared> {
  const what = `stack ${wanted.name}`
  const stack = await findStack(context, wanted.name)
  if (!stack) return { what, state: 'created', details: [] }
  const tags = tagsOf(stack.Tags)
  if (!isOurStack(tags, wanted.cluster))
    return { what, state: 'not ours', details: [`made by ${makerOf(tags)}`] }
  if (DEAD_STATES.has(stack.StackStatus ?? '')) return deadStack(context, what, stack)
  const plan = markedPlan(wanted, stack)
  if (await isUpToDate(context, plan, stack)) return { what, state: 'unchanged', details: [] }
  if (stack.StackStatus?.endsWith('_IN_PROGRESS') || stack.StackStatus?.endsWith('_FAILED'))
    return { what, state: 'changed', details: [`it is ${stack.StackStatus}`] }
  const changeSet = await proposeChanges(context, plan)
  if (!changeSet) return { what, state: 'unchanged', details: [] }
  await discardChanges(context, changeSet)
  return { what, state: 'changed', details: changeSet.changes.map(describeChange) }
}

async function deadStack({ cloud }: DeployContext, what: string, stack: Stack): Promise<Compared> {
  const failures = await failedResources(cloud, stack.StackName ?? '')
  const reasons = describeFailures(failures).split('\n').slice(1)
  return {
    what,
    state: 'made anew',
    details: [`it is ${stack.StackStatus}`, ...reasons.map((line) => line.trim())],
  }
}

// Their templates name the issuer of a cluster that is not there yet.
function laterStacks({ config }: DeployContext, known: readonly StackPlan[]): readonly Compared[] {
  return wantedStackNames(config)
    .filter((name) => !known.some((plan) => plan.name === name))
    .map((name) => ({ what: `stack ${name}`, state: 'created', details: [] }))
}

async function strayStacks(
  context: DeployContext,
  wanted: readonly StackPlan[],
): Promise<readonly Compared[]> {
  const { name } = context.config.metadata
  const names = new Set([...wanted.map((plan) => plan.name), ...wantedStackNames(context.config)])
  const present = await stacksNamedAfter(context, name)
  return present
    .filter(({ StackName = '' }) => !names.has(StackName))
    .map(({ StackName, Tags }) => {
      const isOwn = isOurStack(tagsOf(Tags), name)
      const details = [isOwn ? 'no longer in the files' : `made by ${makerOf(tagsOf(Tags))}`]
      return { what: `stack ${StackName}`, state: isOwn ? 'stays' : 'not ours', details }
    })
}

async function compareProfiles(context: DeployContext, isThere: boolean): Promise<readonly Compared[]> {
  const { metadata, fargateProfiles = [] } = context.config
  const present = isThere ? await profilesOf(context, metadata.name) : []
  const wanted = fargateProfiles.map(({ name }): Compared => {
    const found = present.find((profile) => profile.name === name)
    const what = `Fargate profile ${name}`
    if (!found) return { what, state: 'created', details: [] }
    const isOwn = isOurs(found.tags, metadata.name)
    return {
      what,
      state: isOwn ? 'unchanged' : 'not ours',
      details: isOwn ? [] : [`made by ${makerOf(found.tags)}`],
    }
  })
  const stray = present
    .filter(({ name }) => !fargateProfiles.some((profile) => profile.name === name))
    .map(({ name, tags }): Compared => {
      const isOwn = isOurs(tags, metadata.name)
      return {
        what: `Fargate profile ${name}`,
        state: isOwn ? 'stays' : 'not ours',
        details: [isOwn ? 'no longer in the files' : `made by ${makerOf(tags)}`],
      }
    })
  return [...wanted, ...stray]
}

function newManifests({ manifests }: CompareOptions): readonly Compared[] {
  return manifests.map(({ object }) => ({ what: titleOf(object), state: 'created', details: [] }))
}

async function compareManifests(
  { context: { clock, pace, config }, manifests, findResource }: CompareOptions,
  kubernetes: KubernetesClient,
): Promise<readonly Compared[]> {
  const project = config.metadata.name
  const target = { kubernetes, findResource: findResource(kubernetes), clock, pace, project }
  const previews = await previewManifests(target, manifests)
  return previews.map(({ manifest: { object }, before, after, maker }): Compared => {
    const what = titleOf(object)
    if (!before) return { what, state: 'created', details: [] }
    if (maker !== undefined) return { what, state: 'not ours', details: [`made by ${maker}`] }
    const details = changedPaths(stable(before), stable(after)).slice(0, PATHS_SHOWN)
    return { what, state: details.length > 0 ? 'changed' : 'unchanged', details }
  })
}

// So many say enough of a change.
const PATHS_SHOWN = 5

function titleOf({ kind, metadata: { name, namespace } }: SourcedObject['object']): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`
}

function stable(object: unknown): unknown {
  if (!isObject(object) || !isObject(object['metadata'])) return object
  const {
    managedFields: _fields,
    resourceVersion: _version,
    generation: _generation,
    ...metadata
  } = object['metadata']
  return { ...object, metadata }
}

function changedPaths(before: unknown, after: unknown, path = ''): readonly string[] {
  if (deepEqual(before, after)) return []
  if (!isObject(before) || !isObject(after)) return [path]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys.flatMap((key) => changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`))
}
