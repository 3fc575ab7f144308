// Owns the configs that emulators are tried with: eksctl's examples.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { ClusterConfig } from '../../../src/config/cluster-config.ts'
import { offlineStacks } from '../../../src/deploy/offline-stacks.ts'
import { loadProject } from '../../../src/deploy/project.ts'

/**
 * Paths of configs that `plan` takes for AWS and that name no network of somebody's own, which no emulator has; none where
 * `EKSCTL_EXAMPLES` names no directory.
 */
export function corpus(): readonly string[] {
  const directory = process.env['EKSCTL_EXAMPLES']
  if (directory === undefined) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(directory, name))
    .filter(isTaken)
    .toSorted()
}

function isTaken(path: string): boolean {
  const { config } = loadProject([path]).clusterConfig ?? {}
  return config !== undefined && config.vpc?.subnets === undefined && config.vpc?.id === undefined
}

/** The names of all stacks of a config. */
export function wantedStackNames(config: ClusterConfig): readonly string[] {
  return offlineStacks(config).stacks.map(({ name }) => name)
}
