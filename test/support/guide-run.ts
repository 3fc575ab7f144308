// Owns running a guide as its reader does: in a directory of its own, on a region of its own.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

import { readDocument } from './documents.ts'
import { guideScript } from './guide-script.ts'
import { Playground, root } from './program.ts'
import { realClient } from './real-clients.ts'

/** What a guide finds beside Neargate, kubectl and helm. */
export interface Found {
  /** Directories of programs. */
  readonly paths?: readonly string[]
  /** Packages for its programs, by name: where each is. */
  readonly modules?: Readonly<Record<string, string>>
}

/** Runs a guide from its first block to its last. @returns its exit code, and the end of what it said */
export async function runGuide(
  file: string,
  found: Found = {},
): Promise<{ status: number | null; said: string }> {
  const playground = new Playground()
  const directory = mkdtempSync(join(tmpdir(), 'neargate-guide-'))
  try {
    const programs = furnish(directory, found)
    const clients = [dirname(realClient('kubectl')), dirname(realClient('helm'))]
    const path = [programs, ...(found.paths ?? []), ...clients, process.env['PATH'] ?? ''].join(delimiter)
    const env = { ...playground.environment, PATH: path, HOME: directory }
    return await runScript(guideScript(readDocument(file)), { cwd: directory, env })
  } finally {
    await playground.dispose()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Puts the packages into a directory, and `neargate` and `node` into one of programs, which is returned. */
function furnish(directory: string, { modules = {} }: Found): string {
  const programs = join(directory, '.programs')
  mkdirSync(programs)
  const start = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/neargate.js')}' "$@"\n`
  writeFileSync(join(programs, 'neargate'), start, { mode: 0o755 })
  symlinkSync(process.execPath, join(programs, 'node'))
  mkdirSync(join(directory, 'node_modules'))
  for (const [name, path] of Object.entries({ neargate: root, ...modules }))
    symlinkSync(path, join(directory, 'node_modules', name))
  return programs
}

interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

async function runScript(
  script: string,
  { cwd, env }: Place,
): Promise<{ status: number | null; said: string }> {
  const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, said }
}
