// Owns the files of the package, and the way to its program and the parts that run by themselves.
import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

// From src/base/ and from dist/base/ alike.
const ROOT = new URL('../../', import.meta.url)

/** The text of a file of the package. @param path from its root, e.g. `data/prices.json` */
export function packageText(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

/** The bytes of a file of the package. @param path from its root */
export function packageBytes(path: string): Uint8Array {
  return readFileSync(new URL(path, ROOT))
}

/** Whether the package has such a file. @param path from its root */
export function isPackaged(path: string): boolean {
  return existsSync(new URL(path, ROOT))
}

/** A command that runs this program, or a part of it, in a process of its own. */
export interface OwnProgram {
  readonly command: string
  /** Those that come before the program's own. */
  readonly args: readonly string[]
}

/** What runs the command line again. @param nodeOptions options of Node, e.g. `--max-semi-space-size=4` */
export function ownProgram(nodeOptions: readonly string[] = []): OwnProgram {
  const program = fileURLToPath(new URL('bin/neargate.js', ROOT))
  return { command: process.execPath, args: [...nodeOptions, program] }
}

/** Parts of the program that run in processes of their own, by the modules that they begin with. */
export const PARTS = { 'vpc-sockets': 'network/vpc/child' } as const

/** What runs a part. */
export function ownPart(part: keyof typeof PARTS): OwnProgram {
  // In the language that this file is in.
  const module = new URL(`../${PARTS[part]}${extname(import.meta.url)}`, import.meta.url)
  return { command: process.execPath, args: [fileURLToPath(module)] }
}
