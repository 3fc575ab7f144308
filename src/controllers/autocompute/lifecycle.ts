// Owns the control loop of node claims: launched, registered, initialized, and at the end drained and terminated.
// Source: kubernetes-sigs/karpenter pkg/controllers/nodeclaim/lifecycle and pkg/controllers/node/termination.
import type { Node } from '../../../generated/kubernetes.d.ts'
import { AwsError, isNotFound, messageOf } from '../../base/errors.ts'
import { parseGoDuration } from '../../base/go-duration.ts'
import { type NodeClaim, nodeClaims } from '../../kubernetes/client/auto-mode-resources.ts'
import { nodes } from '../../kubernetes/client/resources.ts'
import type { Controller, ReconcileResult } from '../../reconcile/controller.ts'
import { allocatableList } from '../../rules/auto-mode/auto-node.ts'
import type { NodeClass } from '../../rules/auto-mode/node-pool.ts'
import { isConditionTrue } from '../../rules/kubernetes/conditions.ts'
import { instanceType } from '../../rules/nodes/instance-types.ts'
import { drain } from '../../kubernetes/client/drain.ts'
import { capacityTypeOf, instanceTypeOf, ownLabelsOf, poolOf, zoneOf } from './claim.ts'
import {
  claimOfNode,
  type Compute,
  FROM,
  holds,
  INSTANCE_TYPE,
  instanceIdOf,
  isTrue,
  nodeOfClaim,
  TERMINATION,
  writeStatus,
} from './compute.ts'
import type { SelectedSubnet } from './ports.ts'

const RETRY_LAUNCH_MS = 10_000
const WATCH_MS = 500
// Whether machines are still there is looked at this often.
const CHECK_MS = 30_000
const DISRUPTED = { key: 'karpenter.sh/disrupted', effect: 'NoSchedule' } as const

/** The control loop of claims. */
export function createClaimController(compute: Compute): Controller {
  const { claims, nodes: all } = compute
  return {
    name: 'auto-compute-claims',
    sources: [claims.source(), all.source((node) => claimKeys(compute, node))],
    concurrency: 8,
    async reconcile(name) {
      const claim = claims.get(name)
      if (!claim) return undefined
      return claim.metadata.deletionTimestamp ? await end(compute, claim) : await keep(compute, claim)
    },
  }
}

function claimKeys(compute: Compute, node: Node): string[] {
  const claim = claimOfNode(compute, node)
  return claim ? [claim.metadata.name] : []
}

async function keep(compute: Compute, claim: NodeClaim): Promise<ReconcileResult | void> {
  const { context, machines } = compute
  const launched = isTrue(claim, 'Launched') ? claim : await launch(compute, claim)
  if (!launched) return { requeueAfterMs: RETRY_LAUNCH_MS }
  const id = instanceIdOf(launched) ?? ''
  const state = await machines.state(id)
  if (state === undefined || state === 'terminated' || state === 'shutting-down') {
    // Somebody else ended the machine: its claim has nothing left to hold.
    await remove(compute, launched)
    return undefined
  }
  const node = nodeOfClaim(compute, launched)
  if (!node) return { requeueAfterMs: WATCH_MS }
  if (node.metadata.deletionTimestamp) {
    await remove(compute, launched)
    return undefined
  }
  await adopt(compute, launched, node)
  const isReady = isConditionTrue(node.status?.conditions, 'Ready')
  const startup = launched.spec.startupTaints ?? []
  const isStarting = startup.some(({ key }) => node.spec.taints?.some((taint) => taint.key === key))
  const isUp = isReady && !isStarting
  const findings = [holds('Registered'), ...(isUp ? [holds('Initialized'), holds('Ready')] : [])]
  const fields = { nodeName: node.metadata.name, allocatable: node.status?.allocatable }
  await writeStatus(context, nodeClaims, launched, { findings, fields })
  return { requeueAfterMs: isUp ? CHECK_MS : WATCH_MS }
}

/** @returns the claim with its machine; undefined when AWS gave none, which the claim then says */
async function launch(compute: Compute, claim: NodeClaim): Promise<NodeClaim | undefined> {
  const { context, machines, classes } = compute
  const nodeClass = classes.get(claim.spec.nodeClassRef.name)
  const type = instanceType(instanceTypeOf(claim) ?? '')
  const subnet = nodeClass && subnetOf(nodeClass, zoneOf(claim))
  if (!type || !subnet)
    return await fail(compute, claim, `no subnet of the node class is in ${zoneOf(claim)}`)
  try {
    const { instanceId, imageId } = await machines.launch({
      token: claim.metadata.uid,
      nodePool: poolOf(claim),
      nodeClass,
      instanceType: type.name,
      arch: type.arch,
      capacityType: capacityTypeOf(claim),
      subnetId: subnet.id,
      securityGroupIds: securityGroupsOf(nodeClass),
      labels: ownLabelsOf(claim),
      taints: [...(claim.spec.taints ?? []), ...(claim.spec.startupTaints ?? [])],
    })
    const labels = { ...claim.metadata.labels, [INSTANCE_TYPE]: type.name }
    const named = await context.client.update(nodeClaims, {
      ...claim,
      metadata: { ...claim.metadata, labels },
    })
    const storage = nodeClass.spec.ephemeralStorage?.size
    const allocatable = allocatableList(type, storage)
    return await writeStatus(context, nodeClaims, named, {
      findings: [holds('Launched')],
      fields: {
        providerID: `aws:///${subnet.zone}/${instanceId}`,
        imageID: imageId,
        capacity: { ...allocatable, cpu: String(type.vcpu), memory: `${type.memoryMiB}Mi` },
        allocatable,
      },
    })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return await fail(compute, claim, `${error.code}: ${messageOf(error)}`)
  }
}

async function fail({ context }: Compute, claim: NodeClaim, message: string): Promise<undefined> {
  const finding = { type: 'Launched', status: 'False', reason: 'LaunchFailed', message } as const
  await writeStatus(context, nodeClaims, claim, { findings: [finding] })
  context.event(claim, { type: 'Warning', reason: 'LaunchFailed', message, from: FROM })
  return undefined
}

function subnetOf({ status }: NodeClass, zone: string): SelectedSubnet | undefined {
  const { subnets = [] } = (status ?? {}) as { subnets?: readonly SelectedSubnet[] }
  return subnets.find((subnet) => subnet.zone === zone)
}

function securityGroupsOf({ status }: NodeClass): string[] {
  const { securityGroups = [] } = (status ?? {}) as { securityGroups?: readonly { id: string }[] }
  return securityGroups.map(({ id }) => id)
}

/** What the kubelet cannot say of itself: that the node is a claim's, and ends as that does. */
async function adopt({ context }: Compute, claim: NodeClaim, node: Node): Promise<void> {
  const { finalizers = [], labels = {} } = node.metadata
  const wanted = {
    'karpenter.sh/registered': 'true',
    'karpenter.sh/initialized': String(isTrue(claim, 'Initialized')),
  }
  const isAdopted =
    finalizers.includes(TERMINATION) && Object.entries(wanted).every(([key, value]) => labels[key] === value)
  if (isAdopted) return
  const owner = {
    apiVersion: claim.apiVersion,
    kind: claim.kind,
    name: claim.metadata.name,
    uid: claim.metadata.uid,
  }
  await context.client.update(nodes, {
    ...node,
    metadata: {
      ...node.metadata,
      labels: { ...labels, ...wanted },
      finalizers: [...new Set([...finalizers, TERMINATION])],
      ownerReferences: [{ ...owner, blockOwnerDeletion: true }],
    },
  })
}

async function end(compute: Compute, claim: NodeClaim): Promise<ReconcileResult | void> {
  const { context, machines } = compute
  if (!claim.metadata.finalizers?.includes(TERMINATION)) return undefined
  const node = nodeOfClaim(compute, claim)
  if (node && !(await isDrained(compute, claim, node))) return { requeueAfterMs: WATCH_MS }
  const id = instanceIdOf(claim)
  if (id !== undefined) {
    const state = await machines.state(id)
    if (state !== undefined && state !== 'terminated') {
      if (state !== 'shutting-down') await machines.terminate(id)
      return { requeueAfterMs: WATCH_MS }
    }
  }
  if (node) await letGo(() => context.client.update(nodes, withoutFinalizer(node)))
  if (node) await letGo(() => context.client.delete(nodes, { name: node.metadata.name }))
  await letGo(() => context.client.update(nodeClaims, withoutFinalizer(claim)))
}

async function isDrained({ context }: Compute, claim: NodeClaim, node: Node): Promise<boolean> {
  const { client, clock } = context
  const { taints = [] } = node.spec
  if (!taints.some(({ key }) => key === DISRUPTED.key)) {
    await client.update(nodes, { ...node, spec: { ...node.spec, taints: [...taints, DISRUPTED] } })
  }
  const graceMs = parseGoDuration(claim.spec.terminationGracePeriod ?? '') ?? Number.POSITIVE_INFINITY
  const isOver = clock.now() - Date.parse(claim.metadata.deletionTimestamp ?? '') >= graceMs
  return (await drain(client, node.metadata.name, { force: isOver })) === 'done'
}

function withoutFinalizer<T extends Node | NodeClaim>(object: T): T {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== TERMINATION)
  return { ...object, metadata: { ...object.metadata, finalizers } }
}

async function remove({ context }: Compute, { metadata: { name } }: NodeClaim): Promise<void> {
  await letGo(() => context.client.delete(nodeClaims, { name }))
}

async function letGo(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
