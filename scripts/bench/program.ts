// Owns running the built program for measurements.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs `neargate ARGS` to its end; throws when it fails, as a figure of a failed run means nothing. */
export function neargate(home: string, ...args: string[]): string {
  const result = spawnSync(process.execPath, [join(root, 'bin/neargate.js'), ...args], {
    cwd: root,
    env: { ...process.env, NEARGATE_HOME: home, NEARGATE_PORT: '0' },
    encoding: 'utf8',
    // Thousands of replicas have much to say.
    maxBuffer: 1 << 28,
  })
  if (result.status !== 0) throw new Error(`neargate ${args.join(' ')} failed: ${result.stderr}`)
  return result.stdout
}

/** As much of `neargate status --json` as is looked at. */
export interface Status {
  readonly loadBalancers: readonly {
    readonly listeners: readonly { readonly addresses: readonly string[] }[]
  }[]
}
