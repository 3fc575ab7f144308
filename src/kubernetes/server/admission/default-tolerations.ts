// Owns the tolerations that every pod gets, so that it stays on a lost node for five minutes.
// Source: kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go.
import type { Toleration } from '../../../../generated/kubernetes.d.ts'
import { admittedObject } from '../../registry/admission.ts'
import { podKind } from '../../resources/pod.ts'
import type { MutatingPlugin } from '../ports.ts'

const SECONDS = 300
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** The DefaultTolerationSeconds plugin. */
export const defaultTolerations: MutatingPlugin = {
  name: 'DefaultTolerationSeconds',
  admit(request) {
    const pod = admittedObject(request, podKind)
    if (!pod || request.subresource !== '') return undefined
    const present = pod.spec.tolerations ?? []
    const missing = KEYS.filter((key) => !present.some((toleration) => covers(toleration, key)))
    if (missing.length === 0) return undefined
    const added: Toleration[] = missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: SECONDS,
    }))
    return { ...pod, spec: { ...pod.spec, tolerations: [...present, ...added] } }
  },
}

function covers(toleration: Toleration, key: string): boolean {
  const coversKey = !toleration.key || toleration.key === key
  return coversKey && (!toleration.effect || toleration.effect === 'NoExecute')
}
