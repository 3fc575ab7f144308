// Owns what reading a project needs of a file system, and the real one.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { render, type Rendered, type Renderer } from './render.ts'

/** How standard input is written on a command line. */
export const STANDARD_INPUT = '-'

export interface FileSystem {
  /** undefined when there is nothing at the path, or something that cannot be looked at. */
  kindOf(path: string): 'file' | 'directory' | undefined
  /** Names in a directory, sorted. */
  list(directory: string): readonly string[]
  /** The text of a file; `-` is standard input. */
  read(path: string): string
  /** The manifests that a kustomization or a chart makes. */
  render(renderer: Renderer, directory: string): Rendered
}

/** The disk. */
export const disk: FileSystem = {
  kindOf: (path) => {
    if (path === STANDARD_INPUT) return 'file'
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) return 'directory'
    return found ? 'file' : undefined
  },
  list: (directory) => readdirSync(directory).toSorted(),
  read: (path) => readFileSync(path === STANDARD_INPUT ? 0 : path, 'utf8'),
  render,
}

/** Files in memory: the keys are paths. @param renderer stands for the tools; without it there are none */
export function memoryFiles(
  files: Readonly<Record<string, string>>,
  renderer: FileSystem['render'] = () => ({ fault: 'no tool', help: 'Install one.' }),
): FileSystem {
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
    render: renderer,
  }
}
