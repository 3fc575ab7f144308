// Publishes declarations: those of the library, and the ones that they refer to. The others are nobody's outside.
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const RELATIVE = /(?:from|import\()\s*['"](\.[^'"]+?)(?:\.d)?\.[jt]s['"]/g

export interface Declarations {
  /** The directory of the sources: what stands where in it is kept. */
  readonly root: string
  /** The compiler's declarations of its folder `src`. */
  readonly compiled: string
  /** Emptied first. */
  readonly to: string
  /** Without its extension: `src/library/index`. */
  readonly entry: string
}

/** Copies a declaration file and all that it leads to. @returns the modules copied */
export function publishDeclarations({ root, compiled, to, entry }: Declarations): readonly string[] {
  rmSync(to, { recursive: true, force: true })
  const found = new Set([entry])
  // A set may grow while it is walked.
  for (const module of found) {
    const source = module.startsWith('src/')
      ? join(compiled, module.slice('src/'.length))
      : join(root, module)
    const target = join(to, `${module}.d.ts`)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(`${source}.d.ts`, target)
    for (const [, path = ''] of readFileSync(target, 'utf8').matchAll(RELATIVE)) {
      found.add(relative(root, resolve(root, dirname(module), path)))
    }
  }
  return [...found]
}
