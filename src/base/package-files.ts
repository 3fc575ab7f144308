// Owns the files of the package and the way to its program: beside the code, or inside of a single executable.
import { existsSync, readFileSync } from 'node:fs'
import { getAsset, getAssetKeys, getRawAsset, isSea } from 'node:sea'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

// From src/base/ and from dist/base/ alike.
const ROOT = new URL('../../', import.meta.url)

/** The text of a file of the package. @param path from its root, e.g. `data/prices.json` */
export function packageText(path: string): string {
  return isSea() ? getAsset(path, 'utf8') : readFileSync(new URL(path, ROOT), 'utf8')
}

/** The bytes of a file of the package. @param path from its root */
export function packageBytes(path: string): Uint8Array {
  return isSea() ? new Uint8Array(getRawAsset(path)) : readFileSync(new URL(path, ROOT))
}

/** Whether the package has such a file. @param path from its root */
export function isPackaged(path: string): boolean {
  return isSea() ? getAssetKeys().includes(path) : existsSync(new URL(path, ROOT))
}

/** A command that runs this program, or a part of it, in a process of its own. */
export interface OwnProgram {
  readonly command: string
  /** Those that come before the program's own. */
  readonly args: readonly string[]
  /** Variables that it needs besides. */
  readonly env: Readonly<Record<string, string>>
}

/** What runs the command line again. @param nodeOptions options of Node, e.g. `--max-semi-space-size=4` */
export function ownProgram(nodeOptions: readonly string[] = []): OwnProgram {
  const command = process.execPath
  // A single executable takes every argument for the program's own.
  if (isSea())
    return { command, args: [], env: nodeOptions.length > 0 ? { NODE_OPTIONS: nodeOptions.join(' ') } : {} }
  return { command, args: [...nodeOptions, fileURLToPath(new URL('bin/neargate.js', ROOT))], env: {} }
}

/** Parts of the program that run in processes of their own, by the modules that they begin with. */
export const PARTS = { 'vpc-sockets': 'network/vpc/child' } as const
/** The variable that tells a single executable which part to be. */
export const PART_VARIABLE = 'NEARGATE_PART'

/** What runs a part. */
export function ownPart(part: keyof typeof PARTS): OwnProgram {
  const command = process.execPath
  if (isSea()) return { command, args: [], env: { [PART_VARIABLE]: part } }
  // In the language that this file is in.
  const module = new URL(`../${PARTS[part]}${extname(import.meta.url)}`, import.meta.url)
  return { command, args: [fileURLToPath(module)], env: {} }
}
