// Owns the tolerations that every pod gets, so that it stays on a lost node for five minutes.
// Source: kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go.
import type { Pod, Toleration } from '../../../../generated/kubernetes.d.ts'
import type { AdmissionPlugin } from '../ports.ts'

const SECONDS = 300
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** The DefaultTolerationSeconds plugin. */
export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  async admit({ operation, group, resource, subresource, object }) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined
    if (group !== '' || resource !== 'pods' || subresource !== '' || !object) return undefined
    // The resource says that it is one.
    const pod = object as Pod
    const present = pod.spec.tolerations ?? []
    const missing = KEYS.filter((key) => !present.some((toleration) => covers(toleration, key)))
    if (missing.length === 0) return undefined
    const added: Toleration[] = missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: SECONDS,
    }))
    return { ...pod, spec: { ...pod.spec, tolerations: [...present, ...added] } } as Pod
  },
}

function covers(toleration: Toleration, key: string): boolean {
  const coversKey = !toleration.key || toleration.key === key
  return coversKey && (!toleration.effect || toleration.effect === 'NoExecute')
}
