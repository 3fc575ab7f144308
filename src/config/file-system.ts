// Owns what reading a project needs of a file system, and the real one.
import { readdirSync, readFileSync, statSync } from 'node:fs'

export interface FileSystem {
  /** undefined when there is nothing at the path, or something that cannot be looked at. */
  kindOf(path: string): 'file' | 'directory' | undefined
  /** Names in a directory, sorted. */
  list(directory: string): readonly string[]
  /** The text of a file. */
  read(path: string): string
}

/** The disk. */
export const disk: FileSystem = {
  kindOf: (path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) return 'directory'
    return found ? 'file' : undefined
  },
  list: (directory) => readdirSync(directory).toSorted(),
  read: (path) => readFileSync(path, 'utf8'),
}

/** Files in memory: the keys are paths. */
export function memoryFiles(files: Readonly<Record<string, string>>): FileSystem {
  const paths = Object.keys(files)
  return {
    kindOf: (path) => {
      if (files[path] !== undefined) return 'file'
      return paths.some((each) => each.startsWith(`${path}/`)) ? 'directory' : undefined
    },
    list: (directory) => {
      const inside = paths.filter((each) => each.startsWith(`${directory}/`))
      return [
        ...new Set(inside.map((each) => each.slice(directory.length + 1).split('/')[0] ?? '')),
      ].toSorted()
    },
    read: (path) => files[path] ?? '',
  }
}
