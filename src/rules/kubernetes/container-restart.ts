// Owns whether a container that ended starts again: by its own rules, its own policy, that of its pod.
// Source: kubernetes pkg/api/v1/pod/util.go ContainerShouldRestart (KEP-5307, beta in 1.35).
import type { Container, PodSpec } from '../../../generated/kubernetes.d.ts'

/** What a pod says of all of its containers. */
type PodPolicy = Pick<PodSpec, 'restartPolicy'>

/** True when a container that ended with this code is started again. */
export function containerRestarts(container: Container, pod: PodPolicy, exitCode: number): boolean {
  if (container.restartPolicy && ruleFor(container, exitCode)?.action === 'Restart') return true
  const policy = restartPolicyOf(container, pod)
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

/** `Always`, `OnFailure` or `Never`: a container's own, else its pod's. */
export function restartPolicyOf({ restartPolicy }: Container, pod: PodPolicy): string {
  return restartPolicy ?? pod.restartPolicy ?? 'Always'
}

type RestartRule = NonNullable<Container['restartPolicyRules']>[number]

function ruleFor({ restartPolicyRules = [] }: Container, exitCode: number): RestartRule | undefined {
  return restartPolicyRules.find(({ exitCodes }) => {
    const isOne = exitCodes?.values?.includes(exitCode) ?? false
    return exitCodes?.operator === 'In' ? isOne : exitCodes?.operator === 'NotIn' && !isOne
  })
}
