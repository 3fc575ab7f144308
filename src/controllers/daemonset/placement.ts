// Owns where a daemon set's pods belong, and what such a pod looks like. Pure.
// Source: kubernetes pkg/controller/daemon/daemon_controller.go and util/daemonset_util.go.
import type { DaemonSet, Node, Pod, PodSpec, Toleration } from '../../../generated/kubernetes.d.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { matchesNodeAffinity, namedNodes } from '../../rules/scheduling/node-affinity.ts'
import { untoleratedTaint } from '../../rules/scheduling/taint.ts'
import { REVISION_HASH } from '../history/revision.ts'
import { podFromTemplate, withTemplateLabels } from '../objects/template.ts'

type Effect = NonNullable<Toleration['effect']>

// A daemon runs on nodes in trouble too (AddOrUpdateDaemonPodTolerations).
const TOLERATED: readonly (readonly [name: string, effect: Effect])[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
]

/** The tolerations of a daemon pod: its template's and the automatic ones. */
export function daemonTolerations(spec: PodSpec): Toleration[] {
  const network: readonly (readonly [string, Effect])[] = spec.hostNetwork
    ? [['network-unavailable', 'NoSchedule']]
    : []
  const automatic = [...TOLERATED, ...network].map(([name, effect]): Toleration => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect,
  }))
  const own = (spec.tolerations ?? []).filter(
    (toleration) =>
      !automatic.some(
        (a) =>
          a.key === toleration.key && a.effect === toleration.effect && a.operator === toleration.operator,
      ),
  )
  return [...own, ...automatic]
}

/** What a node is to a daemon set. */
interface Belonging {
  readonly run: boolean
  readonly stay: boolean
}

// By template and node, of which neither is ever changed: a pass looks at all nodes three times, a node that comes or
// goes makes a pass, and of all the others it finds what it has found before.
const known = new WeakMap<object, WeakMap<Node, Belonging>>()

/** Whether a daemon pod should be made on the node, and whether one that is there may stay. */
export function belongsOn({ spec: { template } }: DaemonSet, node: Node): Belonging {
  let ofNodes = known.get(template)
  if (!ofNodes) known.set(template, (ofNodes = new WeakMap()))
  let belonging = ofNodes.get(node)
  if (!belonging) ofNodes.set(node, (belonging = belongingOf(template.spec ?? { containers: [] }, node)))
  return belonging
}

function belongingOf(spec: PodSpec, node: Node): Belonging {
  const isNamed = !spec.nodeName || spec.nodeName === node.metadata.name
  if (!isNamed || !matchesNodeAffinity(spec, node)) return { run: false, stay: false }
  const tolerations = daemonTolerations(spec)
  if (!untoleratedTaint(node.spec.taints, tolerations)) return { run: true, stay: true }
  return { run: false, stay: !untoleratedTaint(node.spec.taints, tolerations, ['NoExecute']) }
}

/** A pod for one node. The default scheduler binds it: node affinity names the node. */
export function daemonPod(set: DaemonSet, nodeName: string, hash: string): Draft<Pod> {
  const pod = podFromTemplate(withTemplateLabels(set.spec.template, generationLabels(set, hash)), set)
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const matchFields = [{ key: 'metadata.name', operator: 'In' as const, values: [nodeName] }]
  const terms = required?.nodeSelectorTerms ?? []
  // Terms are alternatives: each has to name the node, or one of them would let the pod go elsewhere.
  const nodeSelectorTerms =
    terms.length > 0 ? terms.map((term) => ({ ...term, matchFields })) : [{ matchFields }]
  return {
    ...pod,
    spec: {
      ...pod.spec,
      tolerations: daemonTolerations(pod.spec),
      affinity: {
        ...pod.spec.affinity,
        nodeAffinity: {
          ...pod.spec.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
        },
      },
    },
  }
}

function generationLabels(set: DaemonSet, hash: string): Record<string, string> {
  const generation = set.metadata.annotations?.['deprecated.daemonset.template.generation']
  return {
    [REVISION_HASH]: hash,
    ...(generation === undefined ? {} : { 'pod-template-generation': generation }),
  }
}

/** The node that a daemon pod is on or meant for. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName
  const [name] = namedNodes(pod.spec) ?? []
  return name
}
