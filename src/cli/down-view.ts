// Owns how `down` is told beforehand: what goes, what stays and why.
import type { DownPlan } from '../deploy/before-down.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Prints what `down` is about to do. */
export function showDownPlan(terminal: Terminal, plan: DownPlan, cluster: string): void {
  const removals = removalsOf(plan)
  if (removals.length === 0) terminal.say(`nothing to remove: up has made no part of the cluster ${cluster}`)
  else terminal.say([`removes what up made of the cluster ${cluster}:`, ...removals.map(indented)].join('\n'))
  const leaves = plan.leaves.map(({ what, because }) => indented(`${what}: ${because}`))
  if (leaves.length > 0) terminal.say(['leaves:', ...leaves].join('\n'))
}

function removalsOf({ balanced, profiles, oidcProviderArn, stacks }: DownPlan): readonly string[] {
  if (stacks.length === 0) return []
  return [
    ...balanced.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name} with its load balancer`),
    ...profiles.map((name) => `Fargate profile ${name}`),
    ...(oidcProviderArn === undefined ? [] : [`OIDC provider ${oidcProviderArn}`]),
    ...stacks.map((name) => `stack ${name}`),
  ]
}

function indented(line: string): string {
  return `  ${line}`
}
