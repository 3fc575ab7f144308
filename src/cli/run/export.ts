// Owns the course of `neargate export`.
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { UserError } from '../../base/errors.ts'
import { configOf, loadProject, manifestsOf } from '../../deploy/project.ts'
import { exportFiles } from '../../far/export.ts'
import type { App } from '../app.ts'

const PROGRAM = 0o755

/** Runs the command. @throws UserError when the files make no cluster, or the directory holds something. */
export function runExport(app: App, paths: readonly string[], { output }: { readonly output: string }): void {
  const project = loadProject(paths)
  const files = exportFiles(configOf(project), manifestsOf(project))
  if (existsSync(output) && readdirSync(output).length > 0) {
    throw new UserError(`${output} is not empty: nothing was written`, { help: 'Name another directory.' })
  }
  for (const [path, text] of Object.entries(files)) {
    const file = join(output, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  chmodSync(join(output, 'steps.sh'), PROGRAM)
  app.terminal.out(
    `wrote ${Object.keys(files).length} files to ${output}; begin with ${join(output, 'steps.sh')}`,
  )
}
