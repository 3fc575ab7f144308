// Owns the control loops that say how node classes and node pools are: what they select, what they hold, whether they are
// ready.
// Source: kubernetes-sigs/karpenter pkg/controllers/nodepool (counter, readiness); the conditions of EC2NodeClass.
import { AwsError, messageOf } from '../../base/errors.ts'
import { formatBytes, formatCpu } from '../../base/quantity.ts'
import { nodeClasses, nodePools } from '../../kubernetes/client/auto-mode-resources.ts'
import type { Controller } from '../../reconcile/controller.ts'
import type { NodeClass, NodePool } from '../../rules/auto-mode/node-pool.ts'
import { typesOf } from '../../rules/auto-mode/provision.ts'
import { isConditionTrue } from '../../rules/kubernetes/conditions.ts'
import { poolOf } from './claim.ts'
import { type Compute, type Finding, holds, writeStatus } from './compute.ts'
import { usedBy } from './simulation.ts'

const LOOK_AGAIN_MS = 60_000
const RETRY_MS = 5_000

/** The control loop of node classes. */
export function createClassController(compute: Compute): Controller {
  const { context, classes } = compute
  return {
    name: 'auto-compute-classes',
    sources: [classes.source()],
    async reconcile(name) {
      const nodeClass = classes.get(name)
      if (!nodeClass || nodeClass.metadata.deletionTimestamp) return undefined
      const { findings, fields } = await resolve(compute, nodeClass)
      const isReady = findings.every(({ status }) => status === 'True')
      const failed = findings.find(({ status }) => status !== 'True')
      const ready: Finding = failed
        ? { type: 'Ready', status: 'False', reason: `${failed.type}False`, message: failed.message }
        : holds('Ready')
      await writeStatus(context, nodeClasses, nodeClass, { findings: [...findings, ready], fields })
      return { requeueAfterMs: isReady ? LOOK_AGAIN_MS : RETRY_MS }
    },
  }
}

async function resolve({ machines }: Compute, { spec }: NodeClass) {
  const fields: Record<string, unknown> = {}
  const findings = [
    await finding('SubnetsReady', 'SubnetsNotFound', 'SubnetSelector did not match any Subnets', async () => {
      const subnets = await machines.subnets(spec.subnetSelectorTerms ?? [])
      fields['subnets'] = subnets
      return subnets.length > 0
    }),
    await finding(
      'SecurityGroupsReady',
      'SecurityGroupsNotFound',
      'SecurityGroupSelector did not match any SecurityGroups',
      async () => {
        const groups = await machines.securityGroups(spec.securityGroupSelectorTerms ?? [])
        fields['securityGroups'] = groups
        return groups.length > 0
      },
    ),
    await finding('InstanceProfileReady', 'RoleNotFound', 'NodeClass names no role', async () => {
      if (spec.role === undefined) return false
      fields['instanceProfile'] = await machines.instanceProfile(spec.role)
      return true
    }),
  ]
  return { findings, fields }
}

async function finding(
  type: string,
  reason: string,
  message: string,
  look: () => Promise<boolean>,
): Promise<Finding> {
  try {
    return (await look()) ? holds(type) : { type, status: 'False', reason, message }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { type, status: 'False', reason: error.code, message: messageOf(error) }
  }
}

/** The control loop of node pools. */
export function createPoolController(compute: Compute): Controller {
  const { context, pools, classes, claims, region } = compute
  return {
    name: 'auto-compute-pools',
    sources: [
      pools.source(),
      claims.source((claim) => [poolOf(claim)]),
      classes.source(({ metadata }) =>
        pools
          .list()
          .filter(({ spec }) => spec.template.spec.nodeClassRef.name === metadata.name)
          .map((pool) => pool.metadata.name),
      ),
    ],
    async reconcile(name) {
      const pool = pools.get(name)
      if (!pool || pool.metadata.deletionTimestamp) return
      const ours = claims.list().filter((claim) => poolOf(claim) === name)
      const used = usedBy(ours)
      const nodeClass = classes.get(pool.spec.template.spec.nodeClassRef.name)
      const findings = [classFinding(nodeClass), validation(pool, typesOf(pool, region).length)]
      const failed = findings.find(({ status }) => status !== 'True')
      const ready: Finding = failed
        ? { type: 'Ready', status: 'False', reason: `${failed.type}False`, message: failed.message }
        : holds('Ready')
      await writeStatus(context, nodePools, pool, {
        findings: [...findings, ready],
        fields: {
          nodes: ours.length,
          resources: {
            cpu: formatCpu(used.get('cpu') ?? 0),
            memory: formatBytes(used.get('memory') ?? 0),
            nodes: String(ours.length),
          },
        },
      })
    },
  }
}

function classFinding(nodeClass: NodeClass | undefined): Finding {
  const type = 'NodeClassReady'
  if (!nodeClass) {
    return { type, status: 'False', reason: 'NodeClassNotFound', message: 'NodeClass not found on cluster' }
  }
  const { conditions = [] } = (nodeClass.status ?? {}) as {
    conditions?: readonly { type: string; status: string }[]
  }
  if (isConditionTrue(conditions, 'Ready')) return holds(type)
  return { type, status: 'False', reason: 'NodeClassNotReady', message: 'NodeClass is not ready' }
}

function validation({ spec }: NodePool, typeCount: number): Finding {
  const type = 'ValidationSucceeded'
  const isStatic = spec.replicas !== undefined
  if (typeCount > 0 && !isStatic) return holds(type)
  const message = isStatic
    ? 'static capacity (spec.replicas) is not emulated by Neargate'
    : 'no instance type that Auto Mode launches meets the requirements'
  return { type, status: 'False', reason: 'NodePoolValidationFailed', message }
}
