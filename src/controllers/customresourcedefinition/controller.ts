// Owns the control loop of custom resource definitions: their names, when they are served, and their end.
// Source: apiextensions-apiserver pkg/controller/{status,establish,finalizer,apiapproval}.
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { customResourceDefinitions } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, ReconcileResult } from '../../reconcile/controller.ts'
import { approvalFinding } from './approval.ts'
import { conditionOf, type Condition, type Finding, type Status } from './conditions.ts'
import { acceptNames } from './names.ts'
import { withCondition } from '../../rules/kubernetes/conditions.ts'

const FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'
const BY_GROUP = 'custom-resource-definition/group'
// Objects that hold out, by finalizers of their own, are looked for again this soon.
const RECHECK_MS = 200

const ESTABLISHED: Finding = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
}
const NOT_ACCEPTED: Finding = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
}

/** The control loop of custom resource definitions. */
export function createCustomResourceDefinitionController(context: ControllerContext): Controller {
  const all = context.informer(customResourceDefinitions)
  all.addIndex(BY_GROUP, ({ spec }) => [spec.group])
  // Names that were given a moment ago count, though the informer may not have heard of it.
  const written = new Map<string, CustomResourceDefinition>()
  const newest = (known: CustomResourceDefinition): CustomResourceDefinition => {
    const own = written.get(known.metadata.name)
    if (own?.metadata.uid !== known.metadata.uid) return known
    return Number(own.metadata.resourceVersion) > Number(known.metadata.resourceVersion) ? own : known
  }
  const ofGroup = ({ spec }: CustomResourceDefinition): readonly CustomResourceDefinition[] =>
    all.byIndex(BY_GROUP, spec.group).map(newest)
  return {
    name: 'custom-resource-definition',
    // A name that is given up may be wanted by others of the group.
    sources: [
      all.source((definition) => ofGroup(definition).map(({ metadata }) => metadata.name)),
      all.source(),
    ],
    async reconcile(name): Promise<ReconcileResult | void> {
      const definition = all.get(name)
      if (!definition) {
        written.delete(name)
        return
      }
      if (definition.metadata.deletionTimestamp) return finalize(context, definition)
      written.set(name, await establish(context, newest(definition), ofGroup(definition)))
    },
  }
}

async function establish(
  context: ControllerContext,
  definition: CustomResourceDefinition,
  group: readonly CustomResourceDefinition[],
): Promise<CustomResourceDefinition> {
  const others = group.filter(({ metadata }) => metadata.uid !== definition.metadata.uid)
  const { names, finding } = acceptNames(definition, others)
  const isEstablished = conditionOf(definition, 'Established')?.status === 'True'
  const accepted = finding.status === 'True' || isEstablished ? ESTABLISHED : NOT_ACCEPTED
  const approval = approvalFinding(definition)
  return writeStatus(context, definition, {
    acceptedNames: names,
    findings: [finding, accepted, ...(approval ? [approval] : [])],
  })
}

interface Outcome {
  readonly acceptedNames?: Status['acceptedNames']
  readonly findings: readonly Finding[]
}

async function writeStatus(
  { client, clock }: ControllerContext,
  definition: CustomResourceDefinition,
  { acceptedNames, findings }: Outcome,
): Promise<CustomResourceDefinition> {
  const now = timestamp(clock)
  const before = definition.status
  const conditions = findings.reduce(
    (list, finding) => withCondition<Condition>(list, finding, now),
    [...(before?.conditions ?? [])],
  )
  const status = { ...before, ...(acceptedNames ? { acceptedNames } : {}), conditions } as Status
  if (deepEqual(status, before)) return definition
  return client.updateStatus(customResourceDefinitions, { ...definition, status })
}

/** Deletes the objects of a definition that is deleted, and lets it go when none is left. */
async function finalize(
  context: ControllerContext,
  definition: CustomResourceDefinition,
): Promise<ReconcileResult | void> {
  if (!definition.metadata.finalizers?.includes(FINALIZER)) return
  const terminating = (
    status: 'True' | 'False',
    reason: string,
    message: string,
  ): Promise<CustomResourceDefinition> =>
    writeStatus(context, definition, { findings: [{ type: 'Terminating', status, reason, message }] })
  if (conditionOf(definition, 'Established')?.status !== 'True') {
    const last = await terminating('False', 'NeverEstablished', 'resource was never established')
    return letGo(context, last)
  }
  if (conditionOf(definition, 'Terminating')?.reason !== 'InstanceDeletionInProgress') {
    // The write comes back as a change, and that as the next pass.
    await terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress')
    return undefined
  }
  try {
    if ((await deleteObjects(context, definition)) > 0) return { requeueAfterMs: RECHECK_MS }
  } catch (error) {
    await terminating('True', 'InstanceDeletionFailed', `could not issue all deletes: ${messageOf(error)}`)
    throw error
  }
  const last = await terminating('False', 'InstanceDeletionCompleted', 'removed all instances')
  await letGo(context, last)
}

/** @returns how many are still there. */
async function deleteObjects(
  { client }: ControllerContext,
  { spec }: CustomResourceDefinition,
): Promise<number> {
  const version =
    spec.versions.find(({ storage, served }) => storage && served) ??
    spec.versions.find(({ served }) => served)
  // What is served at no version cannot be reached, and cannot reach anything.
  if (!version) return 0
  const { plural, kind } = spec.names
  const resource: Resource = {
    group: spec.group,
    version: version.name,
    plural,
    kind,
    namespaced: spec.scope === 'Namespaced',
  }
  const { items } = await client.list(resource)
  for (const object of items) {
    if (!object.metadata.deletionTimestamp) await deleteOne({ client }, resource, object)
  }
  return items.length === 0 ? 0 : (await client.list(resource)).items.length
}

async function deleteOne(
  { client }: Pick<ControllerContext, 'client'>,
  resource: Resource,
  { metadata }: KubernetesObject,
): Promise<void> {
  const { name, namespace } = metadata
  try {
    await client.delete(resource, namespace === undefined ? { name } : { name, namespace }, {
      propagationPolicy: 'Background',
    })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function letGo({ client }: ControllerContext, { metadata }: CustomResourceDefinition): Promise<void> {
  const finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER)
  const { name, uid } = metadata
  try {
    await client.patch(
      customResourceDefinitions,
      { name },
      { metadata: { uid, finalizers: finalizers.length > 0 ? finalizers : null } },
      { type: 'merge' },
    )
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
