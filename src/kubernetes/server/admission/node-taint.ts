// Owns the taint of new nodes: nothing is placed on one before it has been seen to be ready.
// Source: kubernetes plugin/pkg/admission/nodetaint/admission.go.
import { admittedObject } from '../../registry/admission.ts'
import { nodeKind } from '../../resources/node.ts'
import type { MutatingPlugin } from '../ports.ts'

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const

/** The TaintNodesByCondition plugin. */
export const nodeTaint: MutatingPlugin = {
  name: 'TaintNodesByCondition',
  admit(request) {
    const node = admittedObject(request, nodeKind)
    if (!node || request.operation !== 'CREATE' || request.subresource !== '') return undefined
    const taints = node.spec?.taints ?? []
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) {
      return undefined
    }
    return { ...node, spec: { ...node.spec, taints: [...taints, { ...NOT_READY }] } }
  },
}
