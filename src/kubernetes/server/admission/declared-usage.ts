// Owns the check of what stand-ins are told to use: a word that nobody could read is refused where it is written.
import { declaredUsage } from '../../../rules/nodes/declared-usage.ts'
import { admittedObject } from '../../registry/admission.ts'
import { podKind } from '../../resources/pod.ts'
import { forbiddenResource } from '../authorization.ts'
import type { MutatingPlugin } from '../ports.ts'

/** A step of Neargate's own: it looks at the annotation of pods, however they are written. */
export const declaredUsageCheck: MutatingPlugin = {
  name: 'DeclaredUsage',
  admit(request) {
    const pod = admittedObject(request, podKind)
    const usage = request.subresource === '' ? declaredUsage(pod?.metadata.annotations) : undefined
    if (usage && 'problem' in usage) throw forbiddenResource(request, usage.problem)
    return undefined
  },
}
