// Owns writing the files of a volume so that a reader sees all of one version or all of another, as the kubelet does:
// a directory a version, `..data` pointing to the newest, a link a file (pkg/volume/util/atomic_writer.go).
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { isNotFoundFile } from './file-errors.ts'

export interface VolumeFile {
  /** Relative; may have directories in it. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Permission bits. */
  readonly mode: number
}

export interface Ownership {
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

const DATA = '..data'

/** Makes these the files of the directory. Repeating it with the same files changes nothing. */
export async function writeFiles(
  directory: string,
  files: readonly VolumeFile[],
  { version, owner }: { readonly version: string; readonly owner: Ownership },
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const before = await readlink(join(directory, DATA)).catch(unlessAbsent)
  if (before === version) return
  const target = join(directory, version)
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { mode: 0o755 })
  for (const { path, bytes, mode } of files) {
    const name = join(target, path)
    await mkdir(dirname(name), { recursive: true })
    await writeFile(name, bytes)
    await chmod(name, mode)
    if (owner.uid !== undefined || owner.gid !== undefined) await chown(name, owner.uid ?? 0, owner.gid ?? 0)
  }
  const fresh = join(directory, `${DATA}_tmp`)
  await rm(fresh, { force: true })
  await symlink(version, fresh)
  await rename(fresh, join(directory, DATA))
  await link(directory, new Set(files.map(({ path }) => path.split('/')[0] ?? path)))
  if (isVersion(before)) await rm(join(directory, before), { recursive: true, force: true })
}

// A container that may write here may have laid a link to anywhere: nothing but a directory of this one is removed.
function isVersion(name: string | undefined): name is string {
  return name !== undefined && /^\.\.\w+$/.test(name)
}

/** One link for each first part of a path; links of files that are no longer there go. */
async function link(directory: string, names: ReadonlySet<string>): Promise<void> {
  for (const name of names) {
    const at = join(directory, name)
    if (await lstat(at).catch(unlessAbsent)) continue
    await symlink(join(DATA, name), at)
  }
  for (const name of await readdir(directory)) {
    if (!name.startsWith('..') && !names.has(name)) await rm(join(directory, name), { force: true })
  }
}

function unlessAbsent(error: unknown): undefined {
  if (isNotFoundFile(error)) return undefined
  throw error
}
